package impasto.frame;

import java.util.Objects;

/**
 * What became of one frame; the output topic's record.
 *
 * @param reason why, or null if the outcome says it all
 * @param encoding of {@code image}; null exactly if that is
 * @param image the encoded picture; null exactly if dropped
 * @param promptId the prompt that made the picture, or null
 * @param promptVersion that prompt's version, or null
 * @param bundle name of the bundle that made the picture, or null
 * @param bundleVersion that bundle's version, or null
 */
public record FrameResult(
        String streamId,
        long sequence,
        long captureTimeMicros,
        Outcome outcome,
        String reason,
        ImageEncoding encoding,
        byte[] image,
        String promptId,
        Long promptVersion,
        String bundle,
        String bundleVersion,
        StageLatencies latencies) {

    public FrameResult {
        Objects.requireNonNull(streamId, "streamId");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(latencies, "latencies");
        if ((image == null) != (outcome == Outcome.DROPPED)) {
            throw new IllegalArgumentException(
                    "outcome %s with%s picture".formatted(outcome, image == null ? "out" : " a"));
        }
        if ((image == null) != (encoding == null)) {
            throw new IllegalArgumentException(
                    "a picture needs an encoding, and nothing else does");
        }
    }
}
