package impasto.operator;

import static impasto.operator.StylizeHarness.frame;
import static impasto.operator.StylizeHarness.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import impasto.condition.RefreshSchedule;
import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageLimits;
import impasto.decode.Pixels;
import impasto.failure.JobFailureException;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.frame.Outcome;
import impasto.frame.RecordOrigin;
import impasto.model.AdapterBundle;
import impasto.model.LoadedBundle;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.PromptUpdate;
import impasto.stylize.OverloadPolicy;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateObject;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Conditioning in the operator, on a bundle whose adapter shows in every picture. Batches of one
 * frame make pictures comparable byte for byte.
 */
class ConditioningITCase {

    private static final int GROUP = 3;
    private static final Duration RESET = Duration.ofMillis(100);

    @TempDir private static Path bundle;
    private static EncodedPrompt oil;
    private static EncodedPrompt pencil;

    @BeforeAll
    static void writeBundle() throws Exception {
        var unused = AdapterBundle.write(bundle);
        oil = prompt("p", 1, "*", "oil painting");
        pencil = prompt("p", 2, "*", "pencil sketch");
    }

    @ParameterizedTest
    @CsvSource({"EVERY_GROUPS, 1", "EVERY_GROUPS, 2", "ADAPTIVE, 1"})
    void afterAFailureAtAnyFramePicturesAreThoseOfARunWithoutIt(
            RefreshSchedule schedule, int everyGroups) throws Exception {
        StylizeOperator.Settings settings = settings(schedule, everyGroups, 0.35, 1);
        List<Frame> frames = frames("camera", 11);
        List<String> undisturbed = run(settings, frames);
        for (int failAt : new int[] {1, 3, 5, 8, 9}) {
            List<String> pictures = new ArrayList<>();
            OperatorSubtaskState state;
            try (StylizeHarness harness = start(settings)) {
                pictures.addAll(restyle(harness, frames.subList(0, failAt)));
                state = harness.checkpoint(1);
            }
            try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
                pictures.addAll(restyle(harness, frames.subList(failAt, frames.size())));
            }
            assertThat(pictures)
                    .as("failing after %d frames", failAt)
                    .containsExactlyElementsOf(undisturbed);
        }
    }

    @Test
    void aModelThatFailsWhileConditioningIsRebuiltFailsTheJob() throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.EVERY_GROUPS, 2, 0.35, 1);
        List<Frame> frames = frames("camera", 6);
        OperatorSubtaskState state;
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, frames.subList(0, 5));
            state = harness.checkpoint(1);
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            harness.send(PromptUpdate.clear("p", 9));
            // Takes the model from under the operator.
            LoadedBundle held = settings.model().acquire();
            held.close();
            held.close();
            harness.send(frames.get(5));
            assertThat(harness.awaitFailure())
                    .isInstanceOf(JobFailureException.class)
                    .hasMessageContaining("restoring the conditioning of stream 'camera'");
        }
    }

    @Test
    void aStreamWhoseSourceStandsStillGoesOnWhereItWas() throws Exception {
        StylizeOperator.Settings settings = hasty(settings(RefreshSchedule.EVERY_GROUPS, 2, 1, 1));
        List<Frame> frames =
                IntStream.range(0, 9)
                        .mapToObj(i -> at(i, i, StylizeHarness.scene(70 + 5 * i, 20)))
                        .toList();
        List<String> undisturbed = run(settings, frames);
        List<String> pictures = new ArrayList<>();
        OperatorSubtaskState state;
        try (StylizeHarness harness = start(settings)) {
            pictures.addAll(restyle(harness, frames.subList(0, 4)));
            Thread.sleep(2 * RESET.toMillis());
            state = harness.checkpoint(1);
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            Thread.sleep(2 * RESET.toMillis());
            state = harness.checkpoint(2);
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            pictures.addAll(restyle(harness, frames.subList(4, 9)));
        }
        assertThat(pictures).containsExactlyElementsOf(undisturbed);
    }

    @Test
    void aStreamThatHasEndedIsForgottenOnceItsPartitionIsPastIt() throws Exception {
        StylizeOperator.Settings settings = hasty(settings(RefreshSchedule.EVERY_GROUPS, 2, 1, 1));
        List<Integer> sizes = new ArrayList<>();
        for (long laterMillis : new long[] {RESET.toMillis() / 2, 5 * RESET.toMillis()}) {
            try (StylizeHarness harness = start(settings)) {
                var unused = restyle(harness, List.of(at(0, 0, StylizeHarness.scene(70, 20))));
                unused =
                        restyle(
                                harness,
                                List.of(of("other", 1, laterMillis, StylizeHarness.scene(90, 20))));
                sizes.add(stateSize(harness.checkpoint(1)));
            }
        }
        assertThat(sizes.get(1))
                .as("one stream's conditioning less, with the frame that it was given")
                .isLessThan(sizes.get(0) - StylizeHarness.scene(70, 20).length / 2);
    }

    private static int stateSize(OperatorSubtaskState state) {
        return Math.toIntExact(
                state.getManagedKeyedState().stream().mapToLong(StateObject::getStateSize).sum());
    }

    @Test
    void aFrameThatIsLikeAnEarlierOneIsRestyledAgainAfterAPauseAlsoAfterAFailure()
            throws Exception {
        StylizeOperator.Settings settings = hasty(settings(RefreshSchedule.OFF, 1, 0.35, 1, 3));
        byte[] still = StylizeHarness.scene(70, 20);
        OperatorSubtaskState state;
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, List.of(at(0, 0, still), at(1, 40, still)));
            state = harness.checkpoint(1);
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            var unused = restyle(harness, List.of(at(2, 80, still), at(3, 400, still)));
            assertThat(harness.results())
                    .extracting(FrameResult::outcome)
                    .containsExactly(Outcome.SKIPPED, Outcome.STYLIZED);
        }
    }

    @Test
    void aFrameAnsweredBetweenTwoOfItsStreamInOneBatchKeepsTheirOrder() throws Exception {
        StylizeOperator.Settings one = hasty(settings(RefreshSchedule.EVERY_GROUPS, 1, 1, 1, 3));
        StylizeOperator.Settings whole = inBatches(one, GROUP);
        int[] centres = {70, 70, 110, 130, 150, 170};
        // The third frame comes within the pause after the second, and not after the first.
        List<Frame> frames =
                IntStream.range(0, centres.length)
                        .mapToObj(i -> at(i, 80L * i, StylizeHarness.scene(centres[i], 20)))
                        .toList();
        List<Pixels> alone = pixels(one, frames);
        List<Pixels> together = pixels(whole, frames);
        for (int i = 0; i < frames.size(); i++) {
            assertThat(meanDifference(alone.get(i), together.get(i)))
                    .as("frame %d", i)
                    .isLessThan(0.02);
        }
    }

    /** What comes out if the frames of the first batch come together. */
    private static List<Pixels> pixels(StylizeOperator.Settings settings, List<Frame> frames)
            throws Exception {
        try (StylizeHarness harness = start(settings)) {
            for (Frame frame : frames.subList(0, GROUP)) {
                harness.send(frame);
            }
            harness.await(GROUP);
            for (Frame frame : frames.subList(GROUP, frames.size())) {
                harness.send(frame);
            }
            harness.endInput();
            FrameDecoder decoder =
                    new FrameDecoder(256, 256, Fit.CENTRE_CROP, new ImageLimits(1 << 20, 1 << 20));
            return harness.results().stream()
                    .map(result -> decoder.decode(result.image()).pixels())
                    .toList();
        }
    }

    private static double meanDifference(Pixels a, Pixels b) {
        return IntStream.range(0, a.rgb().length)
                .map(i -> Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff)))
                .average()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 6", "2, 1, 8", "1, 2, 4", "2, 1, 7"})
    void aJobThatComesBackWithAnotherScheduleBeginsAnewWhereItMust(
            int before, int after, int failAt) throws Exception {
        // Of every second groups it refreshes those with odd numbers.
        List<Frame> frames = frames("door", 9);
        OperatorSubtaskState state;
        try (StylizeHarness harness =
                start(settings(RefreshSchedule.EVERY_GROUPS, before, 0.35, 1))) {
            var unused = restyle(harness, frames.subList(0, failAt));
            state = harness.checkpoint(1);
        }
        StylizeOperator.Settings other = settings(RefreshSchedule.EVERY_GROUPS, after, 0.35, 1);
        try (StylizeHarness harness = StylizeHarness.restore(other, state)) {
            assertThat(restyle(harness, frames.subList(failAt, 9)))
                    .containsExactlyElementsOf(run(other, frames.subList(failAt, 9)));
        }
    }

    @Test
    void conditionsShow() throws Exception {
        List<Frame> frames = frames("camera", 4);
        List<String> off = run(settings(RefreshSchedule.OFF, 1, 0.35, 1), frames);
        List<String> on = run(settings(RefreshSchedule.EVERY_GROUPS, 1, 0.35, 1), frames);
        List<String> once = run(settings(RefreshSchedule.EVERY_GROUPS, 1, 0.35, 4), frames);
        assertThat(on).doesNotContainAnyElementsOf(off);
        assertThat(on.subList(0, GROUP))
                .as("the first group is conditioned on its own inputs")
                .containsExactlyElementsOf(once.subList(0, GROUP));
        assertThat(on.get(GROUP)).isNotEqualTo(once.get(GROUP));
    }

    @Test
    void aStreamAmongOthersHasThePicturesThatItHasAlone() throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.EVERY_GROUPS, 2, 0.35, 1);
        List<Frame> frames = frames("camera", 8);
        List<String> alone = run(settings, frames);
        try (StylizeHarness harness = start(settings)) {
            for (int i = 0; i < frames.size(); i++) {
                harness.send(frame("other", 1, i, StylizeHarness.scene(200 - 7 * i, 90)));
                harness.send(frames.get(i));
                harness.send(frame("third", 2, i, StylizeHarness.scene(40 + 3 * i, 160)));
            }
            harness.await(3 * frames.size());
            assertThat(pictures(harness, "camera")).containsExactlyElementsOf(alone);
        }
    }

    @Test
    void aHardCutBeginsAnewAndKeepsNothingOfTheSceneBefore() throws Exception {
        List<Frame> before = frames("camera", 5);
        List<Frame> after =
                IntStream.range(5, 10)
                        .mapToObj(i -> frame("camera", 0, i, StylizeHarness.scene(60 + 4 * i, 240)))
                        .toList();
        List<Frame> both = new ArrayList<>(before);
        both.addAll(after);
        StylizeOperator.Settings settings = settings(RefreshSchedule.EVERY_GROUPS, 1, 0.35, 1);
        List<String> sceneAlone = run(settings, after);
        assertThat(run(settings, both).subList(5, 10)).containsExactlyElementsOf(sceneAlone);
        assertThat(run(settings(RefreshSchedule.EVERY_GROUPS, 1, 1, 1), both).subList(5, 10))
                .as("without detection the old scene is seen through the new one")
                .doesNotContainAnyElementsOf(sceneAlone);
    }

    @Test
    void aPromptThatChangesKeepsNothingOfTheOldStyle() throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.EVERY_GROUPS, 1, 0.35, 1);
        List<Frame> frames = frames("camera", 8);
        List<String> pencilAlone;
        try (StylizeHarness harness = StylizeHarness.start(settings)) {
            harness.send(PromptUpdate.set(pencil));
            harness.send(PromptUpdate.caughtUp());
            pencilAlone = restyle(harness, frames.subList(4, 8));
        }
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, frames.subList(0, 4));
            harness.send(PromptUpdate.set(pencil));
            assertThat(restyle(harness, frames.subList(4, 8)))
                    .containsExactlyElementsOf(pencilAlone);
        }
    }

    @Test
    void aStreamThatPausesBeginsAnew() throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.EVERY_GROUPS, 1, 0.35, 1);
        List<Frame> frames = new ArrayList<>(frames("camera", 4));
        List<Frame> later =
                frames("camera", 8).subList(4, 8).stream()
                        .map(
                                frame ->
                                        new Frame(
                                                frame.streamId(),
                                                frame.sequence(),
                                                frame.captureTimeMicros(),
                                                frame.image(),
                                                new RecordOrigin(
                                                        "frames",
                                                        0,
                                                        frame.sequence(),
                                                        frame.origin().appendTimeMillis()
                                                                + 60_000)))
                        .toList();
        List<String> alone = run(settings, later);
        frames.addAll(later);
        assertThat(run(settings, frames).subList(4, 8)).containsExactlyElementsOf(alone);
    }

    @Test
    void asInThePaperOneStreamTakesWhatAnotherLeaves() throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.PAPER, 2, 0.35, 1);
        List<Frame> frames = frames("camera", 3);
        List<String> alone = run(settings, frames);
        assertThat(alone.get(0))
                .as("the first batch is conditioned on the raw frame, as ours is")
                .isEqualTo(run(settings(RefreshSchedule.EVERY_GROUPS, 2, 0.35, 1), frames).get(0));
        try (StylizeHarness harness = start(settings)) {
            var unused =
                    restyle(harness, List.of(frame("other", 1, 0, StylizeHarness.scene(200, 90))));
            assertThat(restyle(harness, frames)).doesNotContainAnyElementsOf(alone);
        }
    }

    @Test
    void aFrameThatIsLikeTheLastIsAnsweredWithItsPictureAlsoAfterAFailure() throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.EVERY_GROUPS, 1, 0.35, 1, 3);
        int[] centres = {70, 70, 90, 90, 90, 90, 110};
        List<Frame> frames =
                IntStream.range(0, centres.length)
                        .mapToObj(i -> frame("camera", 0, i, StylizeHarness.scene(centres[i], 20)))
                        .toList();
        List<FrameResult> undisturbed;
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, frames);
            undisturbed = harness.results();
        }
        assertThat(undisturbed)
                .extracting(FrameResult::outcome)
                .containsExactly(
                        Outcome.STYLIZED,
                        Outcome.SKIPPED,
                        Outcome.STYLIZED,
                        Outcome.SKIPPED,
                        Outcome.SKIPPED,
                        Outcome.SKIPPED,
                        Outcome.STYLIZED);
        assertThat(undisturbed.get(4).image()).isEqualTo(undisturbed.get(2).image());
        assertThat(undisturbed.get(4).promptVersion()).isEqualTo(1);
        assertThat(undisturbed.get(4).reason()).isEqualTo("nearly equal to frame 2");

        List<FrameResult> pictures = new ArrayList<>();
        OperatorSubtaskState state;
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, frames.subList(0, 4));
            pictures.addAll(harness.results());
            state = harness.checkpoint(1);
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            var unused = restyle(harness, frames.subList(4, 7));
            pictures.addAll(harness.results());
        }
        assertThat(pictures)
                .extracting(FrameResult::outcome)
                .containsExactlyElementsOf(undisturbed.stream().map(FrameResult::outcome).toList());
        assertThat(pictures.stream().map(ConditioningITCase::digest))
                .containsExactlyElementsOf(
                        undisturbed.stream().map(ConditioningITCase::digest).toList());
    }

    @Test
    void afterATransitionNoFrameIsAnsweredWithAPictureFromBeforeIt() throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.OFF, 1, 0.35, 1, 3);
        byte[] still = StylizeHarness.scene(70, 20);
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, List.of(at(0, 0, still), at(1, 100, still)));
            harness.send(PromptUpdate.set(StylizeHarness.within(1000, pencil)));
            unused = restyle(harness, List.of(at(2, 200, still), at(3, 700, still)));
            unused = restyle(harness, List.of(at(4, 1300, still), at(5, 1400, still)));
            assertThat(harness.results())
                    .extracting(FrameResult::outcome)
                    .containsExactly(
                            Outcome.STYLIZED,
                            Outcome.SKIPPED,
                            Outcome.STYLIZED,
                            Outcome.STYLIZED,
                            Outcome.STYLIZED,
                            Outcome.SKIPPED);
            assertThat(harness.results().get(5).image())
                    .isEqualTo(harness.results().get(4).image())
                    .isNotEqualTo(harness.results().get(0).image());
        }
    }

    @Test
    void afterATransitionThatNoFrameShowedNoneIsAnsweredWithAPictureFromBeforeIt()
            throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.OFF, 1, 0.35, 1, 3);
        byte[] still = StylizeHarness.scene(70, 20);
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, List.of(at(0, 0, still)));
            harness.send(PromptUpdate.set(StylizeHarness.within(1000, pencil)));
            harness.send(at(1, 200, new byte[] {1, 2, 3}));
            harness.send(at(2, 1300, still));
            harness.await(3);
            assertThat(harness.failures()).hasSize(1);
            assertThat(harness.results())
                    .extracting(FrameResult::outcome)
                    .containsExactly(Outcome.STYLIZED, Outcome.STYLIZED);
            assertThat(harness.results().get(1).image())
                    .isNotEqualTo(harness.results().get(0).image());
        }
    }

    @Test
    void aFrameThatIsLikeTheLastIsRestyledAgainIfTheStrengthHasChangedAlsoAfterAFailure()
            throws Exception {
        StylizeOperator.Settings settings = settings(RefreshSchedule.EVERY_GROUPS, 1, 0.35, 1, 3);
        byte[] still = StylizeHarness.scene(70, 20);
        OperatorSubtaskState state;
        try (StylizeHarness harness = start(settings)) {
            var unused = restyle(harness, List.of(at(0, 0, still), at(1, 100, still)));
            harness.send(
                    PromptUpdate.set(
                            new EncodedPrompt(
                                    oil.promptId(),
                                    2,
                                    oil.target(),
                                    oil.text(),
                                    oil.seed(),
                                    oil.strength() / 2,
                                    oil.embeddings(),
                                    oil.embeddingsMask())));
            state = harness.checkpoint(1);
            unused = restyle(harness, List.of(at(2, 200, still), at(3, 300, still)));
            assertThat(harness.results())
                    .extracting(FrameResult::outcome)
                    .containsExactly(
                            Outcome.STYLIZED, Outcome.SKIPPED, Outcome.STYLIZED, Outcome.SKIPPED);
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            var unused = restyle(harness, List.of(at(2, 200, still)));
            assertThat(harness.results())
                    .extracting(FrameResult::outcome)
                    .containsExactly(Outcome.STYLIZED);
        }
    }

    private static Frame at(long sequence, long appendMillis, byte[] image) {
        return of("camera", sequence, appendMillis, image);
    }

    private static Frame of(String streamId, long sequence, long appendMillis, byte[] image) {
        return new Frame(
                streamId,
                sequence,
                sequence,
                image,
                new RecordOrigin("frames", 0, sequence, appendMillis));
    }

    /** The same with streams that end by a short pause. */
    private static StylizeOperator.Settings hasty(StylizeOperator.Settings settings) {
        StylizerConfiguration stages = settings.stylizer();
        StylizerConfiguration.Conditioning conditioning = stages.conditioning();
        return with(
                settings,
                stages.maxBatch(),
                stages.linger(),
                new StylizerConfiguration.Conditioning(
                        conditioning.schedule(),
                        conditioning.everyGroups(),
                        conditioning.driftBound(),
                        conditioning.groupFrames(),
                        conditioning.cutBound(),
                        RESET,
                        conditioning.halfSizeFlow(),
                        conditioning.flowThreads()));
    }

    /** The same with batches that wait until they are full. */
    private static StylizeOperator.Settings inBatches(
            StylizeOperator.Settings settings, int frames) {
        return with(settings, frames, Duration.ofMinutes(5), settings.stylizer().conditioning());
    }

    private static StylizeOperator.Settings with(
            StylizeOperator.Settings settings,
            int maxBatch,
            Duration linger,
            StylizerConfiguration.Conditioning conditioning) {
        StylizerConfiguration stages = settings.stylizer();
        return new StylizeOperator.Settings(
                settings.model(),
                new StylizerConfiguration(
                        maxBatch,
                        linger,
                        stages.maxPerStream(),
                        stages.queuePerStream(),
                        stages.overload(),
                        conditioning,
                        stages.text(),
                        stages.similarBound(),
                        stages.fit(),
                        stages.maxImageBytes(),
                        stages.maxImagePixels(),
                        stages.jpegQuality(),
                        stages.decodeThreads(),
                        stages.encodeThreads()),
                settings.maxWaitingFrames(),
                settings.maxPrompts(),
                settings.drainDeadline());
    }

    private static List<String> run(StylizeOperator.Settings settings, List<Frame> frames)
            throws Exception {
        try (StylizeHarness harness = start(settings)) {
            return restyle(harness, frames);
        }
    }

    private static StylizeHarness start(StylizeOperator.Settings settings) throws Exception {
        StylizeHarness harness = StylizeHarness.start(settings);
        harness.send(PromptUpdate.set(oil));
        harness.send(PromptUpdate.caughtUp());
        return harness;
    }

    /** The pictures of these frames. */
    private static List<String> restyle(StylizeHarness harness, List<Frame> frames)
            throws Exception {
        int before = harness.results().size();
        for (Frame frame : frames) {
            harness.send(frame);
        }
        harness.await(before + frames.size());
        assertThat(harness.failures()).isEmpty();
        return harness.results().stream().skip(before).map(ConditioningITCase::digest).toList();
    }

    private static String digest(FrameResult result) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(result.image()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static List<String> pictures(StylizeHarness harness, String streamId) {
        return harness.results().stream()
                .filter(result -> result.streamId().equals(streamId))
                .map(ConditioningITCase::digest)
                .toList();
    }

    private static List<Frame> frames(String streamId, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> frame(streamId, 0, i, StylizeHarness.scene(70 + 5 * i, 20)))
                .toList();
    }

    /**
     * @param groups how many groups' frames make one
     */
    private static StylizeOperator.Settings settings(
            RefreshSchedule schedule, int everyGroups, double cutBound, int groups) {
        return settings(schedule, everyGroups, cutBound, groups, 0);
    }

    private static StylizeOperator.Settings settings(
            RefreshSchedule schedule,
            int everyGroups,
            double cutBound,
            int groups,
            int similarBound) {
        return new StylizeOperator.Settings(
                new ModelSettings(bundle.toString(), "OnnxRuntime", 2),
                new StylizerConfiguration(
                        1,
                        Duration.ofMillis(5),
                        0,
                        16,
                        OverloadPolicy.BLOCK,
                        new StylizerConfiguration.Conditioning(
                                schedule,
                                everyGroups,
                                4,
                                groups * GROUP,
                                cutBound,
                                Duration.ofSeconds(10),
                                false,
                                1),
                        StylizerConfiguration.Text.NEVER,
                        similarBound,
                        Fit.CENTRE_CROP,
                        1 << 20,
                        1 << 20,
                        90,
                        1,
                        1),
                64,
                16,
                Duration.ofSeconds(30));
    }
}
