package impasto.condition;

import impasto.decode.Pixels;
import java.util.Objects;

/**
 * A frame as conditioning looks at it.
 *
 * @param image as received; shared, not copied: nobody writes to it
 * @param pixels at the model's size
 * @param flow to the frame, if that was begun before its turn; or null
 */
public record StreamFrame(byte[] image, Pixels pixels, Seen seen, ForeseenFlow flow) {
    public StreamFrame {
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(pixels, "pixels");
        Objects.requireNonNull(seen, "seen");
    }

    /**
     * What is remembered of a frame until the next one of its stream.
     *
     * @param appendTimeMillis when the broker appended it
     * @param look a number that changes where the stream's prompt changes abruptly
     */
    public record Seen(FrameSignature signature, long appendTimeMillis, long look) {
        public Seen {
            Objects.requireNonNull(signature, "signature");
        }
    }
}
