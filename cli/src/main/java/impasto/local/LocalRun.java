package impasto.local;

import impasto.broker.Topics;
import impasto.camera.Camera;
import impasto.job.KafkaOptions;
import impasto.model.BundleManifest;
import impasto.model.EngineOptions;
import impasto.model.LoadedBundle;
import impasto.operator.ModelSettings;
import impasto.operator.StylizeOptions;
import impasto.prompt.PromptTarget;
import impasto.schemas.DeadLetter;
import impasto.schemas.Frame;
import impasto.schemas.PromptEvent;
import impasto.schemas.StylizedFrame;
import impasto.stylize.OverloadPolicy;
import impasto.video.FrameSource;
import impasto.wire.RecordCodec;
import impasto.wire.WireFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Cameras, Kafka, Flink and the job in one process: live until it is stopped, or for a number of
 * frames with an account of each. One thread starts, awaits and closes it; others may {@link #stop}
 * it.
 */
public final class LocalRun implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Settings settings;
    private final BundleManifest manifest;
    private final PrintWriter out;
    private final long startNanos = System.nanoTime();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Camera> cameras = new ArrayList<>();
    private LoadedBundle bundle;
    private LocalCluster cluster;

    /**
     * What to run.
     *
     * @param bundle folder of the model bundle
     * @param streams one camera each
     * @param framesPerSecond of each camera
     * @param prompts what is asked for before the first frame
     * @param frames per camera, or empty for a live run
     * @param jobOptions options of the job that replace those that the run chooses
     */
    public record Settings(
            Path bundle,
            List<Stream> streams,
            double framesPerSecond,
            List<PromptEvent> prompts,
            Optional<Long> frames,
            Map<String, String> jobOptions) {

        /** A run with the options that it chooses. */
        public Settings(
                Path bundle,
                List<Stream> streams,
                double framesPerSecond,
                List<PromptEvent> prompts,
                Optional<Long> frames) {
            this(bundle, streams, framesPerSecond, prompts, frames, Map.of());
        }
    }

    /** A camera's stream and what the camera sees. */
    public record Stream(String streamId, FrameSource source) {}

    /**
     * @param out told of every step, for a person
     */
    public LocalRun(Settings settings, PrintWriter out) {
        this.settings = settings;
        this.manifest = BundleManifest.read(settings.bundle());
        this.out = out;
    }

    /**
     * Starts Kafka, with the topics and the prompts.
     *
     * @return {@code host:port} of the broker
     * @throws CancellationException after {@link #stop}
     */
    public String startKafka() throws IOException {
        step("Starting Kafka …");
        cluster = LocalCluster.start(settings.streams().size(), settings.frames().isPresent());
        cluster.publish(settings.prompts());
        return cluster.bootstrapServers();
    }

    /**
     * Starts the job.
     *
     * @throws CancellationException after {@link #stop}
     */
    public void startJob() throws Exception {
        step("Loading the model %s %s …", manifest.name(), manifest.version());
        Map<String, String> options = new LinkedHashMap<>(jobOptions());
        options.putAll(settings.jobOptions());
        // As the job will, so that it finds it loaded.
        ModelSettings model =
                StylizeOptions.model(cluster.configuration(settings.bundle(), options));
        bundle =
                LoadedBundle.acquire(
                        Path.of(model.bundle()),
                        new EngineOptions(
                                model.engine(),
                                model.threads(),
                                model.batchSizes(),
                                model.planCache()));
        step("Starting the Flink job on %s …", bundle.engine());
        cluster.startJob(settings.bundle(), options);
    }

    /**
     * In an account every frame counts. Live, a frame that comes too late is better dropped, and
     * those that were there before the job are of no interest.
     */
    private Map<String, String> jobOptions() {
        if (settings.frames().isPresent()) {
            return Map.of(StylizeOptions.OVERLOAD_POLICY.key(), OverloadPolicy.BLOCK.toString());
        }
        return Map.of(
                KafkaOptions.FRAMES_START.key(),
                KafkaOptions.Start.LATEST.toString(),
                StylizeOptions.OVERLOAD_POLICY.key(),
                OverloadPolicy.DROP_OLDEST.toString(),
                StylizeOptions.BATCH_QUEUE_PER_STREAM.key(),
                "2",
                StylizeOptions.BATCH_MAX_FRAMES.key(),
                "1");
    }

    /**
     * Starts the cameras; Kafka must be there.
     *
     * @throws CancellationException after {@link #stop}
     */
    public void startCameras() {
        step(
                "Starting %d cameras, %.3g frames per second each …",
                settings.streams().size(), settings.framesPerSecond());
        RecordCodec<Frame> codec;
        for (int i = 0; i < settings.streams().size(); i++) {
            Stream stream = settings.streams().get(i);
            codec = WireFormat.singleObject().codec(Frame.class, Topics.DEFAULT.frames());
            cameras.add(
                    new Camera(
                            stream.source(),
                            new Camera.Options(
                                    stream.streamId(),
                                    Topics.DEFAULT.frames(),
                                    Camera.spread(i, cluster.partitions()),
                                    settings.framesPerSecond(),
                                    settings.frames().orElse(Camera.ENDLESS)),
                            cluster.clientSettings(),
                            codec::encode));
        }
        cameras.forEach(Camera::start);
    }

    /**
     * Waits until the run is stopped.
     *
     * @throws IOException if a camera or the job fails before
     */
    public void await() throws IOException, InterruptedException {
        while (!stopped.await(1, TimeUnit.SECONDS)) {
            checkAlive();
        }
    }

    /**
     * Reads what comes out until every frame of every camera is accounted for, and writes videos
     * and summary.
     *
     * @return what happened; {@link RunSummary#addsUp} says whether the account is right
     * @throws IOException if a camera, the job or a file fails, or nothing moves any more
     * @throws CancellationException after {@link #stop}
     */
    public RunSummary account(Path folder) throws IOException {
        Files.createDirectories(folder);
        Ledger ledger = new Ledger();
        double firstFrameSeconds = 0;
        try (TopicTail tail =
                        new TopicTail(
                                cluster.clientSettings(),
                                List.of(
                                        Topics.DEFAULT.frames(),
                                        Topics.DEFAULT.stylizedFrames(),
                                        Topics.DEFAULT.deadLetters()));
                Recording recording = new Recording(folder, settings.framesPerSecond())) {
            Reader reader = new Reader(ledger, recording);
            long expected = settings.frames().orElseThrow() * cameras.size();
            long accounted = 0;
            long movedNanos = System.nanoTime();
            while (accounted < expected) {
                checkNotStopped();
                tail.poll(POLL, reader::read);
                checkAlive();
                if (ledger.accounted() > accounted) {
                    if (accounted == 0) {
                        firstFrameSeconds = seconds();
                        say("First frame out after %.1f s", firstFrameSeconds);
                    }
                    if (accounted / 50 != ledger.accounted() / 50) {
                        say("%d of %d frames", ledger.accounted(), expected);
                    }
                    accounted = ledger.accounted();
                    movedNanos = System.nanoTime();
                } else if (System.nanoTime() - movedNanos > PATIENCE.toNanos()) {
                    break;
                }
            }
            // Whatever comes twice comes now.
            tail.poll(POLL, reader::read);
        }
        RunSummary summary =
                RunSummary.of(
                        ledger,
                        cameras.stream().mapToLong(Camera::acknowledgedFrames).sum(),
                        firstFrameSeconds,
                        manifest.name(),
                        manifest.version(),
                        bundle.engine(),
                        promptsByStream());
        summary.write(folder.resolve("summary.json"));
        return summary;
    }

    /** Gives up if the job or a camera has. */
    private void checkAlive() throws IOException {
        Optional<Throwable> failure = cluster.jobFailure();
        if (failure.isPresent()) {
            throw new IOException("the job failed: " + failure.get().getMessage(), failure.get());
        }
        for (Camera camera : cameras) {
            if (camera.done().isCompletedExceptionally()) {
                Throwable cause = camera.done().handle((done, thrown) -> thrown).join();
                throw new IOException(cause.getMessage(), cause);
            }
        }
    }

    private Map<String, String> promptsByStream() {
        Map<String, String> prompts = new TreeMap<>();
        for (Stream stream : settings.streams()) {
            settings.prompts().stream()
                    .filter(
                            prompt ->
                                    PromptTarget.parse(prompt.getTarget())
                                            .matches(stream.streamId()))
                    .max(
                            (a, b) ->
                                    PromptTarget.parse(a.getTarget())
                                            .compareTo(PromptTarget.parse(b.getTarget())))
                    .ifPresent(prompt -> prompts.put(stream.streamId(), prompt.getText()));
        }
        return new LinkedHashMap<>(prompts);
    }

    /** Enters records into ledger and videos. */
    private static final class Reader {
        final Ledger ledger;
        final Recording recording;
        final RecordCodec<Frame> frames =
                WireFormat.singleObject().codec(Frame.class, Topics.DEFAULT.frames());
        final RecordCodec<StylizedFrame> results =
                WireFormat.singleObject()
                        .codec(StylizedFrame.class, Topics.DEFAULT.stylizedFrames());
        final RecordCodec<DeadLetter> deadLetters =
                WireFormat.singleObject().codec(DeadLetter.class, Topics.DEFAULT.deadLetters());

        Reader(Ledger ledger, Recording recording) {
            this.ledger = ledger;
            this.recording = recording;
        }

        void read(ConsumerRecord<byte[], byte[]> record) {
            try {
                if (record.topic().equals(Topics.DEFAULT.frames())) {
                    Frame frame = frames.decode(record.value());
                    ledger.input(frame.getStreamId(), frame.getSequence(), record.timestamp());
                    recording.input(frame);
                } else if (record.topic().equals(Topics.DEFAULT.stylizedFrames())) {
                    StylizedFrame result = results.decode(record.value());
                    if (ledger.output(result, record.timestamp())) {
                        recording.result(result);
                    }
                } else {
                    DeadLetter letter = deadLetters.decode(record.value());
                    // A prompt that cannot be used is no frame.
                    if (letter.getTopic().equals(Topics.DEFAULT.frames())) {
                        ledger.deadLetter(letter);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private double seconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    private void step(String format, Object... values) {
        checkNotStopped();
        say(format, values);
    }

    private void checkNotStopped() {
        if (stopped.getCount() == 0) {
            throw new CancellationException("stopped");
        }
    }

    /** Tells a person what happens, and how long after the start. */
    void say(String format, Object... values) {
        out.printf("%6.1f s  %s%n", seconds(), format.formatted(values));
        out.flush();
    }

    /**
     * Asks the run to end, from any thread: the thread that runs it finds out at its next step, and
     * closes it.
     */
    public void stop() {
        stopped.countDown();
    }

    /** Stops cameras, job and broker; later calls do nothing. */
    @Override
    public void close() {
        cameras.forEach(Camera::close);
        cameras.clear();
        if (cluster != null) {
            cluster.close();
            cluster = null;
        }
        if (bundle != null) {
            bundle.close();
            bundle = null;
        }
    }
}
