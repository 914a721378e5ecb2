package impasto.condition;

/** Tells which streams will not go on, whatever comes. */
@FunctionalInterface
public interface Pause {
    /**
     * Whether the next frame of a stream, if there is one, comes too late to go on with it: by the
     * times at which frames were appended and not by the clock, so that a job that stands still, or
     * catches up, ends no stream.
     *
     * @param lastAppendMillis when the broker appended the stream's last frame
     */
    boolean isOver(String streamId, long lastAppendMillis);
}
