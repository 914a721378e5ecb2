package impasto.bench;

import impasto.broker.Topics;
import impasto.evaluation.restyle.ProcessCpu;
import impasto.job.KafkaOptions;
import impasto.job.OptionException;
import impasto.local.LocalCluster;
import impasto.local.TopicTail;
import impasto.model.BundleManifest;
import impasto.schemas.Frame;
import impasto.schemas.ImageEncoding;
import impasto.schemas.Outcome;
import impasto.schemas.PromptEvent;
import impasto.schemas.StylizedFrame;
import impasto.wire.RecordCodec;
import impasto.wire.UnreadableRecordException;
import impasto.wire.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The whole job, in this process with its broker, whose CPU time therefore counts as the job's. */
final class JobBenchmark implements AutoCloseable {

    private static final long POLL_MILLIS = 20;
    private static final Duration READ = Duration.ofMillis(100);

    private final LocalCluster cluster;
    private final PreparedFrames frames;
    private final KafkaConsumer<byte[], byte[]> offsets;
    private final KafkaProducer<byte[], byte[]> producer;
    private final RecordCodec<Frame> codec =
            WireFormat.singleObject().codec(Frame.class, Topics.DEFAULT.frames());
    private final RecordCodec<PromptEvent> promptCodec =
            WireFormat.singleObject().codec(PromptEvent.class, Topics.DEFAULT.prompts());
    private final RecordCodec<StylizedFrame> resultCodec =
            WireFormat.singleObject().codec(StylizedFrame.class, Topics.DEFAULT.stylizedFrames());
    private long appended;

    JobBenchmark(PreparedFrames frames, boolean keepAll) throws IOException {
        this.frames = frames;
        this.cluster = LocalCluster.start(frames.streams(), keepAll);
        this.offsets =
                new KafkaConsumer<>(
                        cluster.clientSettings(),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        this.producer =
                new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                cluster.bootstrapServers(),
                                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                                Topics.MAX_RECORD_BYTES,
                                ProducerConfig.LINGER_MS_CONFIG,
                                5),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
    }

    /** Told when the broker has a frame: its sequence, and when it was appended, by its clock. */
    interface Appended {
        void at(long sequence, long millis);
    }

    /**
     * Appends so many frames, the streams in turn.
     *
     * @throws IOException if the broker did not take one
     */
    void append(int count) throws IOException {
        AtomicLong taken = new AtomicLong();
        for (int i = 0; i < count; i++) {
            int stream = (int) (appended % frames.streams());
            send(
                    stream,
                    appended / frames.streams(),
                    (sequence, millis) -> taken.incrementAndGet());
        }
        producer.flush();
        if (taken.get() < count) {
            throw new IOException(
                    "the broker took %d of %d frames; its log says why"
                            .formatted(taken.get(), count));
        }
    }

    /** Publishes one frame and does not wait for it. */
    void send(int stream, long sequence, Appended listener) {
        Frame frame = new Frame();
        frame.setStreamId(PreparedFrames.streamId(stream));
        frame.setSequence(sequence);
        frame.setCaptureTimeMicros(Instant.now().truncatedTo(ChronoUnit.MICROS));
        frame.setEncoding(ImageEncoding.JPEG);
        frame.setImage(ByteBuffer.wrap(frames.picture(stream, sequence)));
        var unused =
                producer.send(
                        new ProducerRecord<>(
                                Topics.DEFAULT.frames(),
                                stream,
                                frame.getStreamId().getBytes(StandardCharsets.UTF_8),
                                codec.encode(frame)),
                        (metadata, failure) -> {
                            if (failure == null) {
                                listener.at(sequence, metadata.timestamp());
                            }
                        });
        appended++;
    }

    /**
     * A record that the broker has.
     *
     * @param appendMillis by its clock
     */
    record Published(long offset, long appendMillis) {}

    /** Publishes a prompt and waits until the broker has it. */
    Published publish(PromptEvent prompt) throws IOException, InterruptedException {
        try {
            RecordMetadata metadata =
                    producer.send(
                                    new ProducerRecord<>(
                                            Topics.DEFAULT.prompts(),
                                            prompt.getPromptId().getBytes(StandardCharsets.UTF_8),
                                            promptCodec.encode(prompt)))
                            .get();
            return new Published(metadata.offset(), metadata.timestamp());
        } catch (ExecutionException e) {
            throw new IOException(
                    "a prompt could not be published: " + e.getCause().getMessage(), e);
        }
    }

    Map<String, Object> clientSettings() {
        return cluster.clientSettings();
    }

    /**
     * Publishes a style of the bundle for each stream and starts the job.
     *
     * @throws OptionException if results would come in transactions, whose ends are records too
     */
    void start(Path bundle, Map<String, String> options) throws Exception {
        String delivery = options.get(KafkaOptions.DELIVERY.key());
        if (delivery != null && !delivery.equals(DeliveryGuarantee.AT_LEAST_ONCE.toString())) {
            throw new OptionException(
                    "%s is %s, expected %s: the benchmark counts the records on the output topic"
                            .formatted(
                                    KafkaOptions.DELIVERY.key(),
                                    delivery,
                                    DeliveryGuarantee.AT_LEAST_ONCE));
        }
        List<BundleManifest.Style> styles = BundleManifest.read(bundle).styles();
        List<PromptEvent> prompts = new ArrayList<>();
        for (int stream = 0; stream < frames.streams(); stream++) {
            prompts.add(
                    PromptEvent.newBuilder()
                            .setPromptId("bench-" + stream)
                            .setTarget(PreparedFrames.streamId(stream))
                            .setText(styles.get(stream % styles.size()).prompt())
                            .build());
        }
        cluster.publish(prompts);
        cluster.startJob(bundle, options);
    }

    /**
     * Appends frames and measures from the moment at which {@code warmup} of them are out until
     * {@code measured} more are.
     *
     * <p>All but one frame of each stream are appended once the prompts are in effect: of those
     * that are there before, as many wait in the job as {@code prompts.max-waiting-frames} says,
     * where the source has no part in them, and the others pass the model by.
     *
     * @param backlog frames beyond these, so that the source does not run dry while the last are
     *     measured
     * @throws IOException if the job fails, or does not restyle a frame
     */
    Throughput run(int warmup, int measured, int backlog) throws IOException, InterruptedException {
        append(frames.streams());
        awaitResults(frames.streams());
        append(warmup + measured + backlog);
        long before = results();
        // As many as came out meanwhile, so that as many as said are still to come.
        append(Math.toIntExact(before - frames.streams()));
        long first = awaitResults(before + warmup);
        long startNanos = System.nanoTime();
        long startCpu = ProcessCpu.nanos();
        long last = awaitResults(before + warmup + measured);
        long wall = System.nanoTime() - startNanos;
        long cpu = ProcessCpu.nanos() - startCpu;
        requireRestyled(last);
        return Throughput.of(last - first, wall, cpu, null);
    }

    /** Gives up if one of the first {@code count} results was neither restyled nor skipped. */
    private void requireRestyled(long count) throws IOException {
        Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
        try (TopicTail results =
                new TopicTail(clientSettings(), List.of(Topics.DEFAULT.stylizedFrames()))) {
            for (long read = 0; read < count; read = sum(outcomes)) {
                checkAlive();
                results.poll(
                        READ, record -> outcomes.merge(result(record).getOutcome(), 1L, Long::sum));
            }
        }
        if (outcomes.containsKey(Outcome.PASSED_THROUGH) || outcomes.containsKey(Outcome.DROPPED)) {
            throw new IOException(
                    "the job did not restyle all frames, so its rate says nothing: %s"
                            .formatted(outcomes));
        }
    }

    private static long sum(Map<Outcome, Long> outcomes) {
        return outcomes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What the job has written to its output topic. */
    StylizedFrame result(ConsumerRecord<byte[], byte[]> record) {
        try {
            return resultCodec.decode(record.value());
        } catch (UnreadableRecordException e) {
            throw new IllegalStateException("a result cannot be read: " + e.getMessage(), e);
        }
    }

    private long awaitResults(long count) throws IOException, InterruptedException {
        long results = results();
        while (results < count) {
            checkAlive();
            Thread.sleep(POLL_MILLIS);
            results = results();
        }
        return results;
    }

    /** Gives up if the job has failed. */
    void checkAlive() throws IOException {
        Optional<Throwable> failure = cluster.jobFailure();
        if (failure.isPresent()) {
            throw new IOException("the job failed: " + failure.get().getMessage(), failure.get());
        }
    }

    /** Records on the output topic: only offsets are asked for, nothing is read. */
    long results() {
        List<TopicPartition> partitions =
                offsets.partitionsFor(Topics.DEFAULT.stylizedFrames()).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
        return offsets.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
    }

    /** Frames appended so far. */
    long appended() {
        return appended;
    }

    @Override
    public void close() {
        producer.close();
        offsets.close();
        cluster.close();
    }
}
