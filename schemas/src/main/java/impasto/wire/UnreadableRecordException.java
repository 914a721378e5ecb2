package impasto.wire;

import java.util.Objects;

/** Bytes that are not a record of the expected kind; trying again will not help. */
public class UnreadableRecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What is wrong with the bytes. */
    public enum Kind {
        /** They are not what the wire format says, or not what their schema says. */
        UNREADABLE,
        /** They name a schema that is not known. */
        UNKNOWN_SCHEMA
    }

    /**
     * @param message what was found and what was expected
     */
    public UnreadableRecordException(Kind kind, String message) {
        super(message);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    /**
     * @param message what was found and what was expected
     */
    public UnreadableRecordException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    public Kind kind() {
        return kind;
    }
}
