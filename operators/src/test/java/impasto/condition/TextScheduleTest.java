package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.condition.StreamFrame.Seen;
import impasto.condition.TextSchedule.Asked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Groups of three frames; a pause of more than a second ends a scene. */
class TextScheduleTest {

    private static final FrameSignature RED = FrameSignatureTest.plain(200, 10, 10);
    private static final FrameSignature BLUE = FrameSignatureTest.plain(10, 10, 200);
    private static final Asked OIL = new Asked("p", 1, "oil");
    private static final ConditioningSettings GROUPS =
            new ConditioningSettings(
                    RefreshSchedule.OFF, 1, 0, 3, 0.35, Duration.ofSeconds(1), false, 1);

    @Test
    void everyGroupBeginsWithItsOwnText() {
        assertThat(refreshed(schedule(TextRefresh.EVERY_GROUPS, 1), 8)).containsExactly(0, 3, 6);
    }

    @Test
    void everySecondGroupDoes() {
        assertThat(refreshed(schedule(TextRefresh.EVERY_GROUPS, 2), 14)).containsExactly(0, 6, 12);
    }

    @Test
    void aSceneHasOneText() {
        assertThat(refreshed(schedule(TextRefresh.ON_SCENE_CUT, 1), 14)).containsExactly(0);
    }

    @Test
    void aCutAPauseAndANewLookBeginAScene() {
        for (TextRefresh refresh : List.of(TextRefresh.ON_SCENE_CUT, TextRefresh.EVERY_GROUPS)) {
            TextSchedule schedule = schedule(refresh, 1);
            assertThat(schedule.next(new Seen(RED, 0, 1), OIL)).isTrue();
            assertThat(schedule.next(new Seen(RED, 10, 1), OIL)).isFalse();
            assertThat(schedule.next(new Seen(BLUE, 20, 1), OIL)).as("cut").isTrue();
            assertThat(schedule.next(new Seen(BLUE, 30, 1), OIL)).isFalse();
            assertThat(schedule.next(new Seen(BLUE, 1031, 1), OIL)).as("pause").isTrue();
            assertThat(schedule.next(new Seen(BLUE, 1040, 1), OIL)).isFalse();
            assertThat(schedule.next(new Seen(BLUE, 1050, 2), OIL)).as("look").isTrue();
            assertThat(schedule.index()).as("of the next frame in the new scene").isEqualTo(1);
        }
    }

    @Test
    void anotherPromptVersionOrTextIsSeenWithTheNextFrame() {
        TextSchedule schedule = schedule(TextRefresh.ON_SCENE_CUT, 1);
        assertThat(schedule.next(seen(0), OIL)).isTrue();
        assertThat(schedule.next(seen(1), new Asked("p", 2, "oil"))).isTrue();
        assertThat(schedule.next(seen(2), new Asked("p", 2, "pencil"))).isTrue();
        assertThat(schedule.next(seen(3), new Asked("q", 2, "pencil"))).isTrue();
        assertThat(schedule.next(seen(4), new Asked("q", 2, "pencil"))).isFalse();
        assertThat(schedule.index()).as("the scene goes on").isEqualTo(5);
    }

    @Test
    void aFrameThatIsSkippedCountsInNoGroupAndBridgesAPause() {
        TextSchedule schedule = schedule(TextRefresh.EVERY_GROUPS, 1);
        assertThat(schedule.next(seen(0), OIL)).isTrue();
        schedule.skip(seen(900));
        assertThat(schedule.next(seen(1800), OIL)).isFalse();
        assertThat(schedule.next(seen(1810), OIL)).isFalse();
        assertThat(schedule.next(seen(1820), OIL)).as("the second group").isTrue();
    }

    @Test
    void itGoesOnWhereItWasFromItsBytes() {
        List<Integer> whole = refreshed(schedule(TextRefresh.EVERY_GROUPS, 2), 14);
        for (int failAt = 1; failAt < 14; failAt++) {
            TextSchedule before = schedule(TextRefresh.EVERY_GROUPS, 2);
            List<Integer> found = refreshed(before, 0, failAt);
            TextState saved =
                    new TextState(3, before.index(), before.last(), before.asked(), new byte[] {7});
            TextState state = TextState.of(saved.toBytes());
            assertThat(state).usingRecursiveComparison().isEqualTo(saved);
            TextSchedule after = schedule(TextRefresh.EVERY_GROUPS, 2);
            after.restore(state.index(), state.last(), state.asked());
            found.addAll(refreshed(after, failAt, 14));
            assertThat(found).as("failing after %d frames", failAt).isEqualTo(whole);
        }
    }

    private static TextSchedule schedule(TextRefresh refresh, int everyGroups) {
        return new TextSchedule(new TextSettings(refresh, everyGroups, 8), GROUPS);
    }

    private static Seen seen(long appendMillis) {
        return new Seen(RED, appendMillis, 1);
    }

    private static List<Integer> refreshed(TextSchedule schedule, int frames) {
        return refreshed(schedule, 0, frames);
    }

    private static List<Integer> refreshed(TextSchedule schedule, int from, int to) {
        List<Integer> refreshed = new ArrayList<>();
        for (int i = from; i < to; i++) {
            if (schedule.next(seen(i), OIL)) {
                refreshed.add(i);
            }
        }
        return refreshed;
    }
}
