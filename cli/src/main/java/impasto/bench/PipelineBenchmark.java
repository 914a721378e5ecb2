package impasto.bench;

import impasto.evaluation.measure.Percentiles;
import impasto.evaluation.restyle.ProcessCpu;
import impasto.failure.FrameFailure;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.frame.RecordOrigin;
import impasto.model.BundleManifest;
import impasto.model.LoadedBundle;
import impasto.model.TextBlend;
import impasto.model.TextEmbedding;
import impasto.model.TextEncoder;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.Prompt;
import impasto.prompt.StreamPrompt;
import impasto.stylize.Stylizer;
import impasto.stylize.StylizerSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The bare stages, decode and encode included, without Kafka and Flink. */
final class PipelineBenchmark {

    private static final long POLL_MILLIS = 5;
    private static final int KEPT_PICTURES = 24;

    /** Frames that a stream is on its way, before it begins the same way again. */
    private static final int WAY_FRAMES = 48;

    private final LoadedBundle bundle;
    private final StylizerSettings settings;
    private final PreparedFrames frames;
    private final List<StreamPrompt> prompts = new ArrayList<>();

    /** Where each stream comes from; empty unless streams are on their way. */
    private final List<StreamPrompt.Before> befores = new ArrayList<>();

    private final BlockingQueue<Runnable> reports = new LinkedBlockingQueue<>();
    private final Map<String, Long> offeredNanos = new HashMap<>();
    private final List<Double> latenciesMs = new ArrayList<>();
    private final List<byte[]> pictures = new ArrayList<>();
    private final int mostInside;
    private int inside;
    private final List<String> failures = new ArrayList<>();

    /**
     * @param bundle stays the caller's
     * @param asked with styles of the bundle, which has at least two unless it is plain
     * @param mostInside frames at a time: enough to keep every lane busy, so that latency is the
     *     way through the stages and not the wait before them
     */
    PipelineBenchmark(
            LoadedBundle bundle,
            StylizerSettings settings,
            PreparedFrames frames,
            Prompts asked,
            int mostInside) {
        this.bundle = bundle;
        this.settings = settings;
        this.frames = frames;
        this.mostInside = mostInside;
        try (TextEncoder encoder = new TextEncoder(bundle)) {
            for (int stream = 0; stream < frames.streams(); stream++) {
                Prompt.Part own = part(stream);
                Prompt.Part other = part(stream + 1);
                prompts.add(
                        StreamPrompt.of(
                                encode(
                                        encoder,
                                        stream,
                                        asked == Prompts.BLEND
                                                ? List.of(own, other)
                                                : List.of(own))));
                if (asked == Prompts.TRANSITION) {
                    EncodedPrompt from = encode(encoder, stream, List.of(other));
                    befores.add(
                            new StreamPrompt.Before(
                                    from.embeddings(),
                                    from.embeddingsMask(),
                                    from.strength(),
                                    from.parts()));
                }
            }
        }
    }

    private Prompt.Part part(int style) {
        List<BundleManifest.Style> styles = bundle.manifest().styles();
        return new Prompt.Part(styles.get(style % styles.size()).prompt(), 1);
    }

    private EncodedPrompt encode(TextEncoder encoder, int stream, List<Prompt.Part> parts) {
        TextEmbedding text =
                new TextBlend(bundle.manifest())
                        .weighted(
                                parts.stream().map(part -> encoder.encode(part.text())).toList(),
                                parts.stream().map(Prompt.Part::weight).toList());
        return new EncodedPrompt(
                "bench-" + stream,
                1,
                PreparedFrames.streamId(stream),
                new Prompt.Style(parts, null, 1, 0).text(),
                bundle.manifest().noise().defaultSeed(),
                1,
                text.embeddings(),
                text.mask(),
                0,
                new EncodedPrompt.Step[0],
                parts.toArray(Prompt.Part[]::new));
    }

    /** The prompt of a stream's frame: in a transition it is further on its way than the last. */
    StreamPrompt prompt(int stream, long sequence) {
        StreamPrompt prompt = prompts.get(stream);
        return befores.isEmpty()
                ? prompt
                : new StreamPrompt(
                        prompt.prompt(),
                        befores.get(stream),
                        (sequence % WAY_FRAMES + 1) / (WAY_FRAMES + 1.0),
                        prompt.look(),
                        null);
    }

    /**
     * Restyles frames as fast as they come out again.
     *
     * @param warmup frames before the measurement
     * @param measured frames of the measurement
     * @throws IllegalStateException if a frame fails
     */
    Throughput run(int warmup, int measured) throws InterruptedException {
        try (Stylizer stylizer = new Stylizer(settings, bundle, reports::add, new Output())) {
            feed(stylizer, 0, warmup);
            latenciesMs.clear();
            long startNanos = System.nanoTime();
            long startCpu = ProcessCpu.nanos();
            feed(stylizer, warmup, warmup + measured);
            long wall = System.nanoTime() - startNanos;
            long cpu = ProcessCpu.nanos() - startCpu;
            requireSuccess();
            Percentiles latency =
                    new Percentiles(latenciesMs.stream().mapToDouble(Double::doubleValue));
            return Throughput.of(measured, wall, cpu, Throughput.latency(latency));
        }
    }

    /** Some of the restyled frames, as JPEG files. */
    List<byte[]> pictures() {
        return List.copyOf(pictures);
    }

    private void requireSuccess() {
        if (!failures.isEmpty()) {
            throw new IllegalStateException(
                    "%d frames failed, the first with: %s"
                            .formatted(failures.size(), failures.get(0)));
        }
    }

    /**
     * Records what the lanes do.
     *
     * @param engine DJL's name of the engine that has loaded the bundle
     * @param warmup frames before the recording
     * @param recorded frames that go in meanwhile, the lanes being empty before
     * @return without numbers of batches
     */
    Recorded record(String engine, int warmup, int recorded)
            throws InterruptedException, IOException {
        try (Stylizer stylizer = new Stylizer(settings, bundle, reports::add, new Output())) {
            feed(stylizer, 0, warmup);
            try (TimelineRecorder recorder = new TimelineRecorder(engine)) {
                feed(stylizer, warmup, warmup + recorded);
                requireSuccess();
                return new Recorded(recorder.clock(), recorder.stop());
            }
        }
    }

    /** What {@link #record} recorded, and by whose clock. */
    record Recorded(String clock, List<Timeline.Span> spans) {}

    private void feed(Stylizer stylizer, int from, int to) throws InterruptedException {
        for (int i = from; i < to; i++) {
            int stream = i % frames.streams();
            long sequence = i / frames.streams();
            Frame frame =
                    new Frame(
                            PreparedFrames.streamId(stream),
                            sequence,
                            0,
                            frames.picture(stream, sequence),
                            new RecordOrigin("frames", stream, sequence, 0));
            while (inside >= mostInside
                    || !stylizer.offer(frame, Optional.of(prompt(stream, sequence)))) {
                awaitReport(stylizer);
            }
            inside++;
            offeredNanos.put(key(frame.streamId(), sequence), System.nanoTime());
            for (Runnable report = reports.poll(); report != null; report = reports.poll()) {
                report.run();
            }
        }
        while (stylizer.flush()) {
            reports.take().run();
        }
        stylizer.endFlush();
    }

    /** A batch that waits for more frames goes without them after a while. */
    private void awaitReport(Stylizer stylizer) throws InterruptedException {
        Runnable report = reports.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (report != null) {
            report.run();
        } else {
            stylizer.poll();
        }
    }

    private static String key(String streamId, long sequence) {
        return streamId + "#" + sequence;
    }

    private final class Output implements Stylizer.Output {
        @Override
        public void result(FrameResult result) {
            long offered = offeredNanos.remove(key(result.streamId(), result.sequence()));
            inside--;
            latenciesMs.add((System.nanoTime() - offered) / 1e6);
            if (pictures.size() < KEPT_PICTURES) {
                pictures.add(result.image());
            }
        }

        @Override
        public void failure(FrameFailure failure) {
            inside--;
            failures.add(failure.error());
        }
    }
}
