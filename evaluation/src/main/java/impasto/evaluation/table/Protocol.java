package impasto.evaluation.table;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The sizes of an evaluation. All numbers of frames are multiples of all batches, so that no batch
 * is ever partly filled and each frame's picture is the same in every run.
 *
 * @param prompt unless a table has its own
 * @param seed of the noise
 * @param batch frames that go through the model together
 * @param clipFrames of each clip in the tables that use all of them
 * @param longFrames of the runs that are longer than a clip
 * @param sweepFrames of each run of the refresh sweep
 * @param refreshes of the refresh sweep: conditioning is recomputed for every Nth group
 * @param sweepClips clips of the refresh sweep
 * @param styleFrames of each clip and style
 * @param styleClips clips that are restyled in every style
 * @param styles how many of the bundle's styles
 * @param batches of the tables that compare them
 * @param cameras numbers of cameras
 * @param cameraSeconds of measurement for each number of cameras
 * @param only batches of the rows that are measured; empty for all
 */
public record Protocol(
        String prompt,
        long seed,
        int batch,
        int clipFrames,
        int longFrames,
        int sweepFrames,
        List<Integer> refreshes,
        int sweepClips,
        int styleFrames,
        int styleClips,
        int styles,
        List<Integer> batches,
        List<Integer> cameras,
        int cameraSeconds,
        Set<Integer> only) {

    /** The prompt of the published tables. */
    public static final String PROMPT = "transfer this to oil painting style, vibrant colors";

    /** The seed of the published tables. */
    public static final long SEED = 42;

    /** Frames of one chunk of a long run, and most frames of a clip that are used. */
    static final int CHUNK_FRAMES = 64;

    /** As published, where the time allows it. */
    public static Protocol full(String prompt, long seed) {
        return new Protocol(
                prompt,
                seed,
                8,
                48,
                480,
                192,
                List.of(1, 4, 8, 16),
                1,
                16,
                2,
                Integer.MAX_VALUE,
                List.of(1, 2, 4, 8, 16),
                List.of(1, 2, 4, 8, 16),
                8,
                Set.of());
    }

    /** Small enough to run with every build; says whether it works, and little about quality. */
    public static Protocol quick(String prompt, long seed) {
        return new Protocol(
                prompt,
                seed,
                4,
                8,
                32,
                16,
                List.of(1, 4),
                1,
                8,
                1,
                2,
                List.of(1, 4),
                List.of(1, 2),
                2,
                Set.of());
    }

    /** Frames of a clip that are ever used: some tables go on where others stop. */
    public int mostClipFrames() {
        return Math.max(clipFrames, CHUNK_FRAMES);
    }

    /**
     * The same with fewer batches, for an engine that takes minutes to build a plan for each.
     *
     * @throws IllegalArgumentException if the tables make no such batch, or the usual one is not
     *     among them
     */
    public Protocol withOnly(Set<Integer> batches) {
        if (!allBatches().containsAll(batches) || !batches.contains(batch)) {
            throw new IllegalArgumentException(
                    "%s, expected some of %s, and %d among them"
                            .formatted(new TreeSet<>(batches), allBatches(), batch));
        }
        return new Protocol(
                prompt,
                seed,
                batch,
                clipFrames,
                longFrames,
                sweepFrames,
                refreshes,
                sweepClips,
                styleFrames,
                styleClips,
                styles,
                this.batches,
                cameras,
                cameraSeconds,
                Set.copyOf(batches));
    }

    /** Whether rows of a batch are measured. */
    boolean has(int batch) {
        return only.isEmpty() || only.contains(batch);
    }

    /** All batches that the tables make: what an engine that builds plans should have ready. */
    public List<Integer> allBatches() {
        return Stream.of(batches, sustainedBatches(), Plan.SMALL_GROUPS)
                .flatMap(List::stream)
                .filter(this::has)
                .distinct()
                .sorted()
                .toList();
    }

    /** The two batches of the long runs: the usual one and the next larger. */
    List<Integer> sustainedBatches() {
        return List.of(batch, 2 * batch);
    }
}
