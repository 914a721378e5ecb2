package impasto.operator;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.failure.DeadLetterReason;
import impasto.failure.RejectedRecord;
import impasto.frame.RecordOrigin;
import impasto.model.TestBundle;
import impasto.operator.PromptRecord.PartRequest;
import impasto.operator.PromptRecord.PromptRequest;
import impasto.operator.PromptRecord.StepRequest;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.Prompt;
import impasto.prompt.PromptUpdate;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // the harness closes as it does
class EncodePromptOperatorITCase {

    @Test
    void promptsThatWereThereComeBeforeTheWordThatTheyHave() throws Exception {
        try (var harness = harness(Map.of(0, 1L), null)) {
            harness.processElement(event(0, "a", "camera-a", "oil painting"));
            assertThat(kinds(harness)).containsExactly(PromptUpdate.Kind.SET);
            harness.processElement(event(1, "b", "camera-b", "oil painting"));
            harness.processElement(event(2, "a", "camera-a", "pencil sketch"));
            harness.processElement(tombstone(3, "a"));
            assertThat(kinds(harness))
                    .containsExactly(
                            PromptUpdate.Kind.SET,
                            PromptUpdate.Kind.SET,
                            PromptUpdate.Kind.CAUGHT_UP,
                            PromptUpdate.Kind.SET,
                            PromptUpdate.Kind.CLEAR);
            List<PromptUpdate> updates = harness.extractOutputValues();
            assertThat(updates.get(1).prompt().embeddings())
                    .isEqualTo(updates.get(0).prompt().embeddings())
                    .isNotEqualTo(updates.get(3).prompt().embeddings());
            assertThat(updates.get(4).version()).isEqualTo(3);
        }
    }

    @Test
    void withoutAnyPromptTheWordComesAtOnce() throws Exception {
        try (var harness = harness(Map.of(), null)) {
            Mail mail = harness.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY).orElseThrow();
            mail.run();
            assertThat(kinds(harness)).containsExactly(PromptUpdate.Kind.CAUGHT_UP);
        }
    }

    @Test
    void afterAFailureNothingIsSentAgain() throws Exception {
        OperatorSubtaskState state;
        try (var harness = harness(Map.of(0, 0L), null)) {
            harness.processElement(event(0, "a", "camera-a", "oil painting"));
            state = harness.snapshot(1, 1);
        }
        try (var harness = harness(Map.of(0, 5L), state)) {
            assertThat(harness.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY)).isEmpty();
            assertThat(kinds(harness)).isEmpty();
            harness.processElement(event(1, "a", "camera-a", "pencil sketch"));
            assertThat(kinds(harness)).containsExactly(PromptUpdate.Kind.SET);
        }
    }

    @Test
    void aPromptThatCannotBeUsedIsRejectedAndCountsAsRead() throws Exception {
        try (var harness = harness(Map.of(0, 2L), null)) {
            harness.processElement(event(0, "a", "camera-a", " "));
            harness.processElement(event(1, "a", "", "oil painting"));
            harness.processElement(event(2, "a", "camera-a", "<|im_end|> oil painting"));
            assertThat(kinds(harness)).containsExactly(PromptUpdate.Kind.CAUGHT_UP);
            assertThat(harness.getSideOutput(EncodePromptOperator.REJECTED))
                    .extracting(StreamRecord::getValue)
                    .extracting(RejectedRecord::reason)
                    .containsOnly(DeadLetterReason.INVALID_PROMPT)
                    .hasSize(3);
        }
    }

    @Test
    void blendsAndSchedulesAreEncodedOnceAndForAll() throws Exception {
        try (var harness = harness(Map.of(0, 1L), null)) {
            PartRequest[] blend = {new PartRequest("pencil sketch", 1)};
            StepRequest step =
                    new StepRequest(5000, "pencil sketch", 7L, null, 1, new PartRequest[0], 1.5f);
            harness.processElement(
                    record(
                            0,
                            "a",
                            new PromptRequest(
                                    "*",
                                    "oil painting",
                                    null,
                                    0.5f,
                                    null,
                                    1,
                                    blend,
                                    2,
                                    new StepRequest[] {step})));
            harness.processElement(event(1, "b", "*", "oil painting"));
            List<PromptUpdate> updates = harness.extractOutputValues();
            EncodedPrompt blended = updates.get(0).prompt();
            EncodedPrompt oil = updates.get(1).prompt();
            assertThat(blended.text()).isEqualTo("oil painting + pencil sketch");
            assertThat(blended.transitionMillis()).isEqualTo(2000);
            assertThat(blended.embeddings()).isNotEqualTo(oil.embeddings());
            EncodedPrompt.Step later = blended.schedule()[0];
            assertThat(later.fromMillis()).isEqualTo(5000);
            assertThat(later.seed()).isEqualTo(7);
            assertThat(later.strength()).as("the prompt's own").isEqualTo(0.5f);
            assertThat(later.transitionMillis()).isEqualTo(1500);
            assertThat(later.embeddings()).isNotIn(blended.embeddings(), oil.embeddings());
            assertThat(blended.parts())
                    .as("for streams that have them encoded with their own frames")
                    .containsExactly(
                            new Prompt.Part("oil painting", 1),
                            new Prompt.Part("pencil sketch", 1));
            assertThat(later.parts()).containsExactly(new Prompt.Part("pencil sketch", 1));
        }
    }

    @Test
    void theTextOfAPromptWithAPictureOfItsOwnIsNotForOtherPictures() throws Exception {
        try (var harness = harness(Map.of(0, 0L), null)) {
            byte[] picture = StylizeHarness.jpeg(1);
            harness.processElement(
                    record(0, "a", new PromptRequest("*", "oil painting", null, 1, picture)));
            harness.processElement(event(1, "b", "*", "oil painting"));
            List<EncodedPrompt> prompts =
                    harness.extractOutputValues().stream()
                            .filter(update -> update.kind() == PromptUpdate.Kind.SET)
                            .map(PromptUpdate::prompt)
                            .toList();
            assertThat(prompts.get(0).parts()).isEmpty();
            assertThat(prompts.get(0).embeddings()).isNotEqualTo(prompts.get(1).embeddings());
        }
    }

    @Test
    void aTextIsEncodedOnceWithEachPictureAndThePictureIsNotKept() throws Exception {
        try (var harness = harness(Map.of(0, 0L), null)) {
            List<WeakReference<byte[]>> pictures = new ArrayList<>();
            for (int number : new int[] {1, 1, 9}) {
                pictures.add(sendPicture(harness, StylizeHarness.jpeg(number)));
            }
            List<EncodedPrompt> prompts =
                    harness.extractOutputValues().stream()
                            .filter(update -> update.kind() == PromptUpdate.Kind.SET)
                            .map(PromptUpdate::prompt)
                            .toList();
            assertThat(((EncodePromptOperator) harness.getOperator()).textsEncoded()).isEqualTo(2);
            assertThat(prompts.get(1).embeddings()).isEqualTo(prompts.get(0).embeddings());
            assertThat(prompts.get(2).embeddings()).isNotEqualTo(prompts.get(0).embeddings());
            for (int i = 0; i < 100 && pictures.stream().anyMatch(p -> p.get() != null); i++) {
                System.gc();
                Thread.sleep(10);
            }
            assertThat(pictures).extracting(WeakReference::get).containsOnlyNulls();
        }
    }

    private static WeakReference<byte[]> sendPicture(
            OneInputStreamOperatorTestHarness<PromptRecord, PromptUpdate> harness, byte[] picture)
            throws Exception {
        harness.processElement(
                record(0, "a", new PromptRequest("*", "oil painting", null, 1, picture)));
        return new WeakReference<>(picture);
    }

    private static OneInputStreamOperatorTestHarness<PromptRecord, PromptUpdate> harness(
            Map<Integer, Long> lastOffsets, OperatorSubtaskState state) throws Exception {
        var harness =
                new OneInputStreamOperatorTestHarness<>(
                        new EncodePromptOperator(
                                new ModelSettings(TestBundle.path().toString(), "OnnxRuntime", 2),
                                1 << 20,
                                1 << 20,
                                () -> lastOffsets));
        harness.setup();
        if (state != null) {
            harness.initializeState(state);
        }
        harness.open();
        return harness;
    }

    private static List<PromptUpdate.Kind> kinds(
            OneInputStreamOperatorTestHarness<PromptRecord, PromptUpdate> harness) {
        return harness.extractOutputValues().stream().map(PromptUpdate::kind).toList();
    }

    private static StreamRecord<PromptRecord> event(
            long offset, String promptId, String target, String text) {
        return record(offset, promptId, new PromptRequest(target, text, null, 1, null));
    }

    private static StreamRecord<PromptRecord> tombstone(long offset, String promptId) {
        return record(offset, promptId, null);
    }

    private static StreamRecord<PromptRecord> record(
            long offset, String promptId, PromptRequest event) {
        return new StreamRecord<>(
                new PromptRecord(
                        new RecordOrigin("prompts", 0, offset, 0), promptId, event, null, null));
    }
}
