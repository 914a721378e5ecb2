package impasto.batch;

import java.time.Duration;
import java.util.Objects;

/**
 * When waiting items become a batch.
 *
 * @param maxBatch most items of a batch
 * @param linger how long an item waits for others before it goes in a batch that is not full; zero
 *     never waits
 * @param maxPerStream most items of one stream in one batch, at most {@code maxBatch}
 * @param queuePerStream waiting items for which a stream has room
 */
public record BatchPolicy(int maxBatch, Duration linger, int maxPerStream, int queuePerStream) {
    public BatchPolicy {
        Objects.requireNonNull(linger, "linger");
        if (maxBatch < 1) {
            throw new IllegalArgumentException(
                    "maxBatch is %d, expected at least 1".formatted(maxBatch));
        }
        if (linger.isNegative()) {
            throw new IllegalArgumentException(
                    "linger is %s, expected zero or more".formatted(linger));
        }
        if (maxPerStream < 1 || maxPerStream > maxBatch) {
            throw new IllegalArgumentException(
                    "maxPerStream is %d, expected 1 to maxBatch, which is %d"
                            .formatted(maxPerStream, maxBatch));
        }
        if (queuePerStream < 1) {
            throw new IllegalArgumentException(
                    "queuePerStream is %d, expected at least 1".formatted(queuePerStream));
        }
    }
}
