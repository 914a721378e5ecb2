package impasto.condition;

import impasto.model.Condition;

/**
 * A frame's condition.
 *
 * @param anchor the frame itself, where later frames are conditioned on it and want to be told of
 *     its output; or null
 * @param seedOffset to be added to the seed of the frame's noise: 0, but for {@link
 *     RefreshSchedule#PAPER}
 */
public record Conditioned(Condition condition, Anchor anchor, long seedOffset) {

    /** A frame that is not conditioned, and on which no other is. */
    public static final Conditioned OFF = new Conditioned(Condition.OFF, null, 0);
}
