package impasto.broker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The names of the four topics, and their creation on any cluster.
 *
 * @param frames what cameras publish; several partitions, a stream stays in one
 * @param prompts what people ask for; compacted, one partition, so that an event's offset is the
 *     prompt's version
 * @param stylizedFrames what became of every frame
 * @param deadLetters records that could not be used
 */
public record Topics(String frames, String prompts, String stylizedFrames, String deadLetters) {

    /** The names that the job's options have as their defaults. */
    public static final Topics DEFAULT =
            new Topics("frames", "prompts", "stylized-frames", "dead-letters");

    /** Largest record in bytes that broker and topics take: a 4K frame as PNG fits. */
    public static final int MAX_RECORD_BYTES = 16 * 1024 * 1024;

    /** Retention acts on whole segments only, and a segment holds at least one record. */
    private static final int SEGMENT_BYTES = 2 * MAX_RECORD_BYTES;

    public Topics {
        Objects.requireNonNull(frames, "frames");
        Objects.requireNonNull(prompts, "prompts");
        Objects.requireNonNull(stylizedFrames, "stylizedFrames");
        Objects.requireNonNull(deadLetters, "deadLetters");
    }

    /**
     * How the topics lie on a cluster.
     *
     * @param partitions of frames and stylized-frames: at least the job's parallelism
     * @param replicationFactor empty for the cluster's default
     * @param retentionBytes what a partition of frames, stylized-frames or dead-letters keeps at
     *     most, give or take a segment of 32 MiB; empty for the cluster's default. Frames that the
     *     job has not read yet are deleted like any others
     */
    public record Layout(
            int partitions, Optional<Short> replicationFactor, Optional<Long> retentionBytes) {

        public Layout {
            Objects.requireNonNull(replicationFactor, "replicationFactor");
            Objects.requireNonNull(retentionBytes, "retentionBytes");
            if (partitions < 1) {
                throw new IllegalArgumentException(
                        "%d partitions, expected at least 1".formatted(partitions));
            }
        }

        /** For one broker on a laptop: a run of any length stays under 1 GiB a partition. */
        public static Layout local(int partitions) {
            return new Layout(partitions, Optional.of((short) 1), Optional.of(512L * 1024 * 1024));
        }
    }

    /**
     * Creates the topics that are missing; those that exist are left as they are. All stamp records
     * with the time of their append, from which latencies are measured.
     *
     * @throws KafkaException if the cluster refuses or cannot be reached
     */
    public void create(Admin admin, Layout layout) {
        Map<String, String> common =
                Map.of(
                        TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                        "LogAppendTime",
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(MAX_RECORD_BYTES));
        Map<String, String> flowing = new HashMap<>(common);
        flowing.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        layout.retentionBytes()
                .ifPresent(
                        bytes -> {
                            flowing.put(TopicConfig.RETENTION_BYTES_CONFIG, Long.toString(bytes));
                            flowing.put(
                                    TopicConfig.SEGMENT_BYTES_CONFIG,
                                    Integer.toString(SEGMENT_BYTES));
                        });
        Map<String, String> compacted = new HashMap<>(common);
        compacted.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);

        int partitions = layout.partitions();
        Optional<Short> replicas = layout.replicationFactor();
        List<NewTopic> topics =
                List.of(
                        topic(frames, partitions, replicas, flowing),
                        topic(prompts, 1, replicas, compacted),
                        topic(stylizedFrames, partitions, replicas, flowing),
                        topic(deadLetters, 1, replicas, flowing));
        for (var creation : admin.createTopics(topics).values().entrySet()) {
            try {
                creation.getValue().get();
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw new KafkaException(
                            "topic '%s' could not be created: %s"
                                    .formatted(creation.getKey(), e.getCause().getMessage()),
                            e.getCause());
                }
            }
        }
    }

    private static NewTopic topic(
            String name, int partitions, Optional<Short> replicas, Map<String, String> configs) {
        return new NewTopic(name, Optional.of(partitions), replicas).configs(configs);
    }
}
