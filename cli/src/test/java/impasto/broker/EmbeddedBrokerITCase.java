package impasto.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerITCase {

    private static final TopicPartition FRAMES = new TopicPartition("frames", 1);

    @Test
    void carriesRecordsAndLeavesNothingBehindTwiceInOneProcess() throws Exception {
        for (int run = 0; run < 2; run++) {
            Set<Thread> before = nonDaemonThreads();
            try (EmbeddedBroker broker = EmbeddedBroker.start()) {
                createTopics(broker, 2);
                List<String> sent = IntStream.range(0, 100).mapToObj(i -> "record " + i).toList();
                publish(broker, sent);

                assertThat(read(broker, 100)).containsExactlyElementsOf(sent);
            }
            assertThat(nonDaemonThreads()).isSubsetOf(before);
        }
    }

    @Test
    void takesARecordOfManyMegabytes() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            createTopics(broker, 2);
            publish(broker, List.of("x".repeat(15 * 1024 * 1024)));

            assertThat(read(broker, 1)).hasSize(1);
        }
    }

    @Test
    void keepsAGivenFolderForTheNextStart(@TempDir Path folder) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder)) {
            createTopics(broker, 2);
            publish(broker, List.of("kept"));
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder)) {
            assertThat(read(broker, 1)).containsExactly("kept");
        }
    }

    @Test
    void createsTheFourTopicsOnceAndLeavesThoseThatExist() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                Admin admin = broker.admin()) {
            Topics.DEFAULT.create(admin, Topics.Layout.local(3));
            Topics.DEFAULT.create(admin, Topics.Layout.local(5));

            var topics =
                    admin.describeTopics(
                                    List.of("frames", "prompts", "stylized-frames", "dead-letters"))
                            .allTopicNames()
                            .get();
            assertThat(topics.get("frames").partitions()).hasSize(3);
            assertThat(topics.get("stylized-frames").partitions()).hasSize(3);
            assertThat(topics.get("prompts").partitions()).hasSize(1);
            assertThat(topics.get("dead-letters").partitions()).hasSize(1);
            assertThat(config(admin, "prompts", "cleanup.policy")).isEqualTo("compact");
            assertThat(config(admin, "frames", "retention.bytes")).isEqualTo("536870912");
            assertThat(config(admin, "frames", "message.timestamp.type"))
                    .isEqualTo("LogAppendTime");
        }
    }

    @Test
    void createsTopicsWithTheClustersOwnDefaults() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                Admin admin = broker.admin()) {
            Topics.DEFAULT.create(admin, new Topics.Layout(2, Optional.empty(), Optional.empty()));

            assertThat(config(admin, "frames", "retention.bytes")).isEqualTo("-1");
        }
    }

    private static void createTopics(EmbeddedBroker broker, int partitions) {
        try (Admin admin = broker.admin()) {
            Topics.DEFAULT.create(admin, Topics.Layout.local(partitions));
        }
    }

    private static String config(Admin admin, String topic, String key) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        return config.get(key).value();
    }

    private static void publish(EmbeddedBroker broker, List<String> values) throws Exception {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        broker.bootstrapServers(),
                        "max.request.size",
                        Topics.MAX_RECORD_BYTES);
        try (var producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String value : values) {
                producer.send(
                                new ProducerRecord<>(
                                        FRAMES.topic(),
                                        FRAMES.partition(),
                                        null,
                                        value.getBytes(StandardCharsets.UTF_8)))
                        .get(20, TimeUnit.SECONDS);
            }
        }
    }

    private static List<String> read(EmbeddedBroker broker, int count) {
        List<String> values = new ArrayList<>();
        try (var consumer =
                new KafkaConsumer<>(
                        Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            consumer.assign(List.of(FRAMES));
            consumer.seekToBeginning(List.of(FRAMES));
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (values.size() < count && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(
                                record -> {
                                    assertThat(record.timestampType())
                                            .isEqualTo(TimestampType.LOG_APPEND_TIME);
                                    values.add(new String(record.value(), StandardCharsets.UTF_8));
                                });
            }
        }
        return values;
    }

    private static Set<Thread> nonDaemonThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && !thread.isDaemon())
                .collect(Collectors.toSet());
    }
}
