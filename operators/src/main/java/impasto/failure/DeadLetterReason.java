package impasto.failure;

/** The kinds of fault for which a record goes to the dead-letter topic. */
public enum DeadLetterReason {
    /** The bytes are not an Avro record that can be decoded. */
    UNREADABLE_RECORD,
    /** The schema that the record names is not known here. */
    UNKNOWN_SCHEMA,
    /** The record was read, but a field is not valid. */
    INVALID_FRAME,
    /** The picture is not a whole JPEG, PNG or WebP file. */
    CORRUPT_IMAGE,
    /** The record or its picture is over a size limit. */
    TOO_LARGE,
    /** The prompt cannot be used: empty, too long, bad target, bad reference image. */
    INVALID_PROMPT,
    /** The model failed on this frame alone. */
    MODEL_FAILURE
}
