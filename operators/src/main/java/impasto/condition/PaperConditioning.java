package impasto.condition;

import impasto.decode.Pixels;
import impasto.model.Condition;
import impasto.model.Kept;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * Conditioning as the code released with the paper does it, to measure ours against. It is wrong in
 * ways that are kept on purpose: it knows batches and slots instead of streams, so what one stream
 * leaves behind the next one takes; embeddings are made in every n-th batch, the first time from
 * raw frames; the flow begins at a frame one batch older than the output that is warped by it;
 * noise differs from slot to slot; scene cuts, pauses and prompts begin nothing anew, and nothing
 * survives a failure.
 *
 * <p>For one thread.
 */
final class PaperConditioning implements AutoCloseable {

    private final int everyBatches;
    private final BiFunction<Pixels, Pixels, CompletableFuture<float[]>> flow;

    private final List<Kept> embeddingsBySlot = new ArrayList<>();
    private long batches;
    private boolean refreshing;
    private int slot;

    /** Output of the last frame of the batch before; null in the first. */
    private Kept anchor;

    /** Output of the last frame given so far; null before the first. */
    private Kept lastOutput;

    private Pixels lastInput;
    private Pixels previousInput;
    private Pixels staleInput;

    PaperConditioning(
            int everyBatches, BiFunction<Pixels, Pixels, CompletableFuture<float[]>> flow) {
        this.everyBatches = everyBatches;
        this.flow = flow;
    }

    /** The frames from now on are those of the next batch. */
    void beginBatch() {
        refreshing = batches % everyBatches == 0;
        batches++;
        slot = 0;
        if (anchor != null) {
            anchor.close();
        }
        anchor = lastOutput;
        lastOutput = null;
        staleInput = previousInput == null ? lastInput : previousInput;
        previousInput = lastInput;
        if (refreshing) {
            forgetEmbeddings();
        }
    }

    private void forgetEmbeddings() {
        embeddingsBySlot.forEach(Kept::close);
        embeddingsBySlot.clear();
    }

    Conditioned next(Pixels pixels, float strength) {
        if (lastOutput != null) {
            lastOutput.close();
        }
        lastOutput = new Kept();
        lastInput = pixels;
        int offset = slot++;
        return new Conditioned(condition(pixels, strength, offset), null, offset);
    }

    private Condition condition(Pixels pixels, float strength, int offset) {
        Kept output = lastOutput.retain();
        if (!refreshing) {
            // A batch that is larger than the refreshed one repeats its last slot.
            Kept reused = embeddingsBySlot.get(Math.min(offset, embeddingsBySlot.size() - 1));
            return new Condition(strength, null, null, reused.retain(), null, output);
        }
        Kept embeddings = new Kept();
        embeddingsBySlot.add(embeddings);
        return new Condition(
                strength,
                anchor == null ? null : anchor.retain(),
                anchor == null ? null : flow.apply(staleInput, pixels),
                null,
                embeddings.retain(),
                output);
    }

    /** Idempotent. */
    @Override
    public void close() {
        forgetEmbeddings();
        if (anchor != null) {
            anchor.close();
        }
        if (lastOutput != null) {
            lastOutput.close();
        }
        anchor = null;
        lastOutput = null;
    }
}
