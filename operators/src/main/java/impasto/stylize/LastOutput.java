package impasto.stylize;

import impasto.condition.FrameSignature;
import java.util.Objects;

/**
 * A stream's last picture from the model, with which a frame that is nearly equal is answered. Its
 * fields are of types that Flink serializes as they are.
 *
 * @param sequence of the frame
 * @param appendTimeMillis when the broker appended the last frame that it holds for
 * @param image the encoded picture; shared, not copied: nobody writes to it
 */
public record LastOutput(
        long sequence,
        FrameSignature signature,
        Style style,
        long appendTimeMillis,
        byte[] image,
        String promptId,
        long promptVersion) {
    public LastOutput {
        Objects.requireNonNull(signature, "signature");
        Objects.requireNonNull(style, "style");
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(promptId, "promptId");
    }

    /** The same, holding for a later frame as well. */
    LastOutput until(long newAppendTimeMillis) {
        return new LastOutput(
                sequence, signature, style, newAppendTimeMillis, image, promptId, promptVersion);
    }
}
