package impasto.local;

import impasto.broker.EmbeddedBroker;
import impasto.broker.Topics;
import impasto.decode.Pixels;
import impasto.encode.FrameEncoder;
import impasto.job.ImpastoJob;
import impasto.job.JobOptions;
import impasto.job.KafkaOptions;
import impasto.job.Topology;
import impasto.operator.StylizeOptions;
import impasto.schemas.Frame;
import impasto.schemas.ImageEncoding;
import impasto.schemas.PromptEvent;
import impasto.wire.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.checkpoint.CheckpointStatsCounts;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker and a mini-cluster, on which tests run the job and kill what it runs on. */
final class JobBed implements AutoCloseable {

    static final Path BUNDLE = Path.of(System.getProperty("impasto.home"), "models", "nano");

    private static final Duration CHECKPOINT_INTERVAL = Duration.ofMillis(500);

    final EmbeddedBroker broker;
    final Admin admin;
    final MiniCluster flink;
    private final KafkaProducer<byte[], byte[]> producer;
    private int taskManager;

    /** How often a job may be restarted before it fails. */
    int restarts = 2;

    private JobBed(EmbeddedBroker broker, MiniCluster flink) {
        this.broker = broker;
        this.flink = flink;
        this.admin = broker.admin();
        this.producer =
                new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrapServers(),
                                "max.request.size",
                                Topics.MAX_RECORD_BYTES),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
    }

    /** One TaskManager with two slots. */
    static JobBed start(Configuration flink) throws Exception {
        EmbeddedBroker broker = EmbeddedBroker.start();
        MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(
                                        new Configuration(flink)
                                                .set(
                                                        TaskManagerOptions.NETWORK_MEMORY_MIN,
                                                        MemorySize.ofMebiBytes(32))
                                                .set(
                                                        TaskManagerOptions.NETWORK_MEMORY_MAX,
                                                        MemorySize.ofMebiBytes(32))
                                                .set(
                                                        TaskManagerOptions.MANAGED_MEMORY_SIZE,
                                                        MemorySize.ofMebiBytes(8)))
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(2)
                                .withRandomPorts()
                                .build());
        cluster.start();
        return new JobBed(broker, cluster);
    }

    /** Creates four topics of a test's own, two partitions of frames. */
    Topics topics(String test) {
        Topics topics =
                new Topics(
                        test + "-frames",
                        test + "-prompts",
                        test + "-stylized-frames",
                        test + "-dead-letters");
        topics.create(admin, new Topics.Layout(2, Optional.empty(), Optional.empty()));
        return topics;
    }

    /** The job's settings for a test: every frame a batch of its own, so that bytes can be held. */
    Map<String, String> settings(Topics topics) {
        Map<String, String> settings = new HashMap<>();
        settings.put(KafkaOptions.BOOTSTRAP_SERVERS.key(), broker.bootstrapServers());
        settings.put(KafkaOptions.GROUP_ID.key(), topics.stylizedFrames());
        settings.put(KafkaOptions.FRAMES_TOPIC.key(), topics.frames());
        settings.put(KafkaOptions.PROMPTS_TOPIC.key(), topics.prompts());
        settings.put(KafkaOptions.STYLIZED_FRAMES_TOPIC.key(), topics.stylizedFrames());
        settings.put(KafkaOptions.DEAD_LETTERS_TOPIC.key(), topics.deadLetters());
        settings.put(KafkaOptions.FRAMES_START.key(), KafkaOptions.Start.EARLIEST.toString());
        settings.put(StylizeOptions.MODEL_BUNDLE.key(), BUNDLE.toString());
        settings.put(StylizeOptions.BATCH_MAX_FRAMES.key(), "1");
        settings.put(StylizeOptions.BATCH_QUEUE_PER_STREAM.key(), "2");
        return settings;
    }

    /** Submits the job's own topology. */
    JobID submit(Topics topics, int parallelism, Map<String, String> options) throws Exception {
        Map<String, String> settings = settings(topics);
        settings.putAll(options);
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(
                        new Configuration()
                                .set(
                                        CheckpointingOptions.CHECKPOINTING_INTERVAL,
                                        CHECKPOINT_INTERVAL)
                                .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
                                .set(
                                        RestartStrategyOptions
                                                .RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS,
                                        restarts)
                                .set(
                                        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY,
                                        Duration.ofMillis(100)));
        environment.setParallelism(parallelism);
        ImpastoJob.configure(environment);
        Topology.build(environment, JobOptions.parse(settings));
        JobGraph graph = environment.getStreamGraph().getJobGraph();
        flink.submitJob(graph).get(30, TimeUnit.SECONDS);
        return graph.getJobID();
    }

    /** Runs the job over what is in the topics now, until it ends by itself. */
    void runToTheEnd(Topics topics, Map<String, String> options) throws Exception {
        Map<String, String> bounded = new HashMap<>(options);
        bounded.put(KafkaOptions.BOUNDED.key(), "true");
        awaitEnd(submit(topics, 1, bounded));
    }

    void awaitEnd(JobID job) throws Exception {
        flink.requestJobResult(job)
                .get(90, TimeUnit.SECONDS)
                .toJobExecutionResult(JobBed.class.getClassLoader());
    }

    /** Kills the TaskManager with all that runs on it, and starts another. */
    void replaceTaskManager() throws Exception {
        flink.terminateTaskManager(taskManager++).get(60, TimeUnit.SECONDS);
        flink.startTaskManager();
    }

    /** Waits until a checkpoint that begins from now on is complete. */
    void awaitCheckpoint(JobID job) throws Exception {
        // One may be under way.
        long goal = checkpoints(job).getNumberOfCompletedCheckpoints() + 2;
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (checkpoints(job).getNumberOfCompletedCheckpoints() < goal) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no checkpoint within 60 s");
            }
            Thread.sleep(20);
        }
    }

    CheckpointStatsCounts checkpoints(JobID job) throws Exception {
        return flink.getExecutionGraph(job)
                .get(30, TimeUnit.SECONDS)
                .getCheckpointStatsSnapshot()
                .getCounts();
    }

    void cancel(JobID job) throws Exception {
        flink.cancelJob(job).get(30, TimeUnit.SECONDS);
        while (flink.getJobStatus(job).get(30, TimeUnit.SECONDS) != JobStatus.CANCELED) {
            Thread.sleep(20);
        }
    }

    void send(String topic, int partition, byte[] key, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>(topic, partition, key, value)).get(30, TimeUnit.SECONDS);
    }

    void sendFrame(Topics topics, int partition, String streamId, long sequence, byte[] image)
            throws Exception {
        send(topics.frames(), partition, bytes(streamId), frame(streamId, sequence, image));
    }

    void sendPrompt(Topics topics, String promptId, String target, String text) throws Exception {
        send(topics.prompts(), 0, bytes(promptId), prompt(promptId, target, text));
    }

    void clearPrompt(Topics topics, String promptId) throws Exception {
        send(topics.prompts(), 0, bytes(promptId), null);
    }

    static byte[] frame(String streamId, long sequence, byte[] image) {
        return WireFormat.singleObject()
                .codec(Frame.class, "frames")
                .encode(
                        Frame.newBuilder()
                                .setStreamId(streamId)
                                .setSequence(sequence)
                                .setCaptureTimeMicros(
                                        Instant.EPOCH.plus(sequence * 1000, ChronoUnit.MICROS))
                                .setEncoding(ImageEncoding.JPEG)
                                .setImage(ByteBuffer.wrap(image))
                                .build());
    }

    static byte[] prompt(String promptId, String target, String text) {
        return WireFormat.singleObject()
                .codec(PromptEvent.class, "prompts")
                .encode(
                        PromptEvent.newBuilder()
                                .setPromptId(promptId)
                                .setTarget(target)
                                .setText(text)
                                .build());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A picture that differs from number to number, always the same bytes. */
    static byte[] jpeg(long number) {
        int size = 128;
        int centre = 20 + 4 * (int) (number % 24);
        byte[] rgb = new byte[3 * size * size];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                int i = 3 * (y * size + x);
                boolean inside = Math.hypot(x - centre, y - 64) < 20;
                rgb[i] = (byte) (inside ? 230 : x);
                rgb[i + 1] = (byte) (inside ? 60 : y);
                rgb[i + 2] = (byte) 120;
            }
        }
        return new FrameEncoder(95).encode(new Pixels(rgb, size, size));
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
        try {
            flink.close();
        } catch (Exception e) {
            throw new AssertionError("the mini-cluster does not stop", e);
        } finally {
            broker.close();
        }
    }
}
