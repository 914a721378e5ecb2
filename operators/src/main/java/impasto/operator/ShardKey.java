package impasto.operator;

import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * The key by which frames are distributed: a shard for each Kafka partition, such that partitions
 * spread evenly over the subtasks. A hash of the stream's name would not: eight streams on two
 * subtasks are split four and four in only a quarter of all cases.
 */
public final class ShardKey {

    private ShardKey() {}

    /**
     * The shard of a partition. Partitions 0, 1, 2, … go to key groups in the order of the van der
     * Corput sequence, which splits every contiguous division of the key groups evenly, whatever
     * the parallelism.
     *
     * @param partition 0 or more; partitions beyond the number of key groups share them
     * @param maxParallelism number of key groups of the job
     */
    public static int of(int partition, int maxParallelism) {
        long reversed = Integer.toUnsignedLong(Integer.reverse(partition % maxParallelism));
        int keyGroup = (int) ((reversed * maxParallelism) >>> 32);
        // Flink hashes keys into key groups; the shard is a number that lands in the one we want.
        for (int candidate = keyGroup; ; candidate += maxParallelism) {
            if (KeyGroupRangeAssignment.assignToKeyGroup(candidate, maxParallelism) == keyGroup) {
                return candidate;
            }
        }
    }
}
