package impasto.view;

import impasto.schemas.PromptEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes to the prompts topic. */
final class PromptPublisher implements AutoCloseable {
    private final String topic;
    private final Function<PromptEvent, byte[]> encoder;
    private final KafkaProducer<byte[], byte[]> producer;

    PromptPublisher(String bootstrapServers, String topic, Function<PromptEvent, byte[]> encoder) {
        this.topic = topic;
        this.encoder = encoder;
        Map<String, Object> properties = new HashMap<>();
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "impasto-viewer");
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        producer =
                new KafkaProducer<>(
                        properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Completes with the prompt's version, which is the offset of its event. */
    CompletableFuture<Long> publish(PromptEvent event) {
        return send(event.getPromptId(), encoder.apply(event));
    }

    /** Completes with the offset of the tombstone. */
    CompletableFuture<Long> clear(String promptId) {
        return send(promptId, null);
    }

    private CompletableFuture<Long> send(String promptId, byte[] value) {
        CompletableFuture<Long> sent = new CompletableFuture<>();
        byte[] key = promptId.getBytes(StandardCharsets.UTF_8);
        Future<RecordMetadata> unused =
                producer.send(
                        new ProducerRecord<>(topic, key, value),
                        (metadata, failure) -> {
                            if (failure == null) {
                                sent.complete(metadata.offset());
                            } else {
                                sent.completeExceptionally(failure);
                            }
                        });
        return sent;
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
