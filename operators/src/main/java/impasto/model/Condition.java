package impasto.model;

import java.util.concurrent.CompletableFuture;

/**
 * What the temporal adapter gets for one frame, and what of the frame is kept for those after it.
 * Closing gives up its use of all that is kept.
 *
 * @param strength of the adapter, 0 (off) to 1
 * @param anchor the output on which the frame is conditioned; null for its own input
 * @param flow from the anchor's input to the frame's, {@code float32 [H, W, 2]}, x and y in pixels;
 *     null exactly if {@code anchor} is
 * @param reused embeddings that were made for an earlier frame, to be taken instead of encoding; or
 *     null
 * @param embeddings where to keep what is encoded, or null
 * @param output where to keep the frame's output, or null
 */
public record Condition(
        float strength,
        Kept anchor,
        CompletableFuture<float[]> flow,
        Kept reused,
        Kept embeddings,
        Kept output)
        implements AutoCloseable {

    /** The adapter has no say. */
    public static final Condition OFF = new Condition(0, null, null, null, null, null);

    public Condition {
        if ((anchor == null) != (flow == null)) {
            throw new IllegalArgumentException("an anchor needs a flow, and nothing else does");
        }
        if (reused != null && (anchor != null || embeddings != null)) {
            throw new IllegalArgumentException("embeddings are either reused or encoded");
        }
    }

    boolean isOff() {
        return strength == 0;
    }

    /** Whether the frame's own embeddings are encoded. */
    boolean encodes() {
        return !isOff() && reused == null;
    }

    /** Whether nothing has to be computed before this frame's batch can go into the main lane. */
    public boolean isReady() {
        return (anchor == null || anchor.isDone()) && (reused == null || reused.isDone());
    }

    @Override
    public void close() {
        for (Kept kept : new Kept[] {anchor, reused, embeddings, output}) {
            if (kept != null) {
                kept.close();
            }
        }
    }
}
