package impasto.operator;

/**
 * What is remembered of a stream across failures, until it has paused for too long.
 *
 * @param lastSequence the highest sequence taken
 * @param framesGiven frames given to the model
 * @param framesMissing sequences that never came
 * @param lastAppendMillis the latest append of a frame taken
 */
public record StreamProgress(
        long lastSequence, long framesGiven, long framesMissing, long lastAppendMillis) {

    /** A stream of which nothing has been seen before a frame. */
    static StreamProgress before(long sequence, long appendMillis) {
        return new StreamProgress(sequence - 1, 0, 0, appendMillis);
    }

    /**
     * @param given whether the frame goes to the model
     */
    StreamProgress after(long sequence, long appendMillis, boolean given) {
        return new StreamProgress(
                Math.max(lastSequence, sequence),
                framesGiven + (given ? 1 : 0),
                framesMissing + Math.max(0, sequence - lastSequence - 1),
                Math.max(lastAppendMillis, appendMillis));
    }
}
