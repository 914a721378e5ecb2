package impasto.bench;

import com.fasterxml.jackson.databind.JsonNode;
import impasto.batch.BatchPolicy;
import impasto.decode.Fit;
import impasto.decode.ImageLimits;
import impasto.evaluation.result.Machine;
import impasto.model.EngineOptions;
import impasto.model.LoadedBundle;
import impasto.operator.StylizeOptions;
import impasto.stylize.OverloadPolicy;
import impasto.stylize.StylizerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All measurements of one bundle on this machine, one after another, and their report. */
public final class Benchmark {

    private static final int PICTURE_PIXELS = 512;
    private static final int QUEUE_PER_STREAM = 8;
    private static final int BACKLOG_FRAMES = 64;
    private static final Duration LINGER = Duration.ofMillis(20);
    private static final Duration LIVE_WARMUP = Duration.ofSeconds(10);
    private static final Duration LIVE_MEASURED = Duration.ofSeconds(20);
    private static final Duration SAMPLE_EVERY = Duration.ofSeconds(30);

    private final Path folder;
    private final Settings settings;
    private final PrintWriter out;

    /**
     * Sizes of the measurements.
     *
     * @param batch most frames in a batch
     * @param engine DJL's name of it
     * @param threads batches worked on at the same time, 0 for one per core
     * @param camerasFps frames a second of each stream in the run with cameras; 0 for no such run
     * @param minutes of the run that samples memory; 0 for none
     * @param python interpreter with PyTorch
     */
    public record Settings(
            int streams,
            int frames,
            int batch,
            String engine,
            int threads,
            double camerasFps,
            double minutes,
            String python) {}

    /**
     * @param folder of the bundle
     * @param out told of every step and the result
     */
    public Benchmark(Path folder, Settings settings, PrintWriter out) {
        this.folder = folder;
        this.settings = settings;
        this.out = out;
    }

    /**
     * Measures.
     *
     * @param json where to write the report, or null
     */
    public void run(Path json) throws Exception {
        say("Preparing frames of %d streams …", settings.streams());
        PreparedFrames frames = new PreparedFrames(settings.streams(), PICTURE_PIXELS);
        int warmup = Math.max(4 * settings.batch(), settings.frames() / 4);

        Throughput model;
        Throughput pipeline;
        String name;
        String version;
        String engine;
        EngineOptions engineOptions =
                new EngineOptions(
                        settings.engine(), settings.threads(), List.of(settings.batch()), "");
        try (LoadedBundle bundle = LoadedBundle.acquire(folder, engineOptions)) {
            name = bundle.manifest().name();
            version = bundle.manifest().version();
            engine = bundle.engine();
            say("The model alone …");
            model =
                    new ModelBenchmark(bundle, settings.batch())
                            .run(
                                    Math.max(2, warmup / settings.batch()),
                                    Math.max(1, settings.frames() / settings.batch()));
            say("  %.1f frames a second", model.fps());
            say("The stages, decode and encode included …");
            pipeline =
                    new PipelineBenchmark(bundle, stages(), frames).run(warmup, settings.frames());
        }
        say("  %.1f frames a second", pipeline.fps());
        say("The whole job, with Kafka and Flink …");
        Throughput job;
        try (JobBenchmark benchmark = new JobBenchmark(frames, true)) {
            // The compiler takes longer over Kafka and Flink than over the stages. The backlog
            // keeps
            // the source from running dry while the last frames are measured.
            int jobWarmup = Math.max(warmup, settings.frames());
            benchmark.append(jobWarmup + settings.frames() + BACKLOG_FRAMES);
            benchmark.start(folder, jobOptions());
            job = benchmark.run(jobWarmup, settings.frames());
        }
        say("  %.1f frames a second", job.fps());
        LiveBenchmark.Result live = settings.camerasFps() > 0 ? live(frames) : null;
        say("The same weights in PyTorch …");
        Optional<JsonNode> torch = TorchBenchmark.run(settings.python(), folder, settings.batch());
        List<MemorySample> memory = new ArrayList<>();
        if (settings.minutes() > 0) {
            say("The job for %s minutes …", settings.minutes());
            memory = sampleMemory(frames);
        }
        BenchmarkReport report =
                report(name, version, engine, model, pipeline, job, live, torch, memory);
        print(report);
        if (json != null) {
            report.write(json);
            say("Written to %s", json);
        }
    }

    private StylizerSettings stages() {
        int lanes = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        return new StylizerSettings(
                new BatchPolicy(settings.batch(), LINGER, settings.batch(), QUEUE_PER_STREAM),
                OverloadPolicy.BLOCK,
                Fit.CENTRE_CROP,
                new ImageLimits(
                        (int) StylizeOptions.DECODE_MAX_IMAGE_SIZE.defaultValue().getBytes(),
                        StylizeOptions.DECODE_MAX_IMAGE_PIXELS.defaultValue()),
                StylizeOptions.ENCODE_JPEG_QUALITY.defaultValue(),
                lanes,
                lanes);
    }

    private LiveBenchmark.Result live(PreparedFrames frames) throws Exception {
        say(
                "The whole job behind %d cameras of %.0f frames a second …",
                settings.streams(), settings.camerasFps());
        try (JobBenchmark benchmark = new JobBenchmark(frames, false)) {
            benchmark.start(folder, jobOptions());
            return new LiveBenchmark(benchmark, settings.streams(), settings.camerasFps())
                    .run(LIVE_WARMUP, LIVE_MEASURED);
        }
    }

    private Map<String, String> jobOptions() {
        return Map.of(
                StylizeOptions.MODEL_ENGINE.key(), settings.engine(),
                StylizeOptions.MODEL_BATCH_SIZES.key(), Integer.toString(settings.batch()),
                StylizeOptions.MODEL_THREADS.key(), Integer.toString(settings.threads()),
                StylizeOptions.BATCH_MAX_FRAMES.key(), Integer.toString(settings.batch()),
                StylizeOptions.BATCH_LINGER.key(), LINGER.toMillis() + "ms",
                StylizeOptions.BATCH_QUEUE_PER_STREAM.key(), Integer.toString(QUEUE_PER_STREAM));
    }

    /** Keeps a small backlog on the topic and looks at the memory now and then. */
    private List<MemorySample> sampleMemory(PreparedFrames frames) throws Exception {
        List<MemorySample> samples = new ArrayList<>();
        long startNanos = System.nanoTime();
        double limit = settings.minutes() * 60;
        try (JobBenchmark benchmark = new JobBenchmark(frames, false)) {
            benchmark.append(BACKLOG_FRAMES);
            benchmark.start(folder, jobOptions());
            double next = SAMPLE_EVERY.toSeconds();
            for (double seconds = 0; seconds < limit; ) {
                benchmark.checkAlive();
                if (benchmark.appended() - benchmark.results() < BACKLOG_FRAMES) {
                    benchmark.append(BACKLOG_FRAMES / 2);
                }
                Thread.sleep(200);
                seconds = (System.nanoTime() - startNanos) / 1e9;
                if (seconds >= next) {
                    MemorySample sample = MemorySample.take(seconds, benchmark.results());
                    samples.add(sample);
                    say(
                            "%4.0f s  %6d frames  heap %.0f MiB  direct %.0f MiB  resident %.0f MiB",
                            sample.seconds(),
                            sample.frames(),
                            sample.heapMib(),
                            sample.directMib(),
                            sample.residentMib());
                    next += SAMPLE_EVERY.toSeconds();
                }
            }
        }
        return samples;
    }

    private BenchmarkReport report(
            String name,
            String version,
            String engine,
            Throughput model,
            Throughput pipeline,
            Throughput job,
            LiveBenchmark.Result live,
            Optional<JsonNode> torch,
            List<MemorySample> memory)
            throws IOException {
        Double torchFps =
                torch.map(result -> result.path("fps").path("pytorch").asDouble()).orElse(null);
        Map<String, Double> latency = new LinkedHashMap<>();
        latency.put("p50", pipeline.p50Ms());
        latency.put("p99", pipeline.p99Ms());
        Map<String, String> machine = new LinkedHashMap<>(Machine.describe());
        machine.put("commit", Machine.commit());
        return new BenchmarkReport(
                name,
                version,
                engine,
                settings.streams(),
                settings.batch(),
                settings.frames(),
                pipeline.fps(),
                pipeline.cpuMsPerFrame(),
                latency,
                job.fps(),
                Throughput.round(job.fps() / pipeline.fps()),
                job.cpuMsPerFrame(),
                Throughput.round(job.cpuMsPerFrame() - pipeline.cpuMsPerFrame()),
                live,
                model.fps(),
                torchFps,
                torchFps == null ? null : Throughput.round(model.fps() / torchFps),
                torch.orElse(null),
                memory,
                machine);
    }

    private void print(BenchmarkReport report) {
        out.printf("%n| what | frames per second | CPU-ms per frame |%n| --- | --- | --- |%n");
        out.printf("| the model alone | %.1f | |%n", report.modelFps());
        out.printf(
                "| PyTorch, the same weights | %s | |%n",
                report.torchFps() == null ? "not installed" : "%.1f".formatted(report.torchFps()));
        out.printf(
                "| decode, model, encode | %.1f | %.1f |%n",
                report.pipelineFps(), report.pipelineCpuMsPerFrame());
        out.printf(
                "| the whole job | %.1f | %.1f |%n%n", report.jobFps(), report.jobCpuMsPerFrame());
        out.printf(
                "The job reaches %.0f %% of the bare stages and adds %.1f CPU-ms to a frame.%n",
                100 * report.jobRatio(), report.jobCpuMsPerFrameAdded());
        if (report.live() != null) {
            LiveBenchmark.Result live = report.live();
            out.printf(
                    "Behind %d cameras of %.0f frames a second: %.1f stylized a second, %d frames behind at the end, from append to append p50 %.0f ms, p95 %.0f, p99 %.0f, at most %.0f; %s; %.1f cores busy.%n",
                    live.streams(),
                    live.camerasFps(),
                    live.fps(),
                    live.backlog(),
                    live.latencyMs().get("p50"),
                    live.latencyMs().get("p95"),
                    live.latencyMs().get("p99"),
                    live.latencyMs().get("max"),
                    live.outcomes(),
                    live.cpuCores());
        }
        if (report.modelRatio() != null) {
            out.printf("The model runs %.2f times as fast as PyTorch.%n", report.modelRatio());
        }
        report.machine().forEach((key, value) -> out.printf("%s: %s%n", key, value));
        out.flush();
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
        out.flush();
    }
}
