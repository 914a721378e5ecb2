package impasto.failure;

import impasto.frame.Frame;
import java.util.Objects;

/**
 * A frame that could be read but not restyled; it becomes a dead letter.
 *
 * @param error what was found and what was expected
 */
public record FrameFailure(Frame frame, DeadLetterReason reason, String error) {
    public FrameFailure {
        Objects.requireNonNull(frame, "frame");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(error, "error");
    }
}
