package impasto.bench;

import com.fasterxml.jackson.databind.JsonNode;
import impasto.evaluation.result.Machine;
import impasto.job.JobOptions;
import impasto.job.KafkaOptions;
import impasto.job.OptionException;
import impasto.model.BundleManifest;
import impasto.model.EngineOptions;
import impasto.model.GraphRole;
import impasto.model.LoadedBundle;
import impasto.operator.StylizeOptions;
import impasto.stylize.StylizerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ReadableConfig;

/** All measurements of one bundle on this machine, one after another, and their report. */
public final class Benchmark {

    private static final int PICTURE_PIXELS = 512;
    private static final int BACKLOG_FRAMES = 64;
    private static final Duration LINGER = Duration.ofMillis(20);
    private static final Duration LIVE_WARMUP = Duration.ofSeconds(10);
    private static final Duration LIVE_LONGEST_WARMUP = Duration.ofSeconds(60);

    /** A job has caught up when it is no further behind than this. */
    private static final double LIVE_SETTLED_SECONDS = 0.25;

    private static final Duration LIVE_MEASURED = Duration.ofSeconds(20);
    private static final Duration LIVE_STRAGGLERS = Duration.ofSeconds(20);
    private static final Duration PROMPTS_WARMUP = Duration.ofSeconds(5);
    private static final Duration SAMPLE_EVERY = Duration.ofSeconds(30);

    /**
     * Batches inside beside those in the model, which is as many as the workers: one that is
     * decoded, one on its way to a worker, one that is encoded. On a device three are in the model.
     */
    private static final int BATCHES_AROUND = 3;

    private static final int BATCHES_ON_DEVICE = 3;

    private static final int TIMELINE_FIRST = 6;
    private static final int TIMELINE_BATCHES = 12;

    /** Some more than are shown, so that what is shown has others behind it. */
    private static final int TIMELINE_FED = TIMELINE_FIRST + TIMELINE_BATCHES + 4;

    private final Path folder;
    private final Settings settings;
    private final Preparation preparation;
    private final PrintWriter out;
    private final List<GraphTime> graphs = new ArrayList<>();
    private final List<BenchmarkReport.Run> runs = new ArrayList<>();
    private final List<JpegTime> jpegs = new ArrayList<>();
    private final List<BenchmarkReport.Live> live = new ArrayList<>();
    private PromptBenchmark.Result promptChanges;

    /**
     * What is measured.
     *
     * @param parts of what is measured
     * @param batches each the most frames in a batch
     * @param texts as the job's {@code text.refresh}
     * @param conditionings as the job's {@code conditioning.refresh}, with a number behind a colon
     * @param prompts of the stages; plain among them if the job is measured
     * @param jobOptions of the stages and the job, over all others
     * @param engine DJL's name of it
     * @param threads batches worked on at the same time, 0 for one per core
     * @param camerasFps frames a second of each stream in the run with cameras; 0 for no such run
     * @param promptChanges in the running job; 0 for no such run
     * @param promptFps frames a second of each stream meanwhile
     * @param minutes of the run that samples memory; 0 for none
     * @param timeline SVG file in which the lanes are drawn, or null
     * @param python interpreter with PyTorch
     * @param paper files with results of the paper's pipeline
     */
    public record Settings(
            Set<Part> parts,
            int streams,
            int frames,
            List<Integer> batches,
            List<String> texts,
            List<String> conditionings,
            Set<Prompts> prompts,
            Map<String, String> jobOptions,
            String engine,
            int threads,
            double camerasFps,
            int promptChanges,
            double promptFps,
            double minutes,
            Path timeline,
            String python,
            List<Path> paper) {

        List<Variant> variants() {
            List<Variant> variants = new ArrayList<>();
            for (int batch : batches) {
                for (String text : texts) {
                    for (String conditioning : conditionings) {
                        for (Prompts asked : prompts) {
                            Variant variant = new Variant(batch, text, conditioning, asked);
                            if (variant.isMeasured()) {
                                variants.add(variant);
                            }
                        }
                    }
                }
            }
            return variants;
        }

        /** Sizes for which an engine on a GPU has plans, unless the job's option says others. */
        List<Integer> batchSizes() {
            Set<Integer> sizes = new TreeSet<>(batches);
            sizes.add(1);
            return List.copyOf(sizes);
        }
    }

    /** What an engine needs before it can load the bundle. */
    public interface Preparation {

        /**
         * @param options with which the bundle will be loaded
         */
        void prepare(EngineOptions options) throws IOException;
    }

    /**
     * @param folder of the bundle
     * @param preparation done before the bundle is loaded, and not measured
     * @param out told of every step and the result
     */
    public Benchmark(Path folder, Settings settings, Preparation preparation, PrintWriter out) {
        this.folder = folder;
        this.settings = settings;
        this.preparation = preparation;
        this.out = out;
    }

    /**
     * Measures.
     *
     * @param json where to write the report, or null
     * @throws OptionException if the job does not know an option, or its value, or the bundle has
     *     too few styles for the prompts
     */
    public void run(Path json) throws Exception {
        // What is wrong is told before anything is measured.
        List<PaperResult> paper = PaperResult.read(settings.paper());
        BundleManifest manifest = BundleManifest.read(folder);
        if (!settings.prompts().equals(Set.of(Prompts.PLAIN)) && manifest.styles().size() < 2) {
            throw new OptionException(
                    "--prompts %s: bundle %s has %d styles, expected at least 2, to go from one to another"
                            .formatted(
                                    settings.prompts(), manifest.name(), manifest.styles().size()));
        }
        for (Variant variant : settings.variants()) {
            stages(variant, manifest);
        }
        say("Preparing frames of %d streams …", settings.streams());
        PreparedFrames frames = new PreparedFrames(settings.streams(), PICTURE_PIXELS);
        JsonNode torch = null;
        List<MemorySample> memory = new ArrayList<>();
        String engine;
        EngineOptions options =
                StylizeOptions.model(parsed(settings.variants().get(0))).engineOptions();
        preparation.prepare(options);
        say("Loading %s …", manifest.name());
        // The jobs share what is loaded.
        try (LoadedBundle bundle = LoadedBundle.acquire(folder, options)) {
            engine = bundle.engine();
            if (settings.parts().contains(Part.GRAPHS)) {
                measureGraphs(bundle, options.batchSizes());
            }
            for (Variant variant : settings.variants()) {
                measure(variant, bundle, frames);
            }
            if (settings.promptChanges() > 0) {
                changePrompts(frames);
            }
            if (settings.minutes() > 0) {
                say("The job for %s minutes …", settings.minutes());
                memory = sampleMemory(frames);
            }
        }
        if (settings.parts().contains(Part.TORCH)) {
            say("%s …", Part.TORCH.phrase());
            torch =
                    TorchBenchmark.run(settings.python(), folder, settings.batches().get(0))
                            .orElse(null);
        }
        Map<String, String> machine = new LinkedHashMap<>(Machine.describe());
        machine.put("commit", Machine.commit());
        BenchmarkReport report =
                new BenchmarkReport(
                        manifest.name(),
                        manifest.version(),
                        engine,
                        manifest.sampling().steps(),
                        settings.streams(),
                        graphs,
                        runs,
                        jpegs,
                        live,
                        promptChanges,
                        torch,
                        paper,
                        memory,
                        machine);
        new BenchmarkTable(report, out).print(settings.parts().contains(Part.TORCH));
        if (json != null) {
            report.write(json);
            say("Written to %s", json);
        }
    }

    private void measureGraphs(LoadedBundle bundle, List<Integer> batchSizes) {
        say("%s …", Part.GRAPHS.phrase());
        int largest = bundle.manifest().batch().max();
        List<Integer> sizes = batchSizes.stream().filter(size -> size <= largest).toList();
        for (GraphRole role : GraphRole.values()) {
            graphs.addAll(GraphTime.measure(bundle, settings.engine(), role, sizes));
        }
    }

    private void measure(Variant variant, LoadedBundle bundle, PreparedFrames frames)
            throws Exception {
        int warmup = Math.max(4 * variant.batch(), settings.frames() / 4);
        if (settings.parts().contains(Part.MODEL) && isFirstOfBatch(variant)) {
            // It has a text that is encoded once, and no condition.
            Variant plain = new Variant(variant.batch(), Variant.TEXT_NEVER, "off", Prompts.PLAIN);
            say("%s, batches of %d …", Part.MODEL.phrase(), plain.batch());
            add(
                    BenchmarkReport.Run.of(
                            Part.MODEL,
                            plain,
                            new ModelBenchmark(bundle, plain.batch())
                                    .run(
                                            Math.max(2, warmup / plain.batch()),
                                            Math.max(1, settings.frames() / plain.batch()))));
        }
        BenchmarkReport.Run stages = null;
        StylizerSettings stagesSettings = stages(variant, bundle.manifest());
        int mostInside = variant.batch() * (batchesInModel() + BATCHES_AROUND);
        if (settings.parts().contains(Part.STAGES)) {
            say("%s, %s …", Part.STAGES.phrase(), variant.phrase());
            PipelineBenchmark benchmark =
                    new PipelineBenchmark(
                            bundle, stagesSettings, frames, variant.prompts(), mostInside);
            stages =
                    BenchmarkReport.Run.of(
                            Part.STAGES, variant, benchmark.run(warmup, settings.frames()));
            add(stages);
            if (jpegs.isEmpty()) {
                BundleManifest manifest = bundle.manifest();
                jpegs.add(
                        JpegTime.measure(
                                "a camera's frame", frames.pictures(0), manifest, stagesSettings));
                jpegs.add(
                        JpegTime.measure(
                                "a restyled frame",
                                benchmark.pictures(),
                                manifest,
                                stagesSettings));
            }
        }
        if (settings.timeline() != null) {
            say("The lanes, %s …", variant.phrase());
            draw(
                    variant,
                    bundle,
                    new PipelineBenchmark(
                                    bundle, stagesSettings, frames, variant.prompts(), mostInside)
                            .record(settings.engine(), warmup, TIMELINE_FED * variant.batch()));
        }
        if (variant.prompts() != Prompts.PLAIN) {
            return;
        }
        if (settings.parts().contains(Part.JOB)) {
            say("%s, %s …", Part.JOB.phrase(), variant.phrase());
            BenchmarkReport.Run job =
                    BenchmarkReport.Run.of(Part.JOB, variant, job(variant, frames));
            add(stages == null ? job : job.beside(stages));
        }
        if (settings.camerasFps() > 0) {
            live.add(new BenchmarkReport.Live(variant, live(variant, frames)));
        }
    }

    private boolean isFirstOfBatch(Variant variant) {
        return runs.stream()
                .noneMatch(
                        run ->
                                run.part() == Part.MODEL
                                        && run.variant().batch() == variant.batch());
    }

    private int batchesInModel() {
        if (settings.engine().equals(EngineOptions.TENSORRT)) {
            return BATCHES_ON_DEVICE;
        }
        return settings.threads() > 0
                ? settings.threads()
                : Runtime.getRuntime().availableProcessors();
    }

    private void add(BenchmarkReport.Run run) {
        runs.add(run);
        say("  %.1f frames a second", run.throughput().fps());
    }

    private Throughput job(Variant variant, PreparedFrames frames) throws Exception {
        try (JobBenchmark benchmark = new JobBenchmark(frames, true)) {
            benchmark.start(folder, jobOptions(variant));
            // The compiler takes longer over Kafka and Flink than over the stages.
            return benchmark.run(
                    Math.max(4 * variant.batch(), settings.frames()),
                    settings.frames(),
                    Math.max(BACKLOG_FRAMES, 4 * variant.batch()));
        }
    }

    private LiveBenchmark.Result live(Variant variant, PreparedFrames frames) throws Exception {
        say(
                "%s behind %d cameras of %.0f frames a second, %s …",
                Part.JOB.phrase(), settings.streams(), settings.camerasFps(), variant.phrase());
        long settled =
                Math.max(
                        2L * variant.batch(),
                        Math.round(
                                LIVE_SETTLED_SECONDS * settings.streams() * settings.camerasFps()));
        try (JobBenchmark benchmark = new JobBenchmark(frames, false)) {
            benchmark.start(folder, jobOptions(variant));
            return new LiveBenchmark(
                            benchmark, settings.streams(), settings.camerasFps(), LIVE_STRAGGLERS)
                    .run(LIVE_WARMUP, LIVE_LONGEST_WARMUP, settled, LIVE_MEASURED);
        }
    }

    private void changePrompts(PreparedFrames frames) throws Exception {
        Variant variant = settings.variants().get(0);
        say(
                "%d changes of prompts in the job behind %d cameras of %.0f frames a second, %s …",
                settings.promptChanges(),
                settings.streams(),
                settings.promptFps(),
                variant.phrase());
        try (JobBenchmark benchmark = new JobBenchmark(frames, false)) {
            benchmark.start(folder, jobOptions(variant));
            promptChanges =
                    new PromptBenchmark(
                                    benchmark,
                                    settings.streams(),
                                    settings.promptFps(),
                                    BundleManifest.read(folder).styles())
                            .run(settings.promptChanges(), PROMPTS_WARMUP);
        }
    }

    private void draw(Variant variant, LoadedBundle bundle, PipelineBenchmark.Recorded recorded)
            throws IOException {
        BundleManifest manifest = bundle.manifest();
        Timeline timeline =
                Timeline.of(
                        "%s on %s, %d x %d: %s"
                                .formatted(
                                        manifest.name(),
                                        bundle.engine(),
                                        manifest.frame().width(),
                                        manifest.frame().height(),
                                        variant.phrase()),
                        recorded.clock(),
                        recorded.spans(),
                        manifest.sampling().steps(),
                        TIMELINE_FIRST,
                        TIMELINE_BATCHES);
        String name = settings.timeline().getFileName().toString().replaceFirst("\\.svg$", "");
        if (settings.variants().size() > 1) {
            name += "-" + variant.fileName();
        }
        Path svg = settings.timeline().resolveSibling(name + ".svg");
        Path json = settings.timeline().resolveSibling(name + ".json");
        Files.writeString(svg, TimelineSvg.draw(timeline));
        timeline.write(json);
        say(
                "  busy: %s; %.0f %% of the side lane's work beside the main lane's; %s and %s",
                timeline.busy().entrySet().stream()
                        .map(lane -> "%s %.0f %%".formatted(lane.getKey(), 100 * lane.getValue()))
                        .collect(Collectors.joining(", ")),
                100 * timeline.sideBesideMain(),
                svg,
                json);
    }

    private StylizerSettings stages(Variant variant, BundleManifest manifest) {
        return StylizeOptions.stylize(parsed(variant)).stylizer().toSettings(manifest);
    }

    private ReadableConfig parsed(Variant variant) {
        Map<String, String> options = new HashMap<>(jobOptions(variant));
        options.put(StylizeOptions.MODEL_BUNDLE.key(), folder.toString());
        options.put(KafkaOptions.BOOTSTRAP_SERVERS.key(), "none:1");
        return JobOptions.parse(options);
    }

    private Map<String, String> jobOptions(Variant variant) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put(StylizeOptions.MODEL_ENGINE.key(), settings.engine());
        options.put(
                StylizeOptions.MODEL_BATCH_SIZES.key(),
                settings.batchSizes().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(";")));
        options.put(StylizeOptions.MODEL_THREADS.key(), Integer.toString(settings.threads()));
        options.put(StylizeOptions.BATCH_LINGER.key(), LINGER.toMillis() + "ms");
        options.put(
                StylizeOptions.BATCH_QUEUE_PER_STREAM.key(), Integer.toString(2 * variant.batch()));
        options.putAll(variant.jobOptions());
        options.putAll(settings.jobOptions());
        return options;
    }

    /** Keeps a small backlog on the topic and looks at the memory now and then. */
    private List<MemorySample> sampleMemory(PreparedFrames frames) throws Exception {
        List<MemorySample> samples = new ArrayList<>();
        long startNanos = System.nanoTime();
        double limit = settings.minutes() * 60;
        try (JobBenchmark benchmark = new JobBenchmark(frames, false)) {
            benchmark.append(BACKLOG_FRAMES);
            benchmark.start(folder, jobOptions(settings.variants().get(0)));
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

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
        out.flush();
    }
}
