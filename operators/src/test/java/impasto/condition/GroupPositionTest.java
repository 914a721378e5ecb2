package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GroupPositionTest {

    @Test
    void framesCountInGroups() {
        List<GroupPosition> positions =
                Stream.iterate(GroupPosition.first(4), GroupPosition::next).limit(10).toList();
        assertThat(positions)
                .extracting(GroupPosition::group)
                .containsExactly(0L, 0L, 0L, 0L, 1L, 1L, 1L, 1L, 2L, 2L);
        assertThat(positions)
                .extracting(GroupPosition::place)
                .containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 0, 1);
        assertThat(positions)
                .extracting(GroupPosition::room)
                .containsExactly(4, 3, 2, 1, 4, 3, 2, 1, 4, 3);
    }

    @Test
    void theFirstTwoGroupsAreRefreshedAndThenEveryNth() {
        assertThat(refreshed(settings(RefreshSchedule.EVERY_GROUPS, 3), 0))
                .containsExactly(0L, 1L, 4L, 7L, 10L);
        assertThat(refreshed(settings(RefreshSchedule.EVERY_GROUPS, 1), 0))
                .containsExactlyElementsOf(LongStream.range(0, 12).boxed().toList());
    }

    @Test
    void aStreamThatIsAheadIsRefreshedSoManyGroupsEarlierAndThenAsOften() {
        assertThat(refreshed(settings(RefreshSchedule.EVERY_GROUPS, 3), 1))
                .containsExactly(0L, 1L, 3L, 6L, 9L);
        assertThat(refreshed(settings(RefreshSchedule.EVERY_GROUPS, 3), 2))
                .containsExactly(0L, 1L, 2L, 5L, 8L, 11L);
    }

    @Test
    void numberedStreamsAreAheadByDifferentNumbersOfGroups() {
        ConditioningSettings settings = settings(RefreshSchedule.EVERY_GROUPS, 8);
        assertThat(IntStream.range(0, 8).mapToObj(camera -> settings.phaseOf("camera-" + camera)))
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void adaptivelyAGroupIsRefreshedWhenItsPictureHasMoved() {
        ConditioningSettings settings = settings(RefreshSchedule.ADAPTIVE, 1);
        FrameSignature grey = FrameSignatureTest.plain(100, 100, 100);
        assertThat(settings.refreshes(5, 0, grey, FrameSignatureTest.plain(104, 104, 104)))
                .isFalse();
        assertThat(settings.refreshes(5, 0, grey, FrameSignatureTest.plain(106, 106, 106)))
                .isTrue();
        assertThat(settings.refreshes(1, 0, grey, grey)).as("the first with an anchor").isTrue();
    }

    private static List<Long> refreshed(ConditioningSettings settings, int phase) {
        FrameSignature same = FrameSignatureTest.plain(1, 2, 3);
        return LongStream.range(0, 12)
                .filter(group -> settings.refreshes(group, phase, same, same))
                .boxed()
                .toList();
    }

    private static ConditioningSettings settings(RefreshSchedule schedule, int everyGroups) {
        return new ConditioningSettings(
                schedule, everyGroups, 5, 4, 0.35, Duration.ofSeconds(10), false, 1);
    }
}
