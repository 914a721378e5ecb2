package impasto.model;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What is kept of one frame for frames that come later: its output, or its conditioning embeddings.
 * It exists before it has been computed, so that those who will need it can be told to wait for it.
 *
 * <p>Its users are counted: whoever makes it is the first, {@link #retain} adds one, {@link #close}
 * takes one away, and with the last its memory is freed. Thread-safe.
 */
public final class Kept implements AutoCloseable {

    private final CompletableFuture<List<Sample>> samples = new CompletableFuture<>();
    private final AtomicInteger users = new AtomicInteger(1);

    /** What is kept of a frame on which the model failed. */
    public static Kept nothing() {
        Kept kept = new Kept();
        kept.completeWithout();
        return kept;
    }

    /** Adds a user. */
    public Kept retain() {
        if (users.getAndIncrement() < 1) {
            throw new IllegalStateException("what was kept of a frame has been freed already");
        }
        return this;
    }

    /** Whether it has been computed, or never will be. */
    public boolean isDone() {
        return samples.isDone();
    }

    /** Whether there never will be anything. */
    public boolean isNothing() {
        return samples.isDone() && samples.join() == null;
    }

    /** Completes with this when {@link #isDone}, never with a failure. */
    CompletableFuture<?> done() {
        return samples;
    }

    /** Keeps the samples, unless some are kept already: then these are freed. */
    void complete(List<Sample> computed) {
        if (!samples.complete(computed)) {
            computed.forEach(Sample::close);
        } else if (users.get() < 1) {
            free(computed);
        }
    }

    /** There will be nothing, for instance because the model failed on the frame. */
    void completeWithout() {
        samples.complete(null);
    }

    /** The samples, or null if there are none; only when done. */
    List<Sample> samples() {
        return samples.join();
    }

    @Override
    public void close() {
        int left = users.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("what was kept of a frame is freed a second time");
        }
        if (left == 0 && samples.isDone()) {
            free(samples.join());
        }
    }

    private static void free(List<Sample> samples) {
        if (samples != null) {
            samples.forEach(Sample::close);
        }
    }
}
