package impasto.evaluation.restyle;

import impasto.batch.BatchPolicy;
import impasto.decode.Fit;
import impasto.decode.ImageLimits;
import impasto.evaluation.clip.Clip;
import impasto.failure.BadInputException;
import impasto.failure.FrameFailure;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.frame.Outcome;
import impasto.frame.RecordOrigin;
import impasto.model.LoadedBundle;
import impasto.model.TextEmbedding;
import impasto.model.TextEncoder;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.StreamPrompt;
import impasto.stylize.OverloadPolicy;
import impasto.stylize.Stylizer;
import impasto.stylize.StylizerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Puts frames through the stages that the job runs, decode and encode included, without Kafka and
 * Flink. Every run has stages of its own, so nothing leaks from one into the next. Not thread-safe.
 */
public final class Restyler implements AutoCloseable {

    /** Of the outputs: as little as JPEG can add to what is measured on them. */
    public static final int OUTPUT_JPEG_QUALITY = 100;

    private static final ImageLimits LIMITS = new ImageLimits(8 << 20, 33_177_600);
    private static final float FULL_STRENGTH = 1;
    private static final int RESTYLE_EVERY_FRAME = 0;

    /** A clip makes full batches, except where conditioning begins anew in the middle of one. */
    private static final Duration UNTIL_FULL = Duration.ofSeconds(2);

    private static final long SHORT_WAIT_NANOS = 200_000;
    private static final Duration LIVE_LINGER = Duration.ofMillis(20);
    private static final int LIVE_QUEUE_PER_STREAM = 4;
    private static final int LIVE_JPEG_QUALITY = 90;

    /** Batches before the first measurement of a setting, and before later ones. */
    private static final int WARMUP_BATCHES = 4;

    private static final int WARMUP_BATCHES_AGAIN = 1;

    private final LoadedBundle bundle;
    private final TextEncoder encoder;
    private final Map<String, TextEmbedding> embeddings = new HashMap<>();
    private final Set<Setting> warm = new HashSet<>();

    /**
     * @param bundle stays the caller's, who closes it after this
     */
    public Restyler(LoadedBundle bundle) {
        this.bundle = bundle;
        this.encoder = new TextEncoder(bundle);
    }

    /**
     * Restyles a clip as fast as it goes through.
     *
     * @param frames how many, a multiple of the setting's batch; past its end the clip goes
     *     backwards, then forwards again
     * @throws IllegalStateException if a frame fails
     */
    public Restyled restyle(Clip clip, int frames, String prompt, long seed, Setting setting)
            throws InterruptedException {
        if (frames < 1 || frames % setting.batch() != 0) {
            throw new IllegalArgumentException(
                    "%d frames in batches of %d, expected a multiple"
                            .formatted(frames, setting.batch()));
        }
        long loadNanos = System.nanoTime();
        int warmup = setting.batch() * (warm.add(setting) ? WARMUP_BATCHES : WARMUP_BATCHES_AGAIN);
        StreamPrompt encoded = encode(prompt, seed);
        ClipRun run = new ClipRun();
        if (setting.conditioning().leaks()) {
            try (Stylizer stylizer = stylizer(setting, run)) {
                run.feed(stylizer, "warm-up", clip, warmup, encoded, setting);
            }
        }
        try (Stylizer stylizer = stylizer(setting, run)) {
            if (!setting.conditioning().leaks()) {
                run.feed(stylizer, "warm-up", clip, warmup, encoded, setting);
            }
            long cpuBefore = ProcessCpu.nanos();
            long startNanos = System.nanoTime();
            run.feed(stylizer, clip.name(), clip, frames, encoded, setting);
            long endNanos = System.nanoTime();
            return new Restyled(
                    Arrays.asList(run.frames),
                    run.latenciesMs,
                    (endNanos - startNanos) / 1e9,
                    (ProcessCpu.nanos() - cpuBefore) / 1e9,
                    warmup,
                    (startNanos - loadNanos) / 1e9);
        }
    }

    private Stylizer stylizer(Setting setting, ClipRun run) {
        return new Stylizer(
                settings(
                        setting,
                        UNTIL_FULL,
                        setting.batch(),
                        OverloadPolicy.BLOCK,
                        OUTPUT_JPEG_QUALITY),
                bundle,
                run.reports::add,
                run);
    }

    private StylizerSettings settings(
            Setting setting, Duration linger, int queue, OverloadPolicy overload, int quality) {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        return new StylizerSettings(
                new BatchPolicy(setting.batch(), linger, setting.batch(), queue),
                overload,
                setting.conditioning().settings(setting.batch(), threads),
                RESTYLE_EVERY_FRAME,
                Fit.CENTRE_CROP,
                LIMITS,
                quality,
                threads,
                threads);
    }

    private StreamPrompt encode(String text, long seed) {
        TextEmbedding embedding = embeddings.computeIfAbsent(text, this::embedding);
        return StreamPrompt.of(
                new EncodedPrompt(
                        "evaluation",
                        1,
                        "*",
                        text,
                        seed,
                        FULL_STRENGTH,
                        embedding.embeddings(),
                        embedding.mask()));
    }

    private TextEmbedding embedding(String text) {
        try {
            return encoder.encode(text);
        } catch (BadInputException e) {
            throw new BadInputException(
                    e.reason(), "prompt '%s': %s".formatted(text, e.getMessage()));
        }
    }

    private static Frame frame(String stream, int partition, long sequence, byte[] image) {
        return new Frame(
                stream, sequence, 0, image, new RecordOrigin("frames", partition, sequence, 0));
    }

    private static final class ClipRun implements Stylizer.Output {
        final BlockingQueue<Runnable> reports = new LinkedBlockingQueue<>();
        private byte[][] frames;
        private long[] offeredNanos;
        private double[] latenciesMs;

        /** Returns when all of it has come out. */
        void feed(
                Stylizer stylizer,
                String stream,
                Clip clip,
                int count,
                StreamPrompt prompt,
                Setting setting)
                throws InterruptedException {
            frames = new byte[count][];
            offeredNanos = new long[count];
            latenciesMs = new double[count];
            for (int i = 0; i < count; i++) {
                Frame frame = frame(stream, 0, i, clip.frames().get(clip.index(i)));
                offeredNanos[i] = System.nanoTime();
                while (!stylizer.offer(frame, Optional.of(prompt))) {
                    work(stylizer, reports, Long.MAX_VALUE);
                    offeredNanos[i] = System.nanoTime();
                }
                for (Runnable report = reports.poll(); report != null; report = reports.poll()) {
                    report.run();
                }
                if (!setting.overlapped() && (i + 1) % setting.batch() == 0) {
                    drain(stylizer);
                }
            }
            drain(stylizer);
        }

        private void drain(Stylizer stylizer) throws InterruptedException {
            while (stylizer.framesInside() > 0) {
                work(stylizer, reports, Long.MAX_VALUE);
            }
        }

        @Override
        public void result(FrameResult result) {
            int i = Math.toIntExact(result.sequence());
            frames[i] = result.image();
            latenciesMs[i] = (System.nanoTime() - offeredNanos[i]) / 1e6;
        }

        @Override
        public void failure(FrameFailure failure) {
            throw new IllegalStateException(
                    "%s could not be restyled: %s".formatted(failure.frame(), failure.error()));
        }
    }

    /**
     * Restyles what several cameras see, each at its own rate and with its own prompt, and drops
     * what is too old, as a live system does.
     *
     * @param clips one for each camera
     * @param prompts likewise
     * @param framesPerSecond of each camera
     * @param warmup time before the measurement
     * @param measured time of the measurement
     */
    public CameraRun cameras(
            List<Clip> clips,
            List<String> prompts,
            long seed,
            double framesPerSecond,
            Setting setting,
            Duration warmup,
            Duration measured)
            throws InterruptedException {
        List<StreamPrompt> encoded = prompts.stream().map(text -> encode(text, seed)).toList();
        BlockingQueue<Runnable> reports = new LinkedBlockingQueue<>();
        LiveRun run = new LiveRun();
        try (Stylizer stylizer =
                new Stylizer(
                        settings(
                                setting,
                                LIVE_LINGER,
                                LIVE_QUEUE_PER_STREAM,
                                OverloadPolicy.DROP_OLDEST,
                                LIVE_JPEG_QUALITY),
                        bundle,
                        reports::add,
                        run)) {
            int cameras = clips.size();
            double beatNanos = 1e9 / framesPerSecond / cameras;
            long start = System.nanoTime();
            run.measureFrom = start + warmup.toNanos();
            run.measureTo = run.measureFrom + measured.toNanos();
            long batchesAtStart = 0;
            long batchedAtStart = 0;
            boolean counting = false;
            for (long beat = 0; ; beat++) {
                // The cameras take turns, evenly spread over the time of one frame.
                long due = start + Math.round(beat * beatNanos);
                while (System.nanoTime() < due || !reports.isEmpty()) {
                    work(stylizer, reports, due);
                }
                if (!counting && due >= run.measureFrom) {
                    batchesAtStart = stylizer.metrics().batches.sum();
                    batchedAtStart = stylizer.metrics().framesStylized.sum();
                    counting = true;
                }
                if (due >= run.measureTo) {
                    break;
                }
                int camera = (int) (beat % cameras);
                long sequence = beat / cameras;
                Clip clip = clips.get(camera);
                String stream = "camera-" + (camera + 1);
                run.offered(stream, sequence, due);
                stylizer.offer(
                        frame(
                                stream,
                                camera,
                                sequence,
                                clip.frames().get(clip.index((int) sequence))),
                        Optional.of(encoded.get(camera)));
            }
            long batches = stylizer.metrics().batches.sum() - batchesAtStart;
            long batched = stylizer.metrics().framesStylized.sum() - batchedAtStart;
            while (stylizer.flush()) {
                reports.take().run();
            }
            return new CameraRun(
                    run.offered,
                    run.stylized,
                    run.dropped,
                    run.backlog,
                    run.latenciesMs.stream().mapToDouble(Double::doubleValue).toArray(),
                    measured.toNanos() / 1e9,
                    batches,
                    batches == 0 ? 0 : (double) batched / batches / setting.batch());
        }
    }

    /** Waits for a report of the lanes, a deadline or a time, and does what is to be done then. */
    private static void work(Stylizer stylizer, BlockingQueue<Runnable> reports, long untilNanos)
            throws InterruptedException {
        long now = System.nanoTime();
        long wait = untilNanos == Long.MAX_VALUE ? Long.MAX_VALUE : untilNanos - now;
        OptionalLong deadline = stylizer.deadlineNanos();
        if (deadline.isPresent()) {
            // One that has passed waits for a frame that is not ready: look again soon.
            wait = Math.min(wait, Math.max(SHORT_WAIT_NANOS, deadline.getAsLong() - now));
        }
        Runnable report = reports.poll(Math.max(0, wait), TimeUnit.NANOSECONDS);
        if (report == null) {
            stylizer.poll();
        } else {
            report.run();
        }
    }

    private static final class LiveRun implements Stylizer.Output {
        private final Map<String, Long> dueNanos = new HashMap<>();
        private final List<Double> latenciesMs = new ArrayList<>();
        private long measureFrom;
        private long measureTo;
        private long offered;
        private long stylized;
        private long dropped;
        private long backlog;

        void offered(String stream, long sequence, long due) {
            dueNanos.put(stream + "#" + sequence, due);
            backlog++;
            if (isMeasured(due)) {
                offered++;
            }
        }

        private boolean isMeasured(long nanos) {
            return nanos >= measureFrom && nanos < measureTo;
        }

        @Override
        public void result(FrameResult result) {
            long due = dueNanos.remove(result.streamId() + "#" + result.sequence());
            long now = System.nanoTime();
            // By the time of the result, not of the frame: what an overloaded model still had to
            // do when the time was up has not been done in it.
            if (now < measureTo) {
                backlog--;
            }
            if (!isMeasured(now)) {
                return;
            }
            if (result.outcome() == Outcome.DROPPED) {
                dropped++;
            } else {
                stylized++;
                latenciesMs.add((now - due) / 1e6);
            }
        }

        @Override
        public void failure(FrameFailure failure) {
            throw new IllegalStateException(
                    "%s could not be restyled: %s".formatted(failure.frame(), failure.error()));
        }
    }

    @Override
    public void close() {
        encoder.close();
    }
}
