package impasto.failure;

import java.util.Objects;

/**
 * One record cannot be used, through no fault of the job. The record becomes a dead letter and the
 * job goes on.
 */
public class BadInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final DeadLetterReason reason;

    /**
     * @param message what was found and what was expected
     */
    public BadInputException(DeadLetterReason reason, String message) {
        super(message);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /**
     * @param message what was found and what was expected
     */
    public BadInputException(DeadLetterReason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    public DeadLetterReason reason() {
        return reason;
    }
}
