package impasto.operator;

import static impasto.operator.StylizeHarness.frame;
import static impasto.operator.StylizeHarness.jpeg;
import static impasto.operator.StylizeHarness.prompt;
import static impasto.operator.StylizeHarness.settings;
import static org.assertj.core.api.Assertions.assertThat;

import impasto.failure.DeadLetterReason;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.frame.Outcome;
import impasto.frame.RecordOrigin;
import impasto.model.TestBundle;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.PromptUpdate;
import impasto.stylize.OverloadPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StylizeOperatorITCase {

    private static final StylizeOperator.Settings SETTINGS = settings(OverloadPolicy.BLOCK, 8);

    @Test
    void eachStreamComesOutInItsOrder() throws Exception {
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.set(prompt("p", 1, "camera-*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            for (long sequence = 0; sequence < 12; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
                harness.send(frame("camera-b", 1, sequence));
                // Passes through, and so is ready long before the others.
                harness.send(frame("other", 1, sequence));
            }
            harness.await(36);
            for (String stream : List.of("camera-a", "camera-b", "other")) {
                assertThat(sequences(harness, stream)).containsExactlyElementsOf(upTo(12));
            }
        }
    }

    @Test
    void aFrameWithoutAPromptPassesThroughByteForByte() throws Exception {
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.set(prompt("p", 1, "camera-a", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            harness.send(frame("camera-b", 0, 0, jpeg(3)));
            harness.await(1);
            FrameResult result = harness.results().get(0);
            assertThat(result.outcome()).isEqualTo(Outcome.PASSED_THROUGH);
            assertThat(result.image()).isEqualTo(jpeg(3));
            assertThat(result.promptId()).isNull();
        }
    }

    @Test
    void aPromptChangesAtAFrameAndClearingItEndsAtAFrame() throws Exception {
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.caughtUp());
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            for (long sequence = 0; sequence < 5; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            harness.await(5);
            harness.send(PromptUpdate.set(prompt("p", 2, "*", "pencil sketch")));
            for (long sequence = 5; sequence < 9; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            harness.await(9);
            harness.send(PromptUpdate.clear("p", 3));
            harness.send(frame("camera-a", 0, 9));
            harness.await(10);
            assertThat(harness.results())
                    .extracting(FrameResult::promptVersion)
                    .containsExactly(1L, 1L, 1L, 1L, 1L, 2L, 2L, 2L, 2L, null);
            assertThat(harness.results().get(9).outcome()).isEqualTo(Outcome.PASSED_THROUGH);
        }
    }

    /**
     * Full batches with frames of several streams, whose prompts change while frames wait and while
     * batches are in the model: a picture with anything of another prompt would be none of the
     * references.
     */
    @Test
    void everyFrameIsWhollyInTheStyleThatItIsStampedWith() throws Exception {
        StylizeOperator.Settings fullBatches =
                settings(OverloadPolicy.BLOCK, 8, Duration.ofMinutes(5));
        List<EncodedPrompt> styles =
                List.of(
                        styled(1, "oil painting", 42),
                        styled(2, "oil painting", 7),
                        styled(3, "pencil sketch", 42),
                        styled(4, "watercolour", 7));
        List<String> references = new ArrayList<>();
        for (EncodedPrompt style : styles) {
            try (StylizeHarness harness = StylizeHarness.start(fullBatches)) {
                harness.send(PromptUpdate.set(style));
                harness.send(PromptUpdate.caughtUp());
                for (int i = 0; i < 4; i++) {
                    harness.send(stillFrame(i, i));
                }
                harness.await(4);
                references.add(hex(harness.results().get(0)));
            }
        }
        assertThat(references).doesNotHaveDuplicates();

        Random random = new Random(6);
        List<Integer> styleByVersion = new ArrayList<>();
        try (StylizeHarness harness = StylizeHarness.start(fullBatches)) {
            harness.send(PromptUpdate.caughtUp());
            for (int i = 0; i < 48; i++) {
                if (i < 3 || random.nextInt(3) == 0) {
                    int style = random.nextInt(styles.size());
                    int stream = i < 3 ? i : random.nextInt(3);
                    harness.send(
                            PromptUpdate.set(
                                    renamed(
                                            styles.get(style),
                                            "p" + stream,
                                            styleByVersion.size(),
                                            "camera-" + stream)));
                    styleByVersion.add(style);
                }
                harness.send(stillFrame("camera-" + i % 3, i / 3, 10L * i));
                if (random.nextInt(4) == 0) {
                    harness.runMails();
                }
            }
            harness.await(48);
            assertThat(harness.results())
                    .allSatisfy(
                            result ->
                                    assertThat(references.indexOf(hex(result)))
                                            .as(
                                                    "style of frame %d of %s under version %d",
                                                    result.sequence(),
                                                    result.streamId(),
                                                    result.promptVersion())
                                            .isEqualTo(
                                                    styleByVersion.get(
                                                            result.promptVersion().intValue())));
            assertThat(harness.results().stream().map(FrameResult::promptVersion).distinct())
                    .as("changes that frames have shown")
                    .hasSizeGreaterThan(8);
        }
    }

    private static EncodedPrompt styled(long version, String text, long seed) {
        EncodedPrompt prompt = prompt("p", version, "*", text);
        return prompt.withSeedOffset(seed - prompt.seed());
    }

    private static EncodedPrompt renamed(
            EncodedPrompt prompt, String id, long version, String target) {
        return new EncodedPrompt(
                id,
                version,
                target,
                prompt.text(),
                prompt.seed(),
                prompt.strength(),
                prompt.embeddings(),
                prompt.embeddingsMask());
    }

    private static String hex(FrameResult result) {
        return HexFormat.of().formatHex(result.image());
    }

    @Test
    void aChangeOfPromptsDoesNotWaitForTheQueue() throws Exception {
        try (StylizeHarness harness =
                StylizeHarness.start(settings(OverloadPolicy.BLOCK, 8, Duration.ofMinutes(5)))) {
            harness.send(PromptUpdate.caughtUp());
            harness.send(PromptUpdate.set(prompt("a", 1, "camera-a", "oil painting")));
            harness.send(PromptUpdate.set(prompt("b", 2, "camera-b", "oil painting")));
            harness.send(frame("camera-a", 0, 0));
            harness.send(frame("camera-b", 1, 0, jpeg(3)));
            harness.send(frame("camera-a", 0, 1));
            harness.send(PromptUpdate.set(prompt("a", 3, "camera-a", "pencil sketch")));
            harness.send(PromptUpdate.clear("b", 4));
            assertThat(harness.results())
                    .as("without a prompt a frame need not wait")
                    .extracting(FrameResult::streamId)
                    .containsExactly("camera-b");
            assertThat(harness.results().get(0).image()).isEqualTo(jpeg(3));
            harness.endInput();
            assertThat(harness.results())
                    .filteredOn(result -> result.streamId().equals("camera-a"))
                    .extracting(FrameResult::promptVersion)
                    .containsExactly(3L, 3L);
        }
    }

    @Test
    void underFullLoadNoMoreThanTwoBatchesComeOutInTheOldStyle() throws Exception {
        StylizeOperator.Settings oneWorker =
                new StylizeOperator.Settings(
                        new ModelSettings(TestBundle.path().toString(), "OnnxRuntime", 1),
                        SETTINGS.stylizer(),
                        64,
                        16,
                        SETTINGS.drainDeadline());
        try (StylizeHarness harness = StylizeHarness.start(oneWorker)) {
            harness.send(PromptUpdate.set(prompt("all", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            for (int sequence = 0; sequence < 12; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
                harness.send(frame("camera-b", 0, sequence));
            }
            int out = harness.results().size();
            harness.send(PromptUpdate.set(prompt("all", 2, "*", "pencil sketch")));
            harness.await(24);
            assertThat(harness.results())
                    .extracting(FrameResult::promptVersion)
                    .containsOnly(1L, 2L);
            assertThat(harness.results())
                    .filteredOn(result -> result.promptVersion() == 1)
                    .as("%d were out before, and two batches of four in the model", out)
                    .hasSizeLessThanOrEqualTo(out + 2 * 4);
        }
    }

    @Test
    void aStyleBlendsInByTheTimeOfTheFramesAlsoAcrossAFailure() throws Exception {
        StylizeOperator.Settings settings = settings(OverloadPolicy.BLOCK, 8);
        EncodedPrompt oil = prompt("p", 1, "*", "oil painting");
        EncodedPrompt pencil = prompt("p", 2, "*", "pencil sketch");
        EncodedPrompt slowly = StylizeHarness.within(2000, pencil);
        OperatorSubtaskState state;
        List<byte[]> pictures = new ArrayList<>();
        try (StylizeHarness harness = StylizeHarness.start(settings)) {
            harness.send(PromptUpdate.set(oil));
            harness.send(PromptUpdate.caughtUp());
            harness.send(stillFrame(0, 0));
            harness.await(1);
            harness.send(PromptUpdate.set(slowly));
            harness.send(stillFrame(1, 1000));
            harness.await(2);
            state = harness.checkpoint(1);
            harness.results().forEach(result -> pictures.add(result.image()));
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            harness.send(stillFrame(2, 2000));
            harness.await(1);
            harness.send(stillFrame(3, 3000));
            harness.await(2);
            harness.results().forEach(result -> pictures.add(result.image()));
        }
        byte[] allPencil = pictureUnder(pencil);
        assertThat(pictures.get(1)).as("where the way begins").isEqualTo(pictures.get(0));
        assertThat(pictures.get(2)).as("half way").isNotIn(pictures.get(0), allPencil);
        assertThat(pictures.get(3)).as("where it ends").isEqualTo(allPencil);
    }

    @Test
    void aChangeForOtherStreamsLeavesATransitionInTheQueueAsItIs() throws Exception {
        List<List<byte[]>> runs = new ArrayList<>();
        for (boolean othersChange : new boolean[] {false, true}) {
            try (StylizeHarness harness =
                    StylizeHarness.start(
                            settings(OverloadPolicy.BLOCK, 8, Duration.ofMinutes(5)))) {
                EncodedPrompt pencil = prompt("p", 2, "*", "pencil sketch");
                harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
                harness.send(PromptUpdate.caughtUp());
                harness.send(stillFrame(0, 0));
                var unused = harness.checkpoint(1);
                harness.send(PromptUpdate.set(StylizeHarness.within(1000, pencil)));
                harness.send(stillFrame(1, 100));
                harness.send(stillFrame(2, 600));
                harness.send(stillFrame(3, 1200));
                if (othersChange) {
                    harness.send(PromptUpdate.set(prompt("q", 3, "nobody", "oil painting")));
                }
                harness.endInput();
                runs.add(harness.results().stream().map(FrameResult::image).toList());
            }
        }
        assertThat(runs.get(1)).hasSize(4).containsExactlyElementsOf(runs.get(0));
        assertThat(runs.get(0).get(1)).as("on its way").isNotEqualTo(runs.get(0).get(3));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void afterALongPauseANewStyleComesAtOnce(boolean failing) throws Exception {
        byte[] pencilAlone = pictureUnder(prompt("p", 2, "*", "pencil sketch"));
        EncodedPrompt slowly = StylizeHarness.within(60_000, prompt("p", 2, "*", "pencil sketch"));
        StylizeHarness harness = StylizeHarness.start(SETTINGS);
        try {
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            harness.send(stillFrame(0, 0));
            harness.await(1);
            if (failing) {
                OperatorSubtaskState state = harness.checkpoint(1);
                harness.close();
                harness = StylizeHarness.restore(SETTINGS, state);
            }
            harness.send(PromptUpdate.set(slowly));
            harness.send(stillFrame(1, 11_000));
            harness.await(failing ? 1 : 2);
            assertThat(harness.results().get(failing ? 0 : 1).image()).isEqualTo(pencilAlone);
        } finally {
            harness.close();
        }
    }

    @Test
    void aPauseInTheQueueRemainsOneWhenOtherStreamsPromptsChange() throws Exception {
        byte[] pencilAlone = pictureUnder(prompt("p", 2, "*", "pencil sketch"));
        try (StylizeHarness harness =
                StylizeHarness.start(settings(OverloadPolicy.BLOCK, 8, Duration.ofMinutes(5)))) {
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            harness.send(stillFrame(0, 0));
            var unused = harness.checkpoint(1);
            harness.send(
                    PromptUpdate.set(
                            StylizeHarness.within(60_000, prompt("p", 2, "*", "pencil sketch"))));
            harness.send(stillFrame(1, 100));
            harness.send(stillFrame(2, 20_000));
            harness.send(PromptUpdate.set(prompt("q", 3, "nobody", "oil painting")));
            harness.endInput();
            assertThat(harness.results().get(1).image())
                    .as("where the way begins")
                    .isEqualTo(harness.results().get(0).image());
            assertThat(harness.results().get(2).image())
                    .as("after the pause")
                    .isEqualTo(pencilAlone);
        }
    }

    @Test
    void streamsThatDoNotComeBackLeaveNothingInTheState() throws Exception {
        List<Long> sizes = new ArrayList<>();
        for (int goneStreams : new int[] {0, 5}) {
            OperatorSubtaskState state;
            try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
                harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
                harness.send(PromptUpdate.caughtUp());
                for (int i = 0; i < goneStreams; i++) {
                    harness.send(stillFrame("gone-" + i, 0, 0));
                }
                harness.send(stillFrame("camera-a", 0, 0));
                harness.await(goneStreams + 1);
                state = harness.checkpoint(1);
                if (goneStreams > 0) {
                    assertThat(keyedStateSize(state)).isGreaterThan(2 * sizes.get(0));
                }
                harness.send(stillFrame("camera-a", 1, 11_000));
                harness.await(goneStreams + 2);
                sizes.add(keyedStateSize(harness.checkpoint(2)));
            }
            try (StylizeHarness harness = StylizeHarness.restore(SETTINGS, state)) {
                harness.send(stillFrame("camera-a", 1, 1000));
                harness.send(stillFrame("camera-a", 2, 12_000));
                harness.await(2);
                sizes.add(keyedStateSize(harness.checkpoint(3)));
            }
        }
        assertThat(sizes).containsOnly(sizes.get(0));
    }

    private static long keyedStateSize(OperatorSubtaskState state) {
        return state.getManagedKeyedState().stream().mapToLong(StateObject::getStateSize).sum();
    }

    /** The still picture under a prompt from the first frame on. */
    private static byte[] pictureUnder(EncodedPrompt prompt) throws Exception {
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.set(prompt));
            harness.send(PromptUpdate.caughtUp());
            harness.send(stillFrame(0, 0));
            harness.await(1);
            return harness.results().get(0).image();
        }
    }

    private static Frame stillFrame(long sequence, long appendMillis) {
        return stillFrame("camera-a", sequence, appendMillis);
    }

    /** The same picture each time. */
    private static Frame stillFrame(String streamId, long sequence, long appendMillis) {
        return new Frame(
                streamId,
                sequence,
                0,
                jpeg(1),
                new RecordOrigin("frames", 0, sequence, 1_700_000_000_000L + appendMillis));
    }

    @Test
    void aCheckpointInTheMiddleOfABatchLosesAndRepeatsNothing() throws Exception {
        OperatorSubtaskState state;
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            for (long sequence = 0; sequence < 7; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            state = harness.checkpoint(1);
            assertThat(sequences(harness, "camera-a"))
                    .as("everything is out before the barrier")
                    .containsExactlyElementsOf(upTo(7));
        }
        try (StylizeHarness harness = StylizeHarness.restore(SETTINGS, state)) {
            for (long sequence = 7; sequence < 10; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            harness.await(3);
            assertThat(sequences(harness, "camera-a")).containsExactly(7L, 8L, 9L);
            assertThat(harness.results())
                    .as("the prompt is there without having been sent again")
                    .extracting(FrameResult::promptVersion)
                    .containsOnly(1L);
        }
    }

    @Test
    void framesBeforeTheFirstPromptsWaitAlsoAcrossAFailure() throws Exception {
        OperatorSubtaskState state;
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(frame("camera-a", 0, 0));
            harness.send(frame("camera-b", 1, 0));
            harness.send(frame("camera-a", 0, 1));
            harness.runMails();
            state = harness.checkpoint(1);
            assertThat(harness.results()).isEmpty();
        }
        try (StylizeHarness harness = StylizeHarness.restore(SETTINGS, state)) {
            harness.send(frame("camera-a", 0, 2));
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            harness.await(4);
            assertThat(sequences(harness, "camera-a")).containsExactly(0L, 1L, 2L);
            assertThat(sequences(harness, "camera-b")).containsExactly(0L);
            assertThat(harness.results())
                    .extracting(FrameResult::outcome)
                    .containsOnly(Outcome.STYLIZED);
        }
    }

    @Test
    void framesOverTheBoundOfTheWaitGoOnInTheirOrder() throws Exception {
        StylizeOperator.Settings tight =
                new StylizeOperator.Settings(
                        SETTINGS.model(), SETTINGS.stylizer(), 2, 16, SETTINGS.drainDeadline());
        try (StylizeHarness harness = StylizeHarness.start(tight)) {
            for (long sequence = 0; sequence < 3; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            harness.await(1);
            harness.send(PromptUpdate.caughtUp());
            harness.await(3);
            assertThat(sequences(harness, "camera-a")).containsExactly(0L, 1L, 2L);
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theEndOfInputLetsWaitingFramesOutThatAreMoreThanAQueueHolds() throws Exception {
        try (StylizeHarness harness =
                StylizeHarness.start(settings(OverloadPolicy.BLOCK, 2, Duration.ofMinutes(5)))) {
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            for (long sequence = 0; sequence < 5; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            harness.endInput();
            assertThat(sequences(harness, "camera-a")).containsExactlyElementsOf(upTo(5));
        }
    }

    @Test
    void anOlderVersionOfAPromptThatComesLateChangesNothingAlsoAfterAFailure() throws Exception {
        OperatorSubtaskState state;
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.set(prompt("p", 2, "*", "oil painting")));
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "pencil sketch")));
            harness.send(PromptUpdate.clear("p", 0));
            harness.send(PromptUpdate.caughtUp());
            state = harness.checkpoint(1);
        }
        try (StylizeHarness harness = StylizeHarness.restore(SETTINGS, state)) {
            harness.send(frame("camera-a", 0, 0));
            harness.await(1);
            assertThat(harness.results())
                    .extracting(FrameResult::promptVersion)
                    .containsExactly(2L);
        }
    }

    @Test
    void promptsOverTheBoundAreForgottenForGoodAndCountedByOneSubtask() throws Exception {
        StylizeOperator.Settings two =
                new StylizeOperator.Settings(
                        SETTINGS.model(), SETTINGS.stylizer(), 64, 2, SETTINGS.drainDeadline());
        EncodedPrompt oil = prompt("all", 1, "*", "oil painting");
        OperatorSubtaskState state = null;
        for (int subtask = 0; subtask < 2; subtask++) {
            try (StylizeHarness harness = StylizeHarness.startSubtask(subtask, two)) {
                harness.send(PromptUpdate.set(oil));
                for (int version = 2; version < 6; version++) {
                    harness.send(
                            PromptUpdate.set(
                                    new EncodedPrompt(
                                            "p" + version,
                                            version,
                                            "camera-" + version,
                                            oil.text(),
                                            oil.seed(),
                                            oil.strength(),
                                            oil.embeddings(),
                                            oil.embeddingsMask())));
                }
                harness.send(PromptUpdate.caughtUp());
                assertThat(harness.promptsEvicted()).isEqualTo(subtask == 0 ? 3 : 0);
                if (subtask == 0) {
                    state = harness.checkpoint(1);
                }
            }
        }
        try (StylizeHarness harness = StylizeHarness.restore(two, state)) {
            harness.send(frame("camera-4", 0, 0));
            harness.send(frame("camera-5", 0, 0));
            harness.await(2);
            assertThat(harness.results())
                    .extracting(FrameResult::promptVersion)
                    .containsExactlyInAnyOrder(1L, 5L);
            assertThat(harness.promptsEvicted()).isZero();
        }
    }

    @Test
    void aCorruptPictureBecomesAFailureAndTheOthersGoOn() throws Exception {
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            byte[] corrupt = jpeg(1);
            java.util.Arrays.fill(corrupt, 4, corrupt.length, (byte) 0);
            harness.send(frame("camera-a", 0, 0));
            harness.send(frame("camera-a", 0, 1, corrupt));
            harness.send(frame("camera-a", 0, 2, new byte[2 << 20]));
            harness.send(frame("camera-a", 0, 3));
            harness.await(4);
            assertThat(sequences(harness, "camera-a")).containsExactly(0L, 3L);
            assertThat(harness.failures())
                    .extracting(failure -> failure.reason())
                    .containsExactlyInAnyOrder(
                            DeadLetterReason.CORRUPT_IMAGE, DeadLetterReason.TOO_LARGE);
        }
    }

    @Test
    void underOverloadTheOldestFramesAreDroppedAndSaySo() throws Exception {
        try (StylizeHarness harness =
                StylizeHarness.start(settings(OverloadPolicy.DROP_OLDEST, 2))) {
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            for (long sequence = 0; sequence < 20; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            harness.await(20);
            assertThat(sequences(harness, "camera-a")).containsExactlyElementsOf(upTo(20));
            assertThat(harness.results())
                    .filteredOn(result -> result.outcome() == Outcome.DROPPED)
                    .hasSize(18)
                    .allSatisfy(result -> assertThat(result.reason()).contains("2 frames"));
        }
    }

    @Test
    void theEndOfInputLetsEverythingOut() throws Exception {
        try (StylizeHarness harness = StylizeHarness.start(SETTINGS)) {
            harness.send(PromptUpdate.set(prompt("p", 1, "*", "oil painting")));
            harness.send(PromptUpdate.caughtUp());
            for (long sequence = 0; sequence < 3; sequence++) {
                harness.send(frame("camera-a", 0, sequence));
            }
            harness.endInput();
            assertThat(sequences(harness, "camera-a")).containsExactly(0L, 1L, 2L);
        }
    }

    private static List<Long> sequences(StylizeHarness harness, String streamId) {
        return harness.results().stream()
                .filter(result -> result.streamId().equals(streamId))
                .map(FrameResult::sequence)
                .toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }
}
