package impasto.local;

import impasto.broker.Topics;
import impasto.schemas.DeadLetter;
import impasto.schemas.StylizedFrame;
import impasto.wire.RecordCodec;
import impasto.wire.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What a job has written, read as any consumer would: committed records only, in their order. */
final class JobOutput implements AutoCloseable {

    private final TopicTail tail;
    private final Topics topics;
    private final RecordCodec<StylizedFrame> results;
    private final RecordCodec<DeadLetter> deadLetters;

    /** Every result, repetitions included. */
    final List<StylizedFrame> written = new ArrayList<>();

    /** Results without repetitions. */
    final List<StylizedFrame> frames = new ArrayList<>();

    /** Dead letters, each record once. */
    final List<DeadLetter> letters = new ArrayList<>();

    private final Set<String> seen = new HashSet<>();

    JobOutput(JobBed bed, Topics topics) {
        this.topics = topics;
        results = WireFormat.singleObject().codec(StylizedFrame.class, topics.stylizedFrames());
        deadLetters = WireFormat.singleObject().codec(DeadLetter.class, topics.deadLetters());
        tail =
                new TopicTail(
                        Map.of("bootstrap.servers", bed.broker.bootstrapServers()),
                        List.of(topics.stylizedFrames(), topics.deadLetters()));
    }

    private void read(ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(topics.stylizedFrames())) {
            StylizedFrame frame = results.decode(record.value());
            written.add(frame);
            if (seen.add(frame.getStreamId() + "#" + frame.getSequence())) {
                frames.add(frame);
            }
        } else {
            DeadLetter letter = deadLetters.decode(record.value());
            if (seen.add(
                    letter.getTopic() + "-" + letter.getPartition() + "@" + letter.getOffset())) {
                letters.add(letter);
            }
        }
    }

    /** Reads until something holds. */
    void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "%s: not within 90 s; %d results, dead letters %s"
                                .formatted(
                                        what,
                                        frames.size(),
                                        letters.stream().map(DeadLetter::getError).toList()));
            }
            tail.poll(Duration.ofMillis(50), this::read);
        }
    }

    /**
     * Reads until so many different frames and dead letters are there, and what comes with them.
     */
    void await(int frameCount, int letterCount) {
        await(
                "%d results and %d dead letters".formatted(frameCount, letterCount),
                () -> frames.size() >= frameCount && letters.size() >= letterCount);
        tail.poll(Duration.ofMillis(300), this::read);
    }

    List<StylizedFrame> of(String streamId) {
        return frames.stream().filter(frame -> frame.getStreamId().equals(streamId)).toList();
    }

    @Override
    public void close() {
        tail.close();
    }
}
