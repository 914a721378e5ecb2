package impasto.stylize;

import java.util.concurrent.atomic.LongAdder;

/** What a {@link Stylizer} has done since it started. Counters only grow; any thread may read. */
public final class StylizerMetrics {
    public final LongAdder framesIn = new LongAdder();
    public final LongAdder framesStylized = new LongAdder();
    public final LongAdder framesPassedThrough = new LongAdder();
    public final LongAdder framesSkipped = new LongAdder();
    public final LongAdder framesDropped = new LongAdder();
    public final LongAdder framesDeadLettered = new LongAdder();
    public final LongAdder batches = new LongAdder();
    public final LongAdder modelMicros = new LongAdder();
}
