package impasto.local;

import static impasto.local.JobBed.bytes;
import static impasto.local.JobBed.frame;
import static impasto.local.JobBed.jpeg;
import static org.assertj.core.api.Assertions.assertThat;

import impasto.broker.Topics;
import impasto.job.KafkaOptions;
import impasto.operator.StylizeOptions;
import impasto.schemas.DeadLetter;
import impasto.schemas.DeadLetterReason;
import impasto.schemas.Outcome;
import impasto.schemas.StylizedFrame;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole job on a real broker and a real cluster, with what can go wrong going wrong. */
class JobITCase {

    private static final String A = "camera-a";
    private static final String B = "camera-b";
    private static final String OTHER = "without-prompt";

    private static JobBed bed;

    @BeforeAll
    static void start() throws Exception {
        bed = JobBed.start(new Configuration());
    }

    @AfterAll
    static void stop() {
        bed.close();
    }

    @Test
    void everyRecordIsAccountedForOnceAndAKilledTaskManagerChangesNoPicture() throws Exception {
        Topics topics = bed.topics("account");
        bed.sendPrompt(topics, "p-a", A, "oil painting");
        bed.sendPrompt(topics, "p-b", B, "pencil sketch");
        publishUnusablePrompts(topics);
        for (long sequence = 0; sequence < 4; sequence++) {
            bed.sendFrame(topics, 0, A, sequence, jpeg(sequence));
            bed.sendFrame(topics, 1, B, sequence, jpeg(sequence));
            bed.sendFrame(topics, 1, OTHER, sequence, jpeg(sequence));
        }
        publishUnusableFrames(topics);

        JobID job =
                bed.submit(topics, 1, Map.of(StylizeOptions.DECODE_MAX_IMAGE_SIZE.key(), "100 kb"));
        try (JobOutput output = new JobOutput(bed, topics)) {
            output.await(12, 8);
            assertUnusableRecords(output, topics);

            bed.sendPrompt(topics, "p-a", A, "watercolor painting");
            long sequenceA = 4;
            while (last(output, A).getPromptVersion() == 0) {
                sendAndAwait(topics, output, 0, A, sequenceA++);
            }
            bed.awaitCheckpoint(job);
            int before = output.frames.size();
            for (long i = 0; i < 6; i++) {
                bed.sendFrame(topics, 0, A, sequenceA, jpeg(sequenceA++));
                bed.sendFrame(topics, 1, B, 4 + i, jpeg(4 + i));
            }
            output.await("work to interrupt", () -> output.frames.size() >= before + 3);
            bed.replaceTaskManager();
            output.await(before + 12, 8);
            assertThat(bed.checkpoints(job).getNumberOfRestoredCheckpoints()).isEqualTo(1);

            bed.clearPrompt(topics, "p-b");
            long sequenceB = 10;
            while (last(output, B).getOutcome() == Outcome.STYLIZED) {
                sendAndAwait(topics, output, 1, B, sequenceB++);
            }
            bed.cancel(job);

            assertThat(output.letters).hasSize(8);
            assertThat(sequences(output, A)).containsExactlyElementsOf(upTo(sequenceA));
            assertThat(sequences(output, B)).containsExactlyElementsOf(upTo(sequenceB));
            assertThat(sequences(output, OTHER)).containsExactlyElementsOf(upTo(4));
            assertPromptSwitchesOnce(output);
            assertUnchanged(output.of(OTHER));
            assertUnchanged(List.of(last(output, B)));
            assertSamePicturesWithoutFailure(topics, output);
        }
    }

    private static void publishUnusablePrompts(Topics topics) throws Exception {
        bed.sendPrompt(topics, "p-a", A, "  ");
        bed.sendPrompt(topics, "p-control", "camera\u0000", "mosaic");
        bed.sendPrompt(topics, "p-b", B, "x".repeat(5000));
    }

    private static void publishUnusableFrames(Topics topics) throws Exception {
        byte[] corrupt = jpeg(0);
        Arrays.fill(corrupt, 4, corrupt.length, (byte) 0);
        bed.sendFrame(topics, 0, A, 100, corrupt);
        bed.sendFrame(topics, 1, B, 100, new byte[200_000]);
        bed.send(topics.frames(), 0, null, bytes("this is no frame"));
        byte[] unknownSchema = frame(A, 101, jpeg(0));
        unknownSchema[5] ^= 1;
        bed.send(topics.frames(), 1, bytes(A), unknownSchema);
        bed.sendFrame(topics, 1, "camera\n", 0, jpeg(0));
    }

    private static void assertUnusableRecords(JobOutput output, Topics topics) {
        assertThat(output.letters)
                .filteredOn(letter -> letter.getTopic().equals(topics.frames()))
                .extracting(DeadLetter::getReason)
                .containsExactlyInAnyOrder(
                        DeadLetterReason.CORRUPT_IMAGE,
                        DeadLetterReason.TOO_LARGE,
                        DeadLetterReason.UNREADABLE_RECORD,
                        DeadLetterReason.UNKNOWN_SCHEMA,
                        DeadLetterReason.INVALID_FRAME);
        assertThat(output.letters)
                .filteredOn(letter -> letter.getTopic().equals(topics.prompts()))
                .extracting(DeadLetter::getReason)
                .containsExactly(
                        DeadLetterReason.INVALID_PROMPT,
                        DeadLetterReason.INVALID_PROMPT,
                        DeadLetterReason.INVALID_PROMPT);
        assertThat(output.of(A))
                .as("a prompt that cannot be used leaves the one before in effect")
                .extracting(StylizedFrame::getPromptVersion)
                .containsOnly(0L);
        assertThat(output.of(B)).extracting(StylizedFrame::getPromptVersion).containsOnly(1L);
    }

    private static void assertPromptSwitchesOnce(JobOutput output) {
        List<Long> versions = output.of(A).stream().map(StylizedFrame::getPromptVersion).toList();
        assertThat(versions).isSorted();
        assertThat(versions.stream().distinct()).containsExactly(0L, 5L);
    }

    private static void assertUnchanged(List<StylizedFrame> frames) {
        assertThat(frames)
                .isNotEmpty()
                .allSatisfy(
                        frame -> {
                            assertThat(frame.getOutcome()).isEqualTo(Outcome.PASSED_THROUGH);
                            assertThat(frame.getImage())
                                    .isEqualTo(ByteBuffer.wrap(jpeg(frame.getSequence())));
                        });
    }

    /** Has a job that nothing happens to restyle the same frames. */
    private static void assertSamePicturesWithoutFailure(Topics topics, JobOutput output)
            throws Exception {
        Topics own = bed.topics("undisturbed");
        bed.sendPrompt(own, "p-a", A, "watercolor painting");
        bed.sendPrompt(own, "p-b", B, "pencil sketch");
        bed.runToTheEnd(
                new Topics(topics.frames(), own.prompts(), own.stylizedFrames(), own.deadLetters()),
                Map.of());
        try (JobOutput undisturbed = new JobOutput(bed, own)) {
            undisturbed.await(output.frames.size(), 5);
            Map<String, ByteBuffer> pictures = new HashMap<>();
            undisturbed.frames.forEach(frame -> pictures.put(id(frame), frame.getImage()));
            assertThat(output.written)
                    .filteredOn(
                            frame ->
                                    frame.getPromptVersion() != null
                                            && frame.getPromptVersion() != 0)
                    .hasSizeGreaterThan(14)
                    .allSatisfy(
                            frame ->
                                    assertThat(frame.getImage())
                                            .isEqualTo(pictures.get(id(frame))));
        }
    }

    @Test
    void exactlyOnceEachFrameIsThereOnceAlsoAfterAKilledTaskManager() throws Exception {
        Topics topics = bed.topics("once");
        bed.sendPrompt(topics, "p", "*", "oil painting");
        JobID job = bed.submit(topics, 2, Map.of(KafkaOptions.DELIVERY.key(), "exactly-once"));
        try (JobOutput output = new JobOutput(bed, topics)) {
            publish(topics, 0, 3);
            output.await(6, 0);
            publish(topics, 3, 12);
            output.await("work to interrupt", () -> output.frames.size() > 6);
            bed.replaceTaskManager();
            output.await(24, 0);
            // The account must stay right when more is committed.
            publish(topics, 12, 13);
            output.await(26, 0);
            bed.cancel(job);

            assertThat(output.written).as("no repetitions").hasSize(26);
            assertThat(sequences(output, A)).containsExactlyElementsOf(upTo(13));
            assertThat(sequences(output, B)).containsExactlyElementsOf(upTo(13));
        }
    }

    /** How the prompts topic of a bounded job ends. */
    enum EndOfPrompts {
        PROMPT,
        TOMBSTONE,
        TRANSACTION_MARKER,
        ABORTED_TRANSACTION
    }

    @ParameterizedTest
    @EnumSource
    void aBoundedJobKnowsEveryPromptBeforeTheFirstFrameAndEnds(EndOfPrompts end) throws Exception {
        Topics topics =
                bed.topics("bounded-" + end.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        bed.sendPrompt(topics, "p", A, "oil painting");
        switch (end) {
            case PROMPT -> {}
            case TOMBSTONE -> {
                bed.sendPrompt(topics, "q", B, "mosaic");
                bed.clearPrompt(topics, "q");
            }
            case TRANSACTION_MARKER -> sendInTransaction(topics, "q", true);
            case ABORTED_TRANSACTION -> sendInTransaction(topics, "q", false);
        }
        publish(topics, 0, 2);
        bed.runToTheEnd(topics, Map.of());
        try (JobOutput output = new JobOutput(bed, topics)) {
            output.await(4, 0);
            assertThat(output.of(A))
                    .extracting(StylizedFrame::getOutcome)
                    .containsExactly(Outcome.STYLIZED, Outcome.STYLIZED);
            assertThat(output.of(B))
                    .extracting(StylizedFrame::getOutcome)
                    .containsOnly(
                            end == EndOfPrompts.TRANSACTION_MARKER
                                    ? Outcome.STYLIZED
                                    : Outcome.PASSED_THROUGH);
        }
    }

    @Test
    void aBoundedJobEndsWithoutAnyPrompt() throws Exception {
        Topics topics = bed.topics("bounded-empty");
        publish(topics, 0, 3);
        bed.runToTheEnd(topics, Map.of());
        try (JobOutput output = new JobOutput(bed, topics)) {
            output.await(6, 0);
            assertUnchanged(output.frames);
        }
    }

    @Test
    void partitionsTakeTurnsInABacklogAndLargeRecordsComeAsWell() throws Exception {
        Topics topics = bed.topics("turns");
        int count = 24;
        for (int i = 0; i < count; i++) {
            // Dead letters have one partition, so theirs is the order in which frames are read.
            byte[] unreadable = new byte[i == count / 2 ? 3_000_000 : 500_000];
            bed.send(topics.frames(), 0, null, unreadable);
            bed.send(topics.frames(), 1, null, unreadable);
        }
        bed.runToTheEnd(topics, Map.of(KafkaOptions.DEAD_LETTER_MAX_RECORD.key(), "1 kb"));
        try (JobOutput output = new JobOutput(bed, topics)) {
            output.await(0, 2 * count);
            List<Integer> partitions =
                    output.letters.stream().map(DeadLetter::getPartition).toList();

            assertThat(partitions).hasSize(2 * count);
            assertThat(partitions.subList(0, count)).contains(0, 1);
        }
    }

    @Test
    void aBoundedJobEndsIfAllPromptsHaveBeenDeleted() throws Exception {
        Topics topics = bed.topics("bounded-deleted");
        String prompts = "bounded-deleted-prompts-kept-for-a-time";
        bed.admin.createTopics(List.of(new NewTopic(prompts, 1, (short) 1))).all().get();
        topics =
                new Topics(topics.frames(), prompts, topics.stylizedFrames(), topics.deadLetters());
        bed.sendPrompt(topics, "p", A, "oil painting");
        bed.admin
                .deleteRecords(
                        Map.of(new TopicPartition(prompts, 0), RecordsToDelete.beforeOffset(1)))
                .all()
                .get();
        publish(topics, 0, 2);
        bed.runToTheEnd(topics, Map.of());
        try (JobOutput output = new JobOutput(bed, topics)) {
            output.await(4, 0);
            assertUnchanged(output.frames);
        }
    }

    private static void sendInTransaction(Topics topics, String promptId, boolean commit) {
        try (var producer =
                new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                bed.broker.bootstrapServers(),
                                "transactional.id",
                                topics.prompts()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            var sent =
                    producer.send(
                            new ProducerRecord<>(
                                    topics.prompts(),
                                    0,
                                    bytes(promptId),
                                    JobBed.prompt(promptId, B, "mosaic")));
            if (commit) {
                producer.commitTransaction();
            } else {
                producer.flush();
                producer.abortTransaction();
            }
            assertThat(sent).isDone();
        }
    }

    /** Both cameras' frames of a range of sequences. */
    private static void publish(Topics topics, long from, long to) throws Exception {
        for (long sequence = from; sequence < to; sequence++) {
            bed.sendFrame(topics, 0, A, sequence, jpeg(sequence));
            bed.sendFrame(topics, 1, B, sequence, jpeg(sequence));
        }
    }

    private static void sendAndAwait(
            Topics topics, JobOutput output, int partition, String streamId, long sequence)
            throws Exception {
        int before = output.frames.size();
        bed.sendFrame(topics, partition, streamId, sequence, jpeg(sequence));
        output.await("frame " + sequence, () -> output.frames.size() > before);
    }

    private static StylizedFrame last(JobOutput output, String streamId) {
        List<StylizedFrame> frames = output.of(streamId);
        return frames.get(frames.size() - 1);
    }

    private static List<Long> sequences(JobOutput output, String streamId) {
        return output.of(streamId).stream().map(StylizedFrame::getSequence).toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    private static String id(StylizedFrame frame) {
        return frame.getStreamId() + "#" + frame.getSequence();
    }
}
