package impasto.condition;

import java.util.concurrent.atomic.LongAdder;

/** What {@link StreamTexts} have done since they started; they only grow, any thread may read. */
public final class TextCounters {
    /** Frames with which a stream's text was encoded anew. */
    public final LongAdder refreshes = new LongAdder();

    /** Texts given to the text encoder, also those that had been evicted or lost with a machine. */
    public final LongAdder encoded = new LongAdder();

    /** Embeddings given up because there were too many. */
    public final LongAdder evicted = new LongAdder();
}
