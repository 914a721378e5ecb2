package impasto.condition;

import java.time.Duration;
import java.util.Objects;

/**
 * How frames are conditioned on earlier ones.
 *
 * @param everyGroups for {@link RefreshSchedule#EVERY_GROUPS}: embeddings are made in every group
 *     (1), every second (2), …; in which of them is the stream's own, see {@link #phaseOf}
 * @param driftBound for {@link RefreshSchedule#ADAPTIVE}: how far the picture may move, as {@link
 *     FrameSignature#meanDifference}, in grey levels
 * @param groupFrames frames of a stream that share an anchor
 * @param cutBound how different the colours of two successive frames of one scene can be at most,
 *     as {@link FrameSignature#colourDistance}; 1 knows no cuts
 * @param resetAfter a pause of the stream, between two frames' appends to their topic, after which
 *     conditioning begins anew
 * @param halfSizeFlow whether optical flow is computed at half the width and height
 * @param flowThreads threads that compute it
 */
public record ConditioningSettings(
        RefreshSchedule schedule,
        int everyGroups,
        double driftBound,
        int groupFrames,
        double cutBound,
        Duration resetAfter,
        boolean halfSizeFlow,
        int flowThreads) {

    /** Every frame is restyled on its own. */
    public static final ConditioningSettings OFF =
            new ConditioningSettings(
                    RefreshSchedule.OFF, 1, 0, 1, 1, Duration.ofSeconds(10), false, 1);

    public ConditioningSettings {
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(resetAfter, "resetAfter");
        requirePositive("everyGroups", everyGroups);
        requirePositive("groupFrames", groupFrames);
        requirePositive("flowThreads", flowThreads);
        if (!(driftBound >= 0) || !(cutBound >= 0)) {
            throw new IllegalArgumentException(
                    "driftBound is %s and cutBound %s, expected 0 or more"
                            .formatted(driftBound, cutBound));
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    "%s is %d, expected at least 1".formatted(name, value));
        }
    }

    /**
     * By how many groups a stream is ahead of another with which it began: streams that all made
     * their embeddings in the same groups would have their optical flow computed all at once, and
     * the model would wait for it, to have none for as long after that.
     *
     * @return 0 to {@code everyGroups} - 1, always the same for a stream
     */
    int phaseOf(String streamId) {
        return Math.floorMod(streamId.hashCode(), everyGroups);
    }

    /**
     * Whether a group gets embeddings of its own. The first two always do: the first is conditioned
     * on its inputs, and the second is the first with an anchor.
     *
     * @param phase from {@link #phaseOf}
     * @param refreshed signature of the first frame of the group for which they were made last
     * @param now signature of the first frame of this group
     */
    boolean refreshes(long group, int phase, FrameSignature refreshed, FrameSignature now) {
        return mayRefresh(group, phase)
                && (group <= 1
                        || schedule != RefreshSchedule.ADAPTIVE
                        || now.meanDifference(refreshed) > driftBound);
    }

    /** Whether a group may get embeddings of its own, whatever its frames look like. */
    boolean mayRefresh(long group, int phase) {
        return group <= 1
                || schedule == RefreshSchedule.ADAPTIVE
                || (group - 1 + phase) % everyGroups == 0;
    }

    /** Whether embeddings of one group are taken again by later ones. */
    boolean reuses() {
        return schedule == RefreshSchedule.ADAPTIVE || everyGroups > 1;
    }
}
