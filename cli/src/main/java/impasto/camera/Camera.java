package impasto.camera;

import impasto.schemas.Frame;
import impasto.schemas.ImageEncoding;
import impasto.video.FrameSource;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Publishes a source's pictures to the frames topic, as JPEG, from a thread of its own.
 *
 * <p>It closes the source when its thread ends. A failure ends it: see {@link #done()}.
 */
public final class Camera implements AutoCloseable {

    /** As fast as the source paints and the broker takes. */
    public static final double UNPACED = Double.POSITIVE_INFINITY;

    /** Without an end. */
    public static final long ENDLESS = Long.MAX_VALUE;

    private static final int JPEG_QUALITY = 90;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /**
     * What to publish where.
     *
     * @param streamId the stream, which is also the records' key
     * @param topic the frames topic
     * @param partition all frames of a stream go to one: see {@link #spread}
     * @param framesPerSecond above 0, or {@link #UNPACED}
     * @param maxFrames after how many the camera stops, or {@link #ENDLESS}
     */
    public record Options(
            String streamId, String topic, int partition, double framesPerSecond, long maxFrames) {

        public Options {
            Objects.requireNonNull(streamId, "streamId");
            Objects.requireNonNull(topic, "topic");
            if (!(framesPerSecond > 0)) {
                throw new IllegalArgumentException(
                        "%s frames per second, expected more than 0".formatted(framesPerSecond));
            }
            if (partition < 0 || maxFrames < 0) {
                throw new IllegalArgumentException(
                        "partition %d and %d frames, expected neither below 0"
                                .formatted(partition, maxFrames));
            }
        }
    }

    private final FrameSource source;
    private final Options options;
    private final Function<Frame, byte[]> codec;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread thread;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<Exception> sendFailure = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Long> done = new CompletableFuture<>();
    private volatile boolean stopping;

    /**
     * A camera that publishes nothing before {@link #start}.
     *
     * @param kafka at least {@code bootstrap.servers}; overrides the producer's settings
     * @param codec from a frame to a record's value; called in the camera's thread, and the frame's
     *     image is valid during the call only
     */
    public Camera(
            FrameSource source,
            Options options,
            Map<String, Object> kafka,
            Function<Frame, byte[]> codec) {
        this.source = source;
        this.options = options;
        this.codec = codec;
        Map<String, Object> settings = new HashMap<>();
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none"); // JPEG is compressed already
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 16 * 1024 * 1024);
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "impasto-camera-" + options.streamId());
        settings.putAll(kafka);
        this.producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        this.thread = new Thread(this::run, "camera-" + options.streamId());
        thread.setDaemon(true);
    }

    /** The partition of stream {@code index}: streams spread evenly over partitions. */
    public static int spread(int index, int partitions) {
        return index % partitions;
    }

    /** Starts to publish. */
    public void start() {
        thread.start();
    }

    public String streamId() {
        return options.streamId();
    }

    /** How many frames the broker has acknowledged. */
    public long acknowledgedFrames() {
        return acknowledged.get();
    }

    /**
     * Completes when the camera has stopped and all that it sent is acknowledged, with the number
     * of frames; exceptionally, with the cause, if it failed.
     */
    public CompletableFuture<Long> done() {
        return done.copy();
    }

    /** Stops the camera and waits until what it sent is acknowledged; later calls do nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        stopping = true;
        if (thread.getState() == Thread.State.NEW) {
            release();
            done.complete(0L);
            return;
        }
        thread.interrupt();
        try {
            thread.join(2 * CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Exception failure = null;
        try {
            publish();
        } catch (InterruptedException | InterruptException e) {
            failure = stopping ? null : e;
        } catch (IOException | RuntimeException e) {
            failure = e;
        } finally {
            boolean interrupted = Thread.interrupted();
            release();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (failure == null) {
            failure = sendFailure.get();
        }
        if (failure == null) {
            done.complete(acknowledged.get());
        } else {
            done.completeExceptionally(
                    new IOException(
                            "camera '%s' stopped after %d frames: %s"
                                    .formatted(
                                            options.streamId(),
                                            acknowledged.get(),
                                            failure.getMessage()),
                            failure));
        }
    }

    private void publish() throws IOException, InterruptedException {
        byte[] key = options.streamId().getBytes(StandardCharsets.UTF_8);
        double nanosPerFrame = TimeUnit.SECONDS.toNanos(1) / options.framesPerSecond();
        double due = System.nanoTime();
        try (JpegEncoder encoder = new JpegEncoder(JPEG_QUALITY)) {
            for (long sequence = 0; sequence < options.maxFrames() && !stopping; sequence++) {
                long wait = (long) (due - System.nanoTime());
                if (wait > 0) {
                    TimeUnit.NANOSECONDS.sleep(wait);
                } else if (-wait > TimeUnit.SECONDS.toNanos(1)) {
                    due = System.nanoTime(); // what was missed is not made up for in a burst
                }
                due += nanosPerFrame;

                BufferedImage picture = source.next();
                Instant captured = Instant.now();
                byte[] value = codec.apply(frame(sequence, captured, picture, encoder));
                var unused =
                        producer.send(
                                new ProducerRecord<>(
                                        options.topic(), options.partition(), key, value),
                                (metadata, failure) -> {
                                    if (failure == null) {
                                        acknowledged.incrementAndGet();
                                    } else {
                                        sendFailure.compareAndSet(null, failure);
                                    }
                                });
                if (sendFailure.get() != null) {
                    return;
                }
            }
        }
    }

    private Frame frame(
            long sequence, Instant captured, BufferedImage picture, JpegEncoder encoder) {
        ByteBuffer jpeg = encoder.encode(picture);
        Frame frame = new Frame();
        frame.setStreamId(options.streamId());
        frame.setSequence(sequence);
        frame.setCaptureTimeMicros(captured.truncatedTo(ChronoUnit.MICROS));
        frame.setEncoding(ImageEncoding.JPEG);
        frame.setImage(jpeg);
        frame.setWidthHint(picture.getWidth());
        frame.setHeightHint(picture.getHeight());
        return frame;
    }

    private void release() {
        try {
            producer.close(CLOSE_TIMEOUT);
        } finally {
            source.close();
        }
    }
}
