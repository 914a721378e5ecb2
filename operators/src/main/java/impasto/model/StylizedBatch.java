package impasto.model;

import impasto.decode.Pixels;
import java.util.List;

/**
 * What the model made of a batch.
 *
 * @param results one per item of the batch, in its order
 * @param startNanos when the first graph began, by {@link System#nanoTime}
 * @param endNanos when the pixels of the last were on the host
 */
public record StylizedBatch(List<Result> results, long startNanos, long endNanos) {
    public StylizedBatch {
        results = List.copyOf(results);
    }

    /**
     * Exactly one of the two is not null.
     *
     * @param pixels the picture, at the model's size
     * @param error why there is none
     */
    public record Result(Pixels pixels, RuntimeException error) {
        public Result {
            if ((pixels == null) == (error == null)) {
                throw new IllegalArgumentException("expected either pixels or an error");
            }
        }
    }
}
