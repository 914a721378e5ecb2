package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import impasto.broker.Topics;
import impasto.evaluation.measure.Percentiles;
import impasto.evaluation.restyle.ProcessCpu;
import impasto.local.TopicTail;
import impasto.schemas.Outcome;
import impasto.schemas.StylizedFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The whole job behind cameras that publish at a fixed rate: the time from the append of each frame
 * to the append of its result, by the broker's clock.
 */
final class LiveBenchmark {

    private static final Duration POLL = Duration.ofMillis(20);

    /** A backlog that has not become less for so long is not that of the start. */
    private static final Duration CATCHING_UP = Duration.ofSeconds(3);

    private final JobBenchmark job;
    private final int streams;
    private final double camerasFps;
    private final Duration stragglers;
    private final Map<String, Long> appendMillis = new ConcurrentHashMap<>();

    /**
     * What came out.
     *
     * @param camerasFps frames that each stream published a second
     * @param offered frames published while it was measured
     * @param outcomes results of those, as far as they came
     * @param unfinished of those had no result when it was given up to wait for them: the job is
     *     slower than the cameras, and the latencies are those of the others
     * @param fps stylized frames that were appended while it was measured, a second
     * @param backlog frames that were appended and had no result when the measurement ended
     * @param warmupSeconds how long the cameras published before it began
     * @param latencyMs of the offered frames that were stylized, whenever that was, from append to
     *     append: p50, p95, p99 and max, in milliseconds; empty if there were none
     * @param cpuCores that the process kept busy, cameras and broker included
     */
    record Result(
            int streams,
            @JsonProperty("cameras_fps") double camerasFps,
            long offered,
            Map<Outcome, Long> outcomes,
            long unfinished,
            double fps,
            long backlog,
            @JsonProperty("warmup_seconds") double warmupSeconds,
            @JsonProperty("latency_ms") Map<String, Double> latencyMs,
            @JsonProperty("cpu_cores") double cpuCores) {}

    /** Results so far. */
    private static final class Account {
        long results;
        final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
        final Map<String, Long> resultMillis = new HashMap<>();

        /** Of all frames, those of the warm-up included. */
        final List<Long> allResultsMillis = new ArrayList<>();

        final List<Long> allStylizedMillis = new ArrayList<>();
    }

    /**
     * @param job started, on empty topics; stays the caller's
     * @param camerasFps frames that each stream publishes a second
     * @param stragglers how long to wait for results after the last frame
     */
    LiveBenchmark(JobBenchmark job, int streams, double camerasFps, Duration stragglers) {
        this.job = job;
        this.streams = streams;
        this.camerasFps = camerasFps;
        this.stragglers = stragglers;
    }

    /**
     * Publishes for {@code warmup}, and further until the job has caught up with what came while it
     * started, then measures for {@code measured}. A job that is slower than the cameras is
     * measured as well: what is behind is told.
     *
     * @param longest to wait for the job to catch up, {@code warmup} included
     * @param settled so many frames are in the job when it has caught up
     * @throws IOException if the job fails, or nothing comes out
     */
    Result run(Duration warmup, Duration longest, long settled, Duration measured)
            throws IOException, InterruptedException {
        long offered = frames(measured);
        long first;
        double warmupSeconds;
        Account account = new Account();
        long startCpu = 0;
        long endCpu = 0;
        try (PacedCameras cameras =
                        new PacedCameras(
                                job,
                                streams,
                                camerasFps,
                                (stream, sequence, millis) ->
                                        appendMillis.put(key(stream, sequence), millis));
                TopicTail results =
                        new TopicTail(
                                job.clientSettings(), List.of(Topics.DEFAULT.stylizedFrames()))) {
            long startNanos = System.nanoTime();
            cameras.start(frames(longest) + 2L * streams + offered);
            warmUp(results, account, warmup, longest, settled);
            // The next whole round of which nothing is there yet.
            first = (long) appendMillis.size() / streams + 2;
            cameras.stopAfter(first * streams + offered);
            long measureNanos = System.nanoTime();
            warmupSeconds = Throughput.round((measureNanos - startNanos) / 1e9);
            startCpu = ProcessCpu.nanos();
            long endNanos = measureNanos + measured.toNanos();
            while (account.results < offered || endCpu == 0) {
                job.checkAlive();
                long now = System.nanoTime();
                if (endCpu == 0 && now >= endNanos) {
                    endCpu = ProcessCpu.nanos();
                }
                if (now > endNanos + stragglers.toNanos()) {
                    break;
                }
                results.poll(POLL, record -> account(record, first, account));
            }
        }
        if (account.allResultsMillis.isEmpty()) {
            throw new IOException(
                    "of %d frames none came out until %d s after the last was published"
                            .formatted(first * streams + offered, stragglers.toSeconds()));
        }
        long fromMillis = firstMeasuredMillis(first);
        long toMillis = fromMillis + measured.toMillis();
        double seconds = measured.toNanos() / 1e9;
        return new Result(
                streams,
                camerasFps,
                offered,
                account.outcomes,
                offered - account.results,
                // What is still inside at the end comes out later, and counts as backlog.
                Throughput.round(
                        (before(account.allStylizedMillis, toMillis)
                                        - before(account.allStylizedMillis, fromMillis))
                                / seconds),
                before(appendMillis.values(), toMillis)
                        - before(account.allResultsMillis, toMillis),
                warmupSeconds,
                latencies(account),
                Throughput.round((endCpu - startCpu) / 1e9 / seconds));
    }

    private void warmUp(
            TopicTail results, Account account, Duration warmup, Duration longest, long settled)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        long least = Long.MAX_VALUE;
        long leastNanos = start;
        for (long now = start; now - start < longest.toNanos(); now = System.nanoTime()) {
            job.checkAlive();
            results.poll(POLL, record -> account(record, Long.MAX_VALUE, account));
            if (now - start < warmup.toNanos()) {
                continue;
            }
            long backlog = (long) appendMillis.size() - account.allResultsMillis.size();
            if (backlog < least) {
                least = backlog;
                leastNanos = now;
            }
            if (backlog <= settled || now - leastNanos > CATCHING_UP.toNanos()) {
                return;
            }
        }
    }

    /** When the first measured frame was appended, by the broker's clock. */
    private long firstMeasuredMillis(long first) {
        long earliest = Long.MAX_VALUE;
        for (int stream = 0; stream < streams; stream++) {
            earliest =
                    Math.min(
                            earliest,
                            appendMillis.getOrDefault(key(stream, first), Long.MAX_VALUE));
        }
        return earliest;
    }

    private static long before(Collection<Long> millis, long end) {
        return millis.stream().filter(at -> at < end).count();
    }

    /** Whole rounds, so that every stream publishes as many. */
    private long frames(Duration time) {
        return Math.round(time.toMillis() / 1e3 * camerasFps) * streams;
    }

    private static String key(int stream, long sequence) {
        return PreparedFrames.streamId(stream) + "#" + sequence;
    }

    private void account(ConsumerRecord<byte[], byte[]> record, long first, Account account) {
        StylizedFrame result = job.result(record);
        account.allResultsMillis.add(record.timestamp());
        if (result.getOutcome() == Outcome.STYLIZED) {
            account.allStylizedMillis.add(record.timestamp());
        }
        if (result.getSequence() < first) {
            return;
        }
        account.results++;
        account.outcomes.merge(result.getOutcome(), 1L, Long::sum);
        if (result.getOutcome() == Outcome.STYLIZED) {
            account.resultMillis.put(
                    result.getStreamId() + "#" + result.getSequence(), record.timestamp());
        }
    }

    private Map<String, Double> latencies(Account account) {
        if (account.resultMillis.isEmpty()) {
            return Map.of();
        }
        Percentiles percentiles =
                new Percentiles(
                        account.resultMillis.entrySet().stream()
                                .mapToDouble(
                                        result ->
                                                (double)
                                                        (result.getValue()
                                                                - appendMillis.get(
                                                                        result.getKey()))));
        Map<String, Double> latency = new LinkedHashMap<>(Throughput.latency(percentiles));
        latency.put("max", percentiles.at(100));
        return latency;
    }
}
