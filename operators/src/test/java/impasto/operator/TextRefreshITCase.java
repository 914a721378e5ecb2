package impasto.operator;

import static impasto.operator.StylizeHarness.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import impasto.condition.RefreshSchedule;
import impasto.condition.TextRefresh;
import impasto.decode.Fit;
import impasto.frame.Frame;
import impasto.frame.RecordOrigin;
import impasto.model.LoadedBundle;
import impasto.model.TestBundle;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.PromptUpdate;
import impasto.stylize.OverloadPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Texts that are encoded with streams' own frames, in the operator and on the real model. Batches
 * of one frame make pictures comparable byte for byte. Nothing is conditioned, and a group is of
 * three frames.
 */
class TextRefreshITCase {

    private static final int GROUP = 3;
    private static EncodedPrompt oil;
    private static EncodedPrompt pencil;

    /** Keeps the model loaded from one test to the next. */
    private static LoadedBundle held;

    @BeforeAll
    static void encode() {
        held = TestBundle.acquire();
        oil = prompt("p", 1, "*", "oil painting");
        EncodedPrompt plain = prompt("p", 2, "*", "pencil sketch");
        pencil =
                new EncodedPrompt(
                        "p",
                        2,
                        "*",
                        plain.text(),
                        plain.seed(),
                        plain.strength(),
                        plain.embeddings(),
                        plain.embeddingsMask(),
                        100,
                        new EncodedPrompt.Step[0]);
    }

    @AfterAll
    static void free() {
        held.close();
    }

    @ParameterizedTest
    @EnumSource(TextRefresh.class)
    void afterAFailureAtAnyFramePicturesAreThoseOfARunWithoutIt(TextRefresh refresh)
            throws Exception {
        StylizeOperator.Settings settings = settings(refresh, 1, 8);
        List<Frame> frames = frames("camera", 7);
        List<byte[]> undisturbed = run(settings, frames);
        for (int failAt : new int[] {1, 3, 5}) {
            OperatorSubtaskState state;
            List<byte[]> pictures = new ArrayList<>();
            try (StylizeHarness harness = start(settings)) {
                pictures.addAll(restyle(harness, frames.subList(0, failAt)));
                state = harness.checkpoint(1);
            }
            try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
                pictures.addAll(restyle(harness, frames.subList(failAt, frames.size())));
            }
            assertThat(equal(pictures, undisturbed)).as("failing after %d", failAt).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"EVERY_GROUPS", "ON_SCENE_CUT"})
    void inTheMiddleOfATransitionAsWell(TextRefresh refresh) throws Exception {
        StylizeOperator.Settings settings = settings(refresh, 1, 8);
        List<Frame> frames = frames("camera", 9);
        List<byte[]> undisturbed = new ArrayList<>();
        try (StylizeHarness harness = start(settings)) {
            undisturbed.addAll(restyle(harness, frames.subList(0, 2)));
            harness.send(PromptUpdate.set(pencil));
            undisturbed.addAll(restyle(harness, frames.subList(2, 9)));
        }
        OperatorSubtaskState state;
        List<byte[]> pictures = new ArrayList<>();
        try (StylizeHarness harness = start(settings)) {
            pictures.addAll(restyle(harness, frames.subList(0, 2)));
            harness.send(PromptUpdate.set(pencil));
            pictures.addAll(restyle(harness, frames.subList(2, 5)));
            state = harness.checkpoint(1);
        }
        try (StylizeHarness harness = StylizeHarness.restore(settings, state)) {
            pictures.addAll(restyle(harness, frames.subList(5, 9)));
        }
        assertThat(equal(pictures, undisturbed)).isTrue();
    }

    @Test
    void schedulesShowFromTheFrameOfTheirRefreshOn() throws Exception {
        List<Frame> frames = frames("camera", 7);
        List<byte[]> never = run(settings(TextRefresh.NEVER, 1, 8), frames);
        List<byte[]> scene = run(settings(TextRefresh.ON_SCENE_CUT, 1, 8), frames);
        List<byte[]> groups = run(settings(TextRefresh.EVERY_GROUPS, 1, 8), frames);
        List<byte[]> seconds = run(settings(TextRefresh.EVERY_GROUPS, 2, 8), frames);
        List<byte[]> every = run(settings(TextRefresh.EVERY_BATCH, 1, 8), frames);
        for (int group = 0; group * GROUP < frames.size(); group++) {
            int from = group * GROUP;
            int to = Math.min(frames.size(), from + GROUP);
            assertThat(equal(scene.subList(from, to), never.subList(from, to))).isFalse();
            assertThat(equal(groups.subList(from, to), scene.subList(from, to)))
                    .as("group %d with its own text", group)
                    .isEqualTo(group == 0);
            assertThat(equal(seconds.subList(from, to), scene.subList(from, to)))
                    .as("every second group with its own text: %d", group)
                    .isEqualTo(group < 2);
            assertThat(every.get(from))
                    .as("the frame that the group's text saw")
                    .isEqualTo(groups.get(from));
        }
        assertThat(equal(every, groups)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"8", "1"})
    void aStreamAmongOthersHasThePicturesThatItHasAloneHoweverLittleIsKept(int maxKept)
            throws Exception {
        List<Frame> frames = frames("camera", 5);
        List<byte[]> alone = run(settings(TextRefresh.EVERY_GROUPS, 1, 8), frames);
        try (StylizeHarness harness = start(settings(TextRefresh.EVERY_GROUPS, 1, maxKept))) {
            for (int i = 0; i < frames.size(); i++) {
                harness.send(frame("other", i, StylizeHarness.scene(200 - 7 * i, 90)));
                harness.send(frames.get(i));
            }
            harness.await(2 * frames.size());
            List<byte[]> among =
                    harness.results().stream()
                            .filter(result -> result.streamId().equals("camera"))
                            .map(result -> result.image())
                            .toList();
            assertThat(equal(among, alone)).isTrue();
        }
    }

    private static boolean equal(List<byte[]> found, List<byte[]> expected) {
        return found.size() == expected.size()
                && IntStream.range(0, found.size())
                        .allMatch(i -> Arrays.equals(found.get(i), expected.get(i)));
    }

    private static List<byte[]> run(StylizeOperator.Settings settings, List<Frame> frames)
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

    private static List<byte[]> restyle(StylizeHarness harness, List<Frame> frames)
            throws Exception {
        int before = harness.results().size();
        for (Frame frame : frames) {
            harness.send(frame);
        }
        harness.await(before + frames.size());
        assertThat(harness.failures()).isEmpty();
        return harness.results().stream().skip(before).map(result -> result.image()).toList();
    }

    private static List<Frame> frames(String streamId, int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i ->
                                frame(
                                        streamId,
                                        i,
                                        StylizeHarness.scene(60 + 14 * i, 20 + 30 * (i % 8))))
                .toList();
    }

    /** Ten milliseconds after the one before. */
    private static Frame frame(String streamId, int number, byte[] image) {
        return new Frame(
                streamId,
                number,
                number,
                image,
                new RecordOrigin("frames", 0, number, 10L * number));
    }

    private static StylizeOperator.Settings settings(
            TextRefresh refresh, int everyGroups, int maxKept) {
        return new StylizeOperator.Settings(
                new ModelSettings(TestBundle.path().toString(), "OnnxRuntime", 2),
                new StylizerConfiguration(
                        1,
                        Duration.ofMillis(5),
                        0,
                        16,
                        OverloadPolicy.BLOCK,
                        new StylizerConfiguration.Conditioning(
                                RefreshSchedule.OFF,
                                1,
                                0,
                                GROUP,
                                1,
                                Duration.ofSeconds(10),
                                false,
                                1),
                        new StylizerConfiguration.Text(refresh, everyGroups, maxKept),
                        0,
                        Fit.CENTRE_CROP,
                        1 << 20,
                        1 << 20,
                        100,
                        1,
                        1),
                64,
                16,
                Duration.ofSeconds(30));
    }
}
