package impasto.frame;

/** What was done with a frame. */
public enum Outcome {
    /** The picture is the model's. */
    STYLIZED,
    /** No prompt applied: the picture is the input's, byte for byte. */
    PASSED_THROUGH,
    /** Nearly equal to the frame before: the picture is the last output. */
    SKIPPED,
    /** No picture; the reason says why. */
    DROPPED
}
