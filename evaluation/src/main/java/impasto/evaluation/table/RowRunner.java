package impasto.evaluation.table;

import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.Pixels;
import impasto.encode.FrameEncoder;
import impasto.evaluation.clip.Clip;
import impasto.evaluation.measure.Differences;
import impasto.evaluation.measure.OpticalFlow;
import impasto.evaluation.measure.Percentiles;
import impasto.evaluation.measure.PictureStatistics;
import impasto.evaluation.measure.SobelEnergy;
import impasto.evaluation.restyle.CameraRun;
import impasto.evaluation.restyle.Conditioning;
import impasto.evaluation.restyle.GraphTimer;
import impasto.evaluation.restyle.Restyled;
import impasto.evaluation.restyle.Restyler;
import impasto.evaluation.restyle.Setting;
import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Provenance;
import impasto.evaluation.result.Row;
import impasto.evaluation.result.RowSpec;
import impasto.evaluation.result.RowSpec.Measurement;
import impasto.model.BundleManifest;
import impasto.model.LoadedBundle;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Measures one row after another on one loaded bundle. Not thread-safe. */
public final class RowRunner implements AutoCloseable {

    /** Of each camera. */
    static final int CAMERA_FRAMES_PER_SECOND = 30;

    private static final Duration CAMERA_WARMUP = Duration.ofSeconds(2);

    /** Milliseconds of each frame, in a row's series. */
    public static final String LATENCY_SERIES = "latency_ms";

    private static final int HOST_RUNS = 5;
    private static final int REFERENCE_BATCH = 8;
    private static final int KEPT_RUNS = 3;
    private static final int KEPT_FRAMES = 1000;
    private static final MathContext SIX_DIGITS = new MathContext(6);

    private final BundleManifest manifest;
    private final Provenance provenance;
    private final Map<String, Clip> clips = new LinkedHashMap<>();
    private final Samples samples;
    private final Restyler restyler;
    private final GraphTimer graphs;
    private PreparedClip prepared;

    /** The last runs, with which several rows are compared. */
    private final Map<Run, List<Pixels>> runs =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Run, List<Pixels>> eldest) {
                    int frames = values().stream().mapToInt(List::size).sum();
                    return size() > KEPT_RUNS || (size() > 1 && frames > KEPT_FRAMES);
                }
            };

    private record Run(String clip, String prompt, long seed, int frames, Setting setting) {}

    /**
     * @param bundle stays the caller's, who closes it after this
     * @param samples keeps some of the pictures
     */
    public RowRunner(
            LoadedBundle bundle, Provenance provenance, List<Clip> clips, Samples samples) {
        this.manifest = bundle.manifest();
        this.provenance = provenance;
        clips.forEach(clip -> this.clips.put(clip.name(), clip));
        this.samples = samples;
        this.restyler = new Restyler(bundle);
        this.graphs = new GraphTimer(bundle);
    }

    /**
     * Measures a row.
     *
     * @throws IOException if its clip is not among those given, or pictures cannot be kept
     */
    public Row run(RowSpec spec) throws IOException, InterruptedException {
        Map<String, Double> metrics = new LinkedHashMap<>();
        Map<String, List<Double>> series = new LinkedHashMap<>();
        switch (spec.measurement()) {
            case INPUT -> input(spec, metrics, series);
            case RESTYLE, SWEEP, DRIFT, THROUGHPUT -> restyle(spec, metrics, series);
            case CUT -> cut(spec, metrics, series);
            case CAMERAS -> cameras(spec, metrics);
            case PART -> part(spec, metrics);
        }
        String hash = clips.containsKey(spec.clip()) ? clips.get(spec.clip()).sha256() : null;
        return provenance.row(spec, metrics, series, hash);
    }

    private Clip clip(String name) throws IOException {
        Clip clip = clips.get(name);
        if (clip == null) {
            throw new IOException(
                    "no clip '%s' for this row; the clips are %s"
                            .formatted(name, String.join(", ", clips.keySet())));
        }
        return clip;
    }

    private PreparedClip prepare(String name) throws IOException {
        if (prepared == null || !prepared.clip().name().equals(name)) {
            prepared = new PreparedClip(clip(name), manifest.frame());
        }
        return prepared;
    }

    private void input(RowSpec spec, Map<String, Double> metrics, Map<String, List<Double>> series)
            throws IOException {
        PreparedClip clip = prepare(spec.clip());
        List<Pixels> pictures = new ArrayList<>();
        for (int i = 0; i < spec.frames(); i++) {
            pictures.add(clip.picture(i));
        }
        put(metrics, Metric.FRAMES, spec.frames());
        steadiness(Steadiness.of(clip, pictures), metrics, series);
    }

    private void restyle(
            RowSpec spec, Map<String, Double> metrics, Map<String, List<Double>> series)
            throws IOException, InterruptedException {
        Clip clip = clip(spec.clip());
        Restyled run =
                restyler.restyle(clip, spec.frames(), spec.prompt(), spec.seed(), spec.setting());
        speed(run, metrics);
        samples.keep(spec, run.frames());
        if (spec.measurement() == Measurement.THROUGHPUT) {
            series.put(LATENCY_SERIES, rounded(run.latenciesMs()));
        }
        if (spec.measurement() == Measurement.THROUGHPUT || provenance.randomWeights()) {
            return;
        }
        PreparedClip input = prepare(spec.clip());
        List<Pixels> outputs = PreparedClip.decode(run.frames(), manifest.frame());
        steadiness(Steadiness.of(input, outputs), metrics, series);
        remember(spec, spec.setting(), outputs);
        List<Pixels> without =
                pictures(
                        spec,
                        // Of batches of one size: the numbers do not depend on what comes first.
                        new Setting(
                                Math.min(REFERENCE_BATCH, manifest.batch().max()),
                                true,
                                Conditioning.OFF));
        put(metrics, Metric.REFERENCE_L1, Steadiness.distance(outputs, without));
        if (spec.measurement() == Measurement.SWEEP && !spec.setting().conditioning().isOff()) {
            List<Pixels> every =
                    pictures(
                            spec, new Setting(spec.setting().batch(), true, Conditioning.every(1)));
            put(metrics, Metric.DISTANCE_TO_EVERY_1, Steadiness.distance(outputs, every));
        }
        if (spec.measurement() == Measurement.DRIFT) {
            drift(outputs, metrics, series);
        }
        samples.show(spec, input, without, outputs);
    }

    /** What the model makes of the row's frames with another setting. */
    private List<Pixels> pictures(RowSpec spec, Setting setting)
            throws IOException, InterruptedException {
        Run wanted = new Run(spec.clip(), spec.prompt(), spec.seed(), spec.frames(), setting);
        List<Pixels> known = runs.get(wanted);
        if (known != null) {
            return known;
        }
        Restyled run =
                restyler.restyle(
                        clip(spec.clip()), spec.frames(), spec.prompt(), spec.seed(), setting);
        remember(spec, setting, PreparedClip.decode(run.frames(), manifest.frame()));
        return runs.get(wanted);
    }

    private void remember(RowSpec spec, Setting setting, List<Pixels> pictures) {
        runs.put(
                new Run(spec.clip(), spec.prompt(), spec.seed(), spec.frames(), setting), pictures);
    }

    private static void drift(
            List<Pixels> outputs, Map<String, Double> metrics, Map<String, List<Double>> series) {
        int chunk = Math.min(Protocol.CHUNK_FRAMES, outputs.size() / 4);
        List<PictureStatistics> statistics =
                outputs.parallelStream().map(PictureStatistics::of).toList();
        chunks(
                Metric.BRIGHTNESS_DRIFT,
                Steadiness.each(outputs.size(), t -> statistics.get(t).brightness()),
                chunk,
                metrics,
                series);
        chunks(
                Metric.CONTRAST_DRIFT,
                Steadiness.each(outputs.size(), t -> statistics.get(t).contrast()),
                chunk,
                metrics,
                series);
        chunks(
                Metric.SATURATION_DRIFT,
                Steadiness.each(outputs.size(), t -> statistics.get(t).saturation()),
                chunk,
                metrics,
                series);
        chunks(
                Metric.SOBEL_DRIFT,
                Steadiness.each(outputs.size(), t -> SobelEnergy.of(outputs.get(t))),
                chunk,
                metrics,
                series);
    }

    /** Mean and standard deviation of each whole chunk. */
    private static void chunks(
            Metric drift,
            double[] values,
            int chunk,
            Map<String, Double> metrics,
            Map<String, List<Double>> series) {
        int count = values.length / chunk;
        double[] means = new double[count];
        double[] deviations = new double[count];
        for (int i = 0; i < count; i++) {
            double[] part = Arrays.copyOfRange(values, i * chunk, (i + 1) * chunk);
            means[i] = Steadiness.mean(part);
            double mean = means[i];
            deviations[i] =
                    Math.sqrt(
                            Steadiness.mean(
                                    Arrays.stream(part)
                                            .map(value -> (value - mean) * (value - mean))
                                            .toArray()));
        }
        String name = drift.key().replace("_drift", "");
        put(metrics, drift, means[count - 1] - means[0]);
        series.put(name, rounded(means));
        series.put(name + "_deviation", rounded(deviations));
    }

    private void cut(RowSpec spec, Map<String, Double> metrics, Map<String, List<Double>> series)
            throws IOException, InterruptedException {
        Clip clip = clip(spec.clip());
        CutRun cut = CutRun.of(clip, PreparedClip.decode(clip.frames(), manifest.frame()));
        Restyled run =
                restyler.restyle(
                        cut.whole(), spec.frames(), spec.prompt(), spec.seed(), spec.setting());
        speed(run, metrics);
        samples.keep(spec, run.frames());
        int batch = spec.setting().batch();
        int length = cut.after().frames().size() / batch * batch;
        Restyled alone =
                restyler.restyle(cut.after(), length, spec.prompt(), spec.seed(), spec.setting());
        List<Pixels> outputs = PreparedClip.decode(run.frames(), manifest.frame());
        List<Pixels> expected = PreparedClip.decode(alone.frames(), manifest.frame());
        int both = Math.min(outputs.size() - cut.cut(), length);
        double[] errors =
                Steadiness.each(
                        both,
                        t -> Differences.meanAbsolute(outputs.get(cut.cut() + t), expected.get(t)));
        int near = Math.min(CutRun.NEAR_FRAMES, both);
        put(metrics, Metric.AFTER_CUT_L1, Steadiness.mean(Arrays.copyOf(errors, near)));
        put(metrics, Metric.LATER_L1, Steadiness.mean(Arrays.copyOfRange(errors, near, both)));
        series.put(Metric.AFTER_CUT_L1.key(), rounded(errors));
        PreparedClip input = new PreparedClip(cut.whole(), manifest.frame());
        samples.show(spec, input, outputs, outputs);
    }

    private static void speed(Restyled run, Map<String, Double> metrics) {
        Percentiles latency = new Percentiles(Arrays.stream(run.latenciesMs()));
        put(metrics, Metric.FPS, run.framesPerSecond());
        put(metrics, Metric.LATENCY_P50_MS, latency.at(50));
        put(metrics, Metric.LATENCY_P95_MS, latency.at(95));
        put(metrics, Metric.LATENCY_P99_MS, latency.at(99));
        put(metrics, Metric.LATENCY_MAX_MS, latency.at(100));
        put(metrics, Metric.CPU_MS_PER_FRAME, 1000 * run.cpuSeconds() / run.frames().size());
        put(metrics, Metric.FRAMES, run.frames().size());
        put(metrics, Metric.WARMUP_FRAMES, run.warmupFrames());
        put(metrics, Metric.WARMUP_SECONDS, run.warmupSeconds());
    }

    private static void steadiness(
            Steadiness measured, Map<String, Double> metrics, Map<String, List<Double>> series) {
        put(metrics, Metric.WARP_ERROR, Steadiness.mean(measured.warpErrors()));
        put(metrics, Metric.CONSECUTIVE_L1, Steadiness.mean(measured.consecutive()));
        put(metrics, Metric.CONSISTENCY_RATIO, measured.consistencyRatio());
        put(metrics, Metric.SOBEL, Steadiness.mean(measured.sobel()));
        put(metrics, Metric.HF_FFT, Steadiness.mean(measured.highFrequency()));
        series.put(Metric.WARP_ERROR.key(), rounded(measured.warpErrors()));
    }

    private void cameras(RowSpec spec, Map<String, Double> metrics) throws InterruptedException {
        List<Clip> all = clips.values().stream().filter(clip -> !clip.hasCut()).toList();
        List<Clip> seen = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        for (int camera = 0; camera < spec.cameras(); camera++) {
            seen.add(all.get(camera % all.size()));
            prompts.add(
                    manifest.styles().isEmpty()
                            ? Protocol.PROMPT
                            : manifest.styles().get(camera % manifest.styles().size()).prompt());
        }
        CameraRun run =
                restyler.cameras(
                        seen,
                        prompts,
                        spec.seed(),
                        CAMERA_FRAMES_PER_SECOND,
                        spec.setting(),
                        CAMERA_WARMUP,
                        Duration.ofMillis(
                                Math.round(
                                        1000.0
                                                * spec.frames()
                                                / spec.cameras()
                                                / CAMERA_FRAMES_PER_SECOND)));
        put(metrics, Metric.OFFERED_FPS, run.offered() / run.seconds());
        put(metrics, Metric.FPS, run.stylized() / run.seconds());
        if (run.stylized() > 0) {
            Percentiles latency = new Percentiles(Arrays.stream(run.latenciesMs()));
            put(metrics, Metric.LATENCY_P50_MS, latency.at(50));
            put(metrics, Metric.LATENCY_P95_MS, latency.at(95));
            put(metrics, Metric.LATENCY_P99_MS, latency.at(99));
            put(metrics, Metric.LATENCY_MAX_MS, latency.at(100));
        }
        put(metrics, Metric.BATCH_FILL, run.batchFill());
        put(metrics, Metric.DROPPED_SHARE, run.droppedShare());
        put(metrics, Metric.BACKLOG, (double) run.backlog());
    }

    private void part(RowSpec spec, Map<String, Double> metrics) throws IOException {
        int batch = spec.setting().batch();
        double[] runs =
                switch (spec.part()) {
                    case Plan.DECODE, Plan.ENCODE, Plan.FLOW -> host(spec, batch);
                    default -> graphs.time(spec.part(), batch);
                };
        double median = new Percentiles(Arrays.stream(runs)).at(50);
        put(metrics, Metric.MS_PER_BATCH, median);
        put(metrics, Metric.MS_PER_FRAME, median / batch);
    }

    private double[] host(RowSpec spec, int batch) throws IOException {
        PreparedClip input = prepare(spec.clip());
        FrameDecoder decoder =
                new FrameDecoder(
                        manifest.frame().width(),
                        manifest.frame().height(),
                        Fit.CENTRE_CROP,
                        PreparedClip.LIMITS);
        FrameEncoder encoder = new FrameEncoder(Restyler.OUTPUT_JPEG_QUALITY);
        double[] runs = new double[HOST_RUNS];
        for (int run = -1; run < HOST_RUNS; run++) {
            long start = System.nanoTime();
            for (int i = 0; i < batch; i++) {
                switch (spec.part()) {
                    case Plan.DECODE ->
                            decoder.decode(input.clip().frames().get(input.clip().index(i)));
                    case Plan.ENCODE -> encoder.encode(input.picture(i));
                    default -> OpticalFlow.between(input.picture(i), input.picture(i + 1));
                }
            }
            if (run >= 0) {
                runs[run] = (System.nanoTime() - start) / 1e6;
            }
        }
        return runs;
    }

    private static void put(Map<String, Double> metrics, Metric metric, double value) {
        if (!Double.isNaN(value) && !Double.isInfinite(value)) {
            metrics.put(metric.key(), rounded(value));
        }
    }

    private static List<Double> rounded(double[] values) {
        return Arrays.stream(values)
                .mapToObj(RowRunner::rounded)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static double rounded(double value) {
        return new BigDecimal(value).round(SIX_DIGITS).doubleValue();
    }

    @Override
    public void close() {
        restyler.close();
    }
}
