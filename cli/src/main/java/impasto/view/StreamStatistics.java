package impasto.view;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Rate and latency of one stream over the last three seconds. */
final class StreamStatistics {
    private static final long WINDOW_NANOS = Duration.ofSeconds(3).toNanos();
    private static final int MAX_SAMPLES = 2000;

    private final Deque<Sample> samples = new ArrayDeque<>();

    /**
     * One frame that came out.
     *
     * @param latencyMillis from the append of the input to the append of the output; negative if
     *     unknown
     */
    private record Sample(long nanos, long latencyMillis) {}

    /**
     * What is shown.
     *
     * @param latencyMillisP50 half of the frames were as fast; null if no latency is known
     * @param latencyMillisP95 19 of 20 frames were as fast; null if no latency is known
     */
    record Summary(double framesPerSecond, Long latencyMillisP50, Long latencyMillisP95) {}

    void add(long nowNanos, long latencyMillis) {
        samples.addLast(new Sample(nowNanos, latencyMillis));
        if (samples.size() > MAX_SAMPLES) {
            samples.removeFirst();
        }
    }

    Summary summary(long nowNanos) {
        while (!samples.isEmpty() && nowNanos - samples.peekFirst().nanos() > WINDOW_NANOS) {
            samples.removeFirst();
        }
        long[] latencies =
                samples.stream()
                        .mapToLong(Sample::latencyMillis)
                        .filter(millis -> millis >= 0)
                        .sorted()
                        .toArray();
        return new Summary(rate(), percentile(latencies, 50), percentile(latencies, 95));
    }

    /** From the gaps between frames, so that it is right from the second frame on. */
    private double rate() {
        if (samples.size() < 2) {
            return 0;
        }
        long span = samples.peekLast().nanos() - samples.peekFirst().nanos();
        return span <= 0 ? 0 : (samples.size() - 1) * 1e9 / span;
    }

    /** Nearest rank. */
    private static Long percentile(long[] sorted, int percent) {
        if (sorted.length == 0) {
            return null;
        }
        return sorted[(sorted.length * percent + 99) / 100 - 1];
    }
}
