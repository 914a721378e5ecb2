package impasto.stylize;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;

/**
 * Counts the streams that frames came from lately.
 *
 * <p>For one thread. Time is passed in, in nanoseconds of one clock that never runs backwards.
 */
final class RecentStreams {

    private final long forNanos;

    /** When each stream's last frame came; the stream that has been silent for longest first. */
    private final LinkedHashMap<String, Long> seenNanos = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param recent how long after its last frame a stream still counts
     */
    RecentStreams(Duration recent) {
        this.forNanos = recent.toNanos();
    }

    void seen(String streamId, long nowNanos) {
        seenNanos.put(streamId, nowNanos);
    }

    int count(long nowNanos) {
        Iterator<Long> longestSilent = seenNanos.values().iterator();
        while (longestSilent.hasNext() && nowNanos - longestSilent.next() > forNanos) {
            longestSilent.remove();
        }
        return seenNanos.size();
    }
}
