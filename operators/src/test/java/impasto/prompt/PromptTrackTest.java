package impasto.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.prompt.StreamPrompt.Before;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PromptTrackTest {

    /** A text is one number; between two of them lie those between. */
    private static final PromptTrack.Blend BLEND =
            (from, to, progress) ->
                    new Before(
                            new byte[] {
                                (byte)
                                        Math.round(
                                                from.embeddings()[0] * (1 - progress)
                                                        + to.embeddings()[0] * progress)
                            },
                            new byte[0],
                            to.strength());

    private final PromptTrack track = new PromptTrack(BLEND, null);

    @Test
    void withoutATransitionTheLookChangesFromOneFrameToTheNext() {
        StreamPrompt a = next(prompt(1, 10, 0), 0);
        assertThat(next(prompt(1, 10, 0), 40).look()).isEqualTo(a.look());
        StreamPrompt b = next(prompt(2, 50, 0), 80);
        assertThat(b.progress()).isEqualTo(1);
        assertThat(b.look()).isNotEqualTo(a.look());
        assertThat(next(prompt(3, 10, 0), 120).look())
                .as("the way back is a change as well")
                .isNotIn(a.look(), b.look());
    }

    @Test
    void aTransitionRunsByTheTimeOfTheFramesAndIsOneLook() {
        long look = next(prompt(1, 10, 0), 0).look();
        List<Double> progress = new ArrayList<>();
        for (long time = 1000; time <= 3200; time += 500) {
            StreamPrompt prompt = next(prompt(2, 50, 2000), time);
            assertThat(prompt.look()).isEqualTo(look);
            assertThat(prompt.prompt().version()).isEqualTo(2);
            progress.add(prompt.progress());
        }
        assertThat(progress).containsExactly(0.0, 0.25, 0.5, 0.75, 1.0);
    }

    @Test
    void aPromptThatIsReplacedOnItsWayGoesOnFromWhereItIs() {
        var unused = next(prompt(1, 10, 0), 0);
        unused = next(prompt(2, 50, 1000), 1000);
        StreamPrompt replaced = next(prompt(3, 90, 1000), 1500);
        assertThat(replaced.before().embeddings()).containsExactly(30);
        assertThat(replaced.progress()).isZero();
    }

    @Test
    void aWayThatIsLeftKnowsTheTextsOfBothItsEndsByTheirWeights() {
        var unused = next(prompt(1, 10, 0), 0);
        unused = next(prompt(2, 50, 1000), 1000);
        StreamPrompt replaced = next(prompt(3, 90, 1000), 1250);
        assertThat(replaced.before().parts())
                .containsExactly(new Prompt.Part("t", 0.75f), new Prompt.Part("t", 0.25f));
        for (int i = 0; i < 20; i++) {
            replaced = next(prompt(4 + i, i % 2 == 0 ? 10 : 90, 1000), 1300 + 50 * i);
        }
        assertThat(replaced.before().parts()).hasSize(1 + Prompt.MAX_BLEND);
        StreamPrompt back =
                new PromptTrack(BLEND, track.state())
                        .next(Optional.of(prompt(23, 90, 1000)), 2260)
                        .orElseThrow();
        assertThat(back.before().parts())
                .as("also after a failure")
                .isEqualTo(replaced.before().parts());
    }

    @Test
    void aWayFromAPictureOfItsOwnIsNotMadeOfTexts() {
        EncodedPrompt pictured =
                new EncodedPrompt(
                        "p",
                        1,
                        "*",
                        "t",
                        1,
                        1,
                        new byte[] {10},
                        new byte[0],
                        0,
                        new EncodedPrompt.Step[0],
                        new Prompt.Part[0]);
        var unused = next(pictured, 0);
        StreamPrompt way = next(prompt(2, 50, 1000), 1000);
        assertThat(way.before().parts()).isEmpty();
        assertThat(way.prompt().parts()).hasSize(1);
        assertThat(next(prompt(3, 90, 1000), 1500).before().parts()).isEmpty();
    }

    @Test
    void theFirstPromptHasNothingToComeFrom() {
        assertThat(next(prompt(1, 10, 5000), 0).progress()).isEqualTo(1);
        assertThat(track.next(Optional.empty(), 10)).isEmpty();
        assertThat(next(prompt(1, 10, 5000), 20).progress()).isEqualTo(1);
    }

    @Test
    void aPromptThatComesBackAfterItWasClearedIsANewLook() {
        long look = next(prompt(1, 10, 0), 0).look();
        assertThat(track.next(Optional.empty(), 10)).isEmpty();
        assertThat(next(prompt(1, 10, 0), 20).look()).isNotEqualTo(look);
    }

    @Test
    void theSameStyleUnderAnotherVersionIsNoChange() {
        long look = next(prompt(1, 10, 0), 0).look();
        assertThat(next(prompt(2, 10, 0), 10).look()).isEqualTo(look);
    }

    @Test
    void theSameStyleUnderAnotherVersionLeavesAWayAsFastAsItIs() {
        var unused = next(prompt(1, 10, 0), 0);
        unused = next(prompt(2, 50, 1000), 1000);
        assertThat(next(prompt(3, 50, 4000), 1500).progress()).isEqualTo(0.5);
        assertThat(next(prompt(4, 50, 0), 1750).progress()).isEqualTo(0.75);
        assertThat(next(prompt(4, 50, 0), 2000).progress()).isEqualTo(1);
    }

    @Test
    void aStrengthAloneChangesGraduallyToo() {
        long look = next(strong(1, 1, 0), 0).look();
        List<Float> strengths = new ArrayList<>();
        for (long time = 1000; time <= 2000; time += 250) {
            StreamPrompt prompt = next(strong(2, 0.5f, 1000), time);
            assertThat(prompt.look()).isEqualTo(look);
            strengths.add(prompt.strength());
        }
        assertThat(strengths).containsExactly(1f, 0.875f, 0.75f, 0.625f, 0.5f);
    }

    @Test
    void withoutATransitionAStrengthChangesAtOnceAndTheLookGoesOn() {
        long look = next(strong(1, 1, 0), 0).look();
        StreamPrompt changed = next(strong(2, 0.5f, 0), 100);
        assertThat(changed.strength()).isEqualTo(0.5f);
        assertThat(changed.progress()).isEqualTo(1);
        assertThat(changed.look()).isEqualTo(look);
    }

    @Test
    void aStrengthThatComesAtOnceCutsAWayShort() {
        var unused = next(prompt(1, 10, 0), 0);
        long look = next(prompt(2, 50, 1000), 1000).look();
        StreamPrompt changed = next(prompt(3, 50, 0.5f, 0), 1500);
        assertThat(changed.progress()).isEqualTo(1);
        assertThat(changed.look()).isNotEqualTo(look);
    }

    @Test
    void aScheduleChangesAtItsTimes() {
        EncodedPrompt scheduled =
                new EncodedPrompt(
                        "p",
                        1,
                        "*",
                        "t",
                        1,
                        1,
                        new byte[] {10},
                        new byte[0],
                        0,
                        new EncodedPrompt.Step[] {step(1000, 50, 0), step(2000, 90, 100)});
        List<Integer> styles = new ArrayList<>();
        List<Double> progress = new ArrayList<>();
        for (long time : new long[] {0, 999, 1000, 1999, 2000, 2050, 2100}) {
            StreamPrompt prompt = next(scheduled, time);
            styles.add((int) prompt.prompt().embeddings()[0]);
            progress.add(prompt.progress());
        }
        assertThat(styles).containsExactly(10, 10, 50, 50, 90, 90, 90);
        assertThat(progress).containsExactly(1.0, 1.0, 1.0, 1.0, 0.0, 0.5, 1.0);
    }

    @Test
    void afterAFailureItGoesTheSameWay() {
        EncodedPrompt to = prompt(2, 50, 1000);
        PromptTrack undisturbed = new PromptTrack(BLEND, null);
        PromptTrack disturbed = new PromptTrack(BLEND, null);
        for (long time = 0; time <= 2500; time += 250) {
            Optional<EncodedPrompt> bound = Optional.of(time < 500 ? prompt(1, 10, 0) : to);
            disturbed = new PromptTrack(BLEND, disturbed.state());
            assertThat(disturbed.next(bound, time))
                    .usingRecursiveComparison()
                    .isEqualTo(undisturbed.next(bound, time));
        }
    }

    @Test
    void framesThatAreAskedForAgainGoTheSameWay() {
        var unused = next(prompt(1, 10, 0), 0);
        EncodedPrompt to = prompt(2, 50, 1000);
        List<StreamPrompt> once = List.of(next(to, 100), next(to, 600), next(to, 1200));
        track.restart(once.get(0).track());
        assertThat(List.of(next(to, 100), next(to, 600), next(to, 1200)))
                .usingRecursiveComparison()
                .isEqualTo(once);
        assertThat(once).extracting(StreamPrompt::progress).containsExactly(0.0, 0.5, 1.0);
    }

    private StreamPrompt next(EncodedPrompt prompt, long appendMillis) {
        return track.next(Optional.of(prompt), appendMillis).orElseThrow();
    }

    private static EncodedPrompt.Step step(long from, int style, long transition) {
        return new EncodedPrompt.Step(
                from, "t", 1, 1, new byte[] {(byte) style}, new byte[0], transition);
    }

    private static EncodedPrompt prompt(long version, int style, long transitionMillis) {
        return prompt(version, style, 1, transitionMillis);
    }

    /** The same style with some strength. */
    private static EncodedPrompt strong(long version, float strength, long transitionMillis) {
        return prompt(version, 10, strength, transitionMillis);
    }

    private static EncodedPrompt prompt(
            long version, int style, float strength, long transitionMillis) {
        return new EncodedPrompt(
                "p",
                version,
                "*",
                "t",
                1,
                strength,
                new byte[] {(byte) style},
                new byte[0],
                transitionMillis,
                new EncodedPrompt.Step[0]);
    }
}
