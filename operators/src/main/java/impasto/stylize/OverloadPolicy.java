package impasto.stylize;

import java.util.Locale;

/** What happens to a frame whose stream's queue is full. */
public enum OverloadPolicy {
    /** Streams share their room, and the source waits: no frame is lost, latency grows. */
    BLOCK,
    /** The oldest waiting frame of the stream is dropped, and counted. */
    DROP_OLDEST,
    /** The new frame passes through as it came, and is counted. */
    PASS_THROUGH;

    /** As written in options: {@code drop-oldest}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
