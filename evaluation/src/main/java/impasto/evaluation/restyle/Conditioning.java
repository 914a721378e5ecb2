package impasto.evaluation.restyle;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import impasto.condition.ConditioningSettings;
import impasto.condition.RefreshSchedule;
import java.time.Duration;
import java.util.Objects;

/**
 * How the temporal adapter is fed; what is not here is as the job has it by default.
 *
 * @param schedule when embeddings are made anew
 * @param everyGroups in every such group, or batch of the paper's schedule; 1 where that means
 *     nothing
 * @param newAtCuts whether conditioning begins anew after a hard cut
 * @param halfSizeFlow whether optical flow is computed at half the width and height; rows that do
 *     not say it are of whole sizes
 */
public record Conditioning(
        @JsonProperty(required = true) RefreshSchedule schedule,
        @JsonProperty(value = "every_groups", required = true) int everyGroups,
        @JsonProperty(value = "new_at_cuts", required = true) boolean newAtCuts,
        @JsonProperty("half_size_flow") Boolean halfSizeFlow) {

    private static final double DRIFT_BOUND = 6;
    private static final double CUT_BOUND = 0.35;
    private static final double NO_CUT = 1;

    /** A clip's frames carry no time of their own, so no pause is ever seen. */
    private static final Duration RESET_AFTER = Duration.ofSeconds(10);

    /** Every frame on its own. */
    public static final Conditioning OFF = new Conditioning(RefreshSchedule.OFF, 1, true, false);

    /** When the picture has moved. */
    public static final Conditioning ADAPTIVE =
            new Conditioning(RefreshSchedule.ADAPTIVE, 1, true, false);

    public Conditioning {
        Objects.requireNonNull(schedule, "schedule");
        halfSizeFlow = Boolean.TRUE.equals(halfSizeFlow);
    }

    /** In every n-th group. */
    public static Conditioning every(int groups) {
        return new Conditioning(RefreshSchedule.EVERY_GROUPS, groups, true, false);
    }

    /** As the code released with the paper. */
    public static Conditioning paper(int batches) {
        return new Conditioning(RefreshSchedule.PAPER, batches, true, false);
    }

    /** The same without regard to cuts. */
    public Conditioning blindToCuts() {
        return new Conditioning(schedule, everyGroups, false, halfSizeFlow);
    }

    /** The same with a quarter of the work for optical flow. */
    public Conditioning withHalfSizeFlow() {
        return new Conditioning(schedule, everyGroups, newAtCuts, true);
    }

    @JsonIgnore
    public boolean isOff() {
        return schedule == RefreshSchedule.OFF;
    }

    /**
     * Whether frames of one stream leave something behind for the next: then even a warm-up would.
     */
    @JsonIgnore
    boolean leaks() {
        return schedule == RefreshSchedule.PAPER;
    }

    ConditioningSettings settings(int groupFrames, int threads) {
        return isOff()
                ? ConditioningSettings.OFF
                : new ConditioningSettings(
                        schedule,
                        everyGroups,
                        DRIFT_BOUND,
                        groupFrames,
                        newAtCuts ? CUT_BOUND : NO_CUT,
                        RESET_AFTER,
                        halfSizeFlow,
                        threads);
    }
}
