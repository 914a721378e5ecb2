package impasto.job;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The offset of the last record that is in each partition of the prompts topic now. The end offset
 * less one is not enough: there may be a transaction marker, or compaction may have removed the
 * record.
 */
final class LastPromptOffsets implements SerializableSupplier<Map<Integer, Long>> {

    private static final long serialVersionUID = 1L;
    private static final Duration POLL = Duration.ofMillis(200);

    private final Properties clientProperties;
    private final String topic;

    LastPromptOffsets(Properties clientProperties, String topic) {
        this.clientProperties = clientProperties;
        this.topic = topic;
    }

    @Override
    public Map<Integer, Long> get() {
        Properties properties = new Properties();
        properties.putAll(clientProperties);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            Map<Integer, Long> last = new HashMap<>();
            for (PartitionInfo info : consumer.partitionsFor(topic)) {
                TopicPartition partition = new TopicPartition(topic, info.partition());
                long found = lastRecord(consumer, partition);
                if (found >= 0) {
                    last.put(info.partition(), found);
                }
            }
            return last;
        }
    }

    /** Looks for a record ever further from the end. */
    private static long lastRecord(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
        consumer.assign(List.of(partition));
        long begin = consumer.beginningOffsets(List.of(partition)).get(partition);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        long last = -1;
        for (long back = 1; last < 0 && end - back / 2 > begin; back *= 2) {
            consumer.seek(partition, Math.max(begin, end - back));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < end) {
                        last = record.offset();
                    }
                }
            }
        }
        return last;
    }
}
