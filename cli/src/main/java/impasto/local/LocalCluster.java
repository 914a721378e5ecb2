package impasto.local;

import impasto.broker.EmbeddedBroker;
import impasto.broker.Topics;
import impasto.job.ImpastoJob;
import impasto.job.JobOptions;
import impasto.job.KafkaOptions;
import impasto.job.Topology;
import impasto.operator.StylizeOptions;
import impasto.schemas.PromptEvent;
import impasto.wire.RecordCodec;
import impasto.wire.WireFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A Kafka broker with the four topics, and a Flink mini-cluster for the job, in this process. */
public final class LocalCluster implements AutoCloseable {

    private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(10);

    private final EmbeddedBroker broker;
    private final Path checkpoints;
    private final int partitions;
    private JobClient job;

    private LocalCluster(EmbeddedBroker broker, Path checkpoints, int partitions) {
        this.broker = broker;
        this.checkpoints = checkpoints;
        this.partitions = partitions;
    }

    /**
     * Starts the broker and creates the topics.
     *
     * @param partitions of the frames and the output topic
     * @param keepAll whether every record is kept; otherwise a run of any length fits on the disk
     * @throws IOException if the broker does not start
     */
    public static LocalCluster start(int partitions, boolean keepAll) throws IOException {
        Path checkpoints = Files.createTempDirectory("impasto-checkpoints-");
        EmbeddedBroker broker = EmbeddedBroker.start();
        LocalCluster cluster = new LocalCluster(broker, checkpoints, partitions);
        try (Admin admin = broker.admin()) {
            Topics.DEFAULT.create(
                    admin,
                    keepAll
                            ? new Topics.Layout(partitions, Optional.empty(), Optional.empty())
                            : Topics.Layout.local(partitions));
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    /** {@code host:port} of the broker. */
    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** Partitions of the frames topic. */
    public int partitions() {
        return partitions;
    }

    /**
     * Starts the job. It reads frames from the beginning of the topic, unless an option says
     * otherwise.
     *
     * @param options the job's, over those that the cluster itself needs
     */
    public void startJob(Path bundle, Map<String, String> options) throws Exception {
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(1, flink(checkpoints));
        ImpastoJob.configure(environment);
        Topology.build(environment, configuration(bundle, options));
        job = environment.executeAsync("impasto");
    }

    /**
     * With what {@link #startJob} would start the job.
     *
     * @throws impasto.job.OptionException if an option is unknown or has a wrong value
     */
    Configuration configuration(Path bundle, Map<String, String> options) {
        Map<String, String> settings = new HashMap<>();
        settings.put(KafkaOptions.BOOTSTRAP_SERVERS.key(), bootstrapServers());
        settings.put(KafkaOptions.FRAMES_START.key(), KafkaOptions.Start.EARLIEST.toString());
        settings.put(StylizeOptions.MODEL_BUNDLE.key(), bundle.toString());
        settings.putAll(options);
        return JobOptions.parse(settings);
    }

    /**
     * @param checkpoints a folder: the state of a few conditioned streams is more than Flink takes
     *     for checkpoints in memory
     */
    private static Configuration flink(Path checkpoints) {
        return new Configuration()
                .set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem")
                .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString())
                .set(RestOptions.PORT, 0)
                .set(RestOptions.BIND_PORT, "0")
                .set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32))
                .set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32))
                .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(8))
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(10))
                .set(CoreOptions.CHECK_LEAKED_CLASSLOADER, false)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3)
                .set(
                        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY,
                        Duration.ofSeconds(1));
    }

    /**
     * Publishes prompts and waits until the broker has them.
     *
     * @throws IOException if it does not take them
     */
    public void publish(List<PromptEvent> prompts) throws IOException {
        RecordCodec<PromptEvent> codec =
                WireFormat.singleObject().codec(PromptEvent.class, Topics.DEFAULT.prompts());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        clientSettings(), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (PromptEvent prompt : prompts) {
                producer.send(
                                new ProducerRecord<>(
                                        Topics.DEFAULT.prompts(),
                                        prompt.getPromptId().getBytes(StandardCharsets.UTF_8),
                                        codec.encode(prompt)))
                        .get();
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw new IOException(
                    "the prompts could not be published: " + e.getCause().getMessage(), e);
        }
    }

    /** Settings for clients of the broker. */
    public Map<String, Object> clientSettings() {
        return Map.of("bootstrap.servers", bootstrapServers());
    }

    /** Completes when the job has ended; exceptionally if it failed. */
    public CompletableFuture<JobExecutionResult> jobResult() {
        return job.getJobExecutionResult();
    }

    /** Why the job has ended in failure, if it has. */
    public Optional<Throwable> jobFailure() {
        CompletableFuture<JobExecutionResult> result = jobResult();
        if (!result.isCompletedExceptionally()) {
            return Optional.empty();
        }
        Throwable failure = result.handle((done, cause) -> cause).join();
        while (failure.getCause() != null) {
            failure = failure.getCause();
        }
        return Optional.of(failure);
    }

    /** Cancels the job and stops the broker; later calls do nothing. */
    @Override
    public void close() {
        if (job != null && !jobResult().isDone()) {
            try {
                job.cancel().get(CANCEL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
                jobResult()
                        .handle((done, cause) -> null)
                        .get(CANCEL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                // The process is about to end, and the broker with it: nothing depends on the job.
                System.getLogger(LocalCluster.class.getName())
                        .log(System.Logger.Level.WARNING, "the job was not cancelled in time", e);
            }
        }
        broker.close();
        FileUtils.deleteDirectoryQuietly(checkpoints.toFile());
    }
}
