package impasto.view;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads topics in one thread, without a consumer group and without leaving a trace on the broker.
 * What exists when it starts is read from its end, or from its beginning for the topics named so; a
 * topic or partition that appears later is read whole.
 */
final class TopicTail implements AutoCloseable {
    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(250);
    private static final long TICK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LOOK_AGAIN_TICKS = 30;

    private final String bootstrapServers;
    private final Set<String> fromEnd;
    private final Set<String> fromBeginning;
    private final Listener listener;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread = new Thread(this::run, "impasto-viewer-kafka");
    private volatile boolean closed;

    /** Called from one thread. */
    interface Listener {
        void record(ConsumerRecord<byte[], byte[]> record);

        /** Called after the last record of those that were read together. */
        void caughtUp();

        /** About once a second, also when nothing arrives. */
        void tick();

        /** Reading has ended for good. */
        void failed(RuntimeException failure);
    }

    TopicTail(
            String bootstrapServers,
            Set<String> fromEnd,
            Set<String> fromBeginning,
            Listener listener) {
        this.bootstrapServers = bootstrapServers;
        this.fromEnd = fromEnd;
        this.fromBeginning = fromBeginning;
        this.listener = listener;
        Map<String, Object> properties = new HashMap<>();
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "impasto-viewer");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 200);
        consumer =
                new KafkaConsumer<>(
                        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Returns once every position is fixed: what is appended from now on will be seen. */
    void start() {
        try {
            look(true);
        } catch (KafkaException unreachable) {
            consumer.close();
            throw new IllegalStateException(
                    "The page cannot read from Kafka at " + bootstrapServers + ": is it running?",
                    unreachable);
        }
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            long nextTick = System.nanoTime() + TICK_NANOS;
            for (long ticks = 1; !closed; ) {
                read();
                if (System.nanoTime() - nextTick >= 0) {
                    nextTick += TICK_NANOS;
                    listener.tick();
                    lookAgain(ticks++);
                }
            }
        } catch (WakeupException closing) {
            // close() asked for it
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException failure) {
            // whatever it was, the page must not look alive without it
            listener.failed(failure);
        } finally {
            consumer.close();
        }
    }

    private void read() throws InterruptedException {
        if (consumer.assignment().isEmpty()) {
            Thread.sleep(POLL_TIMEOUT.toMillis());
            return;
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_TIMEOUT)) {
            listener.record(record);
        }
        listener.caughtUp();
    }

    private void lookAgain(long ticks) {
        Set<String> known =
                consumer.assignment().stream()
                        .map(TopicPartition::topic)
                        .collect(Collectors.toSet());
        boolean complete = known.containsAll(fromEnd) && known.containsAll(fromBeginning);
        if (!complete || ticks % LOOK_AGAIN_TICKS == 0) {
            try {
                look(false);
            } catch (RetriableException brokerAway) {
                // poll() waits for the broker as well; the next look will find it
            }
        }
    }

    private void look(boolean first) {
        Map<String, List<PartitionInfo>> topics = consumer.listTopics(ASK_TIMEOUT);
        Set<TopicPartition> all = new HashSet<>(consumer.assignment());
        Set<TopicPartition> added = new HashSet<>();
        topics.forEach(
                (topic, partitions) -> {
                    if (fromEnd.contains(topic) || fromBeginning.contains(topic)) {
                        partitions.forEach(
                                partition ->
                                        added.add(
                                                new TopicPartition(topic, partition.partition())));
                    }
                });
        added.removeAll(all);
        if (added.isEmpty()) {
            return;
        }
        all.addAll(added);
        consumer.assign(all);
        Set<TopicPartition> ends =
                added.stream()
                        .filter(partition -> first && fromEnd.contains(partition.topic()))
                        .collect(Collectors.toSet());
        consumer.endOffsets(ends, ASK_TIMEOUT).forEach(consumer::seek);
        added.removeAll(ends);
        consumer.seekToBeginning(added);
    }

    /** Ends the reading; waits for the record being handled. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (!thread.isAlive()) {
            return;
        }
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(5).toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
