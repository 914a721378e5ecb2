package impasto.failure;

import impasto.frame.RecordOrigin;
import java.util.Objects;

/**
 * A record that could not be used; it becomes a dead letter.
 *
 * @param key as on the topic, or null
 * @param value as on the topic, or null for a tombstone
 * @param streamId the frame's stream, or null if the record could not be read that far
 * @param sequence the frame's sequence, or null if the record could not be read that far
 * @param error what was found and what was expected
 */
public record RejectedRecord(
        RecordOrigin origin,
        byte[] key,
        byte[] value,
        String streamId,
        Long sequence,
        DeadLetterReason reason,
        String error) {
    public RejectedRecord {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(error, "error");
    }
}
