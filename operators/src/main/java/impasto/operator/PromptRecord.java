package impasto.operator;

import impasto.frame.RecordOrigin;
import java.util.Objects;

/**
 * One record of the prompts topic: an event, a tombstone, or one that could not be used, which is
 * still passed on so that it counts as read.
 *
 * @param promptId null if the record could not be used
 * @param event what the event asks for; null for a tombstone
 * @param key as on the topic, for a dead letter
 * @param value as on the topic, for a dead letter
 */
public record PromptRecord(
        RecordOrigin origin, String promptId, PromptRequest event, byte[] key, byte[] value) {
    public PromptRecord {
        Objects.requireNonNull(origin, "origin");
    }

    /** An event's fields as they came, not yet validated. */
    public record PromptRequest(
            String target,
            String text,
            Long seed,
            float strength,
            byte[] referenceImage,
            float weight,
            PartRequest[] blend,
            float transitionSeconds,
            StepRequest[] schedule) {

        /** A text alone, at once and for good. */
        public PromptRequest(
                String target, String text, Long seed, float strength, byte[] referenceImage) {
            this(
                    target,
                    text,
                    seed,
                    strength,
                    referenceImage,
                    1,
                    new PartRequest[0],
                    0,
                    new StepRequest[0]);
        }
    }

    /** A text of a blend. */
    public record PartRequest(String text, float weight) {}

    /** A step of a schedule; null keeps what the prompt has. */
    public record StepRequest(
            long fromMillis,
            String text,
            Long seed,
            Float strength,
            float weight,
            PartRequest[] blend,
            float transitionSeconds) {}

    /** A record that could not be used. */
    public static PromptRecord unusable(RecordOrigin origin) {
        return new PromptRecord(origin, null, null, null, null);
    }
}
