package impasto.job;

import impasto.failure.RejectedRecord;
import impasto.frame.FrameResult;
import impasto.wire.WireFormat;
import java.net.URI;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Sources and sinks of the four topics, as configured. */
final class KafkaConnections {

    private final Configuration config;
    private final Properties clientProperties = new Properties();
    private final WireFormat format;

    KafkaConnections(Configuration config) {
        this.config = config;
        config.toMap()
                .forEach(
                        (key, value) -> {
                            if (key.startsWith(KafkaOptions.CLIENT_PREFIX)) {
                                clientProperties.put(
                                        key.substring(KafkaOptions.CLIENT_PREFIX.length()), value);
                            }
                        });
        clientProperties.put("bootstrap.servers", config.get(KafkaOptions.BOOTSTRAP_SERVERS));
        format =
                config.getOptional(KafkaOptions.SCHEMA_REGISTRY_URL)
                        .map(url -> WireFormat.confluent(URI.create(url)))
                        .orElseGet(WireFormat::singleObject);
    }

    WireFormat format() {
        return format;
    }

    @SuppressWarnings("deprecation") // Flink's connector takes Kafka's old enum only
    KafkaSource<KafkaRecord> frames() {
        OffsetsInitializer start =
                switch (config.get(KafkaOptions.FRAMES_START)) {
                    case COMMITTED ->
                            OffsetsInitializer.committedOffsets(
                                    org.apache.kafka.clients.consumer.OffsetResetStrategy.LATEST);
                    case EARLIEST -> OffsetsInitializer.earliest();
                    case LATEST -> OffsetsInitializer.latest();
                };
        return source(config.get(KafkaOptions.FRAMES_TOPIC), start);
    }

    /** Prompts are always read from the beginning: the topic is their only memory. */
    KafkaSource<KafkaRecord> prompts() {
        return source(config.get(KafkaOptions.PROMPTS_TOPIC), OffsetsInitializer.earliest());
    }

    SerializableSupplier<Map<Integer, Long>> lastPromptOffsets() {
        return new LastPromptOffsets(clientProperties, config.get(KafkaOptions.PROMPTS_TOPIC));
    }

    private KafkaSource<KafkaRecord> source(String topic, OffsetsInitializer start) {
        KafkaSourceBuilder<KafkaRecord> builder =
                KafkaSource.<KafkaRecord>builder()
                        .setProperties(clientProperties)
                        .setTopics(topic)
                        .setGroupId(config.get(KafkaOptions.GROUP_ID))
                        .setClientIdPrefix(config.get(KafkaOptions.GROUP_ID) + "-" + topic)
                        .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                        .setStartingOffsets(start)
                        .setDeserializer(new KafkaRecordReader());
        if (config.get(KafkaOptions.BOUNDED)) {
            builder.setBounded(OffsetsInitializer.latest());
        }
        return builder.build();
    }

    KafkaSink<FrameResult> stylizedFrames() {
        String topic = config.get(KafkaOptions.STYLIZED_FRAMES_TOPIC);
        return sink(topic, new WriteFrame(format, topic));
    }

    KafkaSink<RejectedRecord> deadLetters() {
        String topic = config.get(KafkaOptions.DEAD_LETTERS_TOPIC);
        int bound = Math.toIntExact(config.get(KafkaOptions.DEAD_LETTER_MAX_RECORD).getBytes());
        return sink(topic, new WriteDeadLetter(format, topic, bound));
    }

    private <T> KafkaSink<T> sink(String topic, KafkaRecordSerializationSchema<T> writer) {
        DeliveryGuarantee guarantee = config.get(KafkaOptions.DELIVERY);
        return KafkaSink.<T>builder()
                .setKafkaProducerConfig(clientProperties)
                .setDeliveryGuarantee(guarantee)
                .setTransactionalIdPrefix(config.get(KafkaOptions.GROUP_ID) + "-" + topic)
                .setProperty(
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                        Long.toString(config.get(KafkaOptions.TRANSACTION_TIMEOUT).toMillis()))
                .setProperty(
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        Long.toString(config.get(KafkaOptions.MAX_RECORD_SIZE).getBytes()))
                .setRecordSerializer(writer)
                .build();
    }
}
