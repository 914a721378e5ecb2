package impasto.camera;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.broker.EmbeddedBroker;
import impasto.broker.Topics;
import impasto.schemas.Frame;
import impasto.schemas.ImageEncoding;
import impasto.video.FrameSource;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.assertj.core.api.Assertions;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CameraITCase {

    private static EmbeddedBroker broker;

    @BeforeAll
    static void startBroker() throws IOException {
        broker = EmbeddedBroker.start();
        try (Admin admin = broker.admin()) {
            Topics.DEFAULT.create(admin, Topics.Layout.local(8));
        }
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void publishesSoManyFramesInOrderToItsPartition() throws Exception {
        try (Camera camera = camera(new Stripes(), 1, Camera.UNPACED, 20)) {
            camera.start();
            assertThat(camera.done().get(20, TimeUnit.SECONDS)).isEqualTo(20);
            assertThat(camera.acknowledgedFrames()).isEqualTo(20);
        }

        List<ConsumerRecord<String, byte[]>> records = read(1, 20);
        for (int i = 0; i < 20; i++) {
            assertThat(records.get(i).key()).isEqualTo("gate");
            Frame frame = Frame.getDecoder().decode(records.get(i).value());
            assertThat(frame.getStreamId()).isEqualTo("gate");
            assertThat(frame.getSequence()).isEqualTo(i);
            assertThat(frame.getEncoding()).isEqualTo(ImageEncoding.JPEG);
            assertThat(frame.getWidthHint()).isEqualTo(64);
            assertThat(Duration.between(frame.getCaptureTimeMicros(), Instant.now()))
                    .isBetween(Duration.ZERO, Duration.ofMinutes(1));
            byte[] jpeg = new byte[frame.getImage().remaining()];
            frame.getImage().get(jpeg);
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(jpeg));
            assertThat(picture.getRGB(8, 24) & 0xff).isCloseTo(10 * i, within(4));
        }
    }

    @Test
    void keepsItsRate() throws Exception {
        try (Camera camera = camera(new Stripes(), 2, 50, 25)) {
            long start = System.nanoTime();
            camera.start();
            camera.done().get(20, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isGreaterThan(Duration.ofMillis(470));
        }
    }

    @Test
    void stopsPromptlyWhenClosed() throws Exception {
        Stripes source = new Stripes();
        Camera camera = camera(source, 3, 0.01, Camera.ENDLESS);
        camera.start();
        while (camera.acknowledgedFrames() == 0) {
            Thread.sleep(10);
        }
        long start = System.nanoTime();
        camera.close();
        camera.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
        assertThat(camera.done().get()).isEqualTo(1);
        assertThat(source.closed).isTrue();
    }

    @Test
    void closesItsSourceAlsoWhenItNeverStarted() {
        Stripes source = new Stripes();
        camera(source, 4, 1, 1).close();

        assertThat(source.closed).isTrue();
    }

    @Test
    void tellsWhyItStopped() {
        Stripes source = new Stripes();
        source.failAt = 3;
        try (Camera camera = camera(source, 5, Camera.UNPACED, Camera.ENDLESS)) {
            camera.start();
            assertThatThrownBy(() -> camera.done().get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("camera 'gate' stopped after 3 frames: the lens is dirty")
                    .hasRootCauseMessage("the lens is dirty");
        }
    }

    private static Camera camera(FrameSource source, int partition, double rate, long count) {
        return new Camera(
                source,
                new Camera.Options("gate", Topics.DEFAULT.frames(), partition, rate, count),
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                frame -> {
                    try {
                        var bytes = Frame.getEncoder().encode(frame);
                        byte[] value = new byte[bytes.remaining()];
                        bytes.get(value);
                        return value;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private static List<ConsumerRecord<String, byte[]>> read(int partition, int count) {
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (var consumer =
                new KafkaConsumer<>(
                        Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()),
                        new StringDeserializer(),
                        new ByteArrayDeserializer())) {
            TopicPartition frames = new TopicPartition(Topics.DEFAULT.frames(), partition);
            consumer.assign(List.of(frames));
            consumer.seekToBeginning(List.of(frames));
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (records.size() < count && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        assertThat(records).hasSize(count);
        return records;
    }

    private static Offset<Integer> within(int value) {
        return Assertions.within(value);
    }

    /** Grey pictures, each ten levels lighter. */
    private static final class Stripes implements FrameSource {
        private final BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        private int index;
        private int failAt = -1;
        private volatile boolean closed;

        @Override
        public BufferedImage next() throws IOException {
            if (index == failAt) {
                throw new IOException("the lens is dirty");
            }
            int level = Math.min(255, 10 * index++);
            for (int y = 0; y < 48; y++) {
                for (int x = 0; x < 64; x++) {
                    image.setRGB(x, y, level * 0x010101);
                }
            }
            return image;
        }

        @Override
        public double framesPerSecond() {
            return 30;
        }

        @Override
        public int widthPixels() {
            return 64;
        }

        @Override
        public int heightPixels() {
            return 48;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
