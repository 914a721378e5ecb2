package impasto.stylize;

import impasto.condition.FrameSignature;
import java.util.Objects;

/**
 * A stream's last picture from the model, with which a frame that is nearly equal is answered. Its
 * fields are of types that Flink serializes as they are.
 *
 * @param sequence of the frame
 * @param look under which it was made, as {@link impasto.prompt.StreamPrompt#look}
 * @param appendTimeMillis when the broker appended the last frame that it holds for
 * @param image the encoded picture; shared, not copied: nobody writes to it
 */
public record LastOutput(
        long sequence,
        FrameSignature signature,
        long look,
        long appendTimeMillis,
        byte[] image,
        String promptId,
        long promptVersion) {
    public LastOutput {
        Objects.requireNonNull(signature, "signature");
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(promptId, "promptId");
    }

    /** The same, holding for a later frame as well. */
    LastOutput until(long newAppendTimeMillis) {
        return new LastOutput(
                sequence, signature, look, newAppendTimeMillis, image, promptId, promptVersion);
    }
}
