package impasto.condition;

import impasto.decode.Pixels;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Optical flow to a frame that was begun before the frame's turn came.
 *
 * @param from the picture in which it begins
 * @param vectors {@code float32 [H, W, 2]}, as {@link OpticalFlow#between} returns them
 */
public record ForeseenFlow(Pixels from, CompletableFuture<float[]> vectors) {
    public ForeseenFlow {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(vectors, "vectors");
    }

    /** Whether the frame need not wait for it any more. */
    public boolean isDone() {
        return vectors.isDone();
    }
}
