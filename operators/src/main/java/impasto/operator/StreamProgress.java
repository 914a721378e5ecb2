package impasto.operator;

/**
 * What is remembered of a stream across failures.
 *
 * @param lastSequence the highest sequence taken
 * @param framesGiven frames given to the model
 * @param framesMissing sequences that never came
 */
public record StreamProgress(long lastSequence, long framesGiven, long framesMissing) {

    /** A stream of which nothing has been seen before the given frame. */
    static StreamProgress before(long sequence) {
        return new StreamProgress(sequence - 1, 0, 0);
    }

    /**
     * @param given whether the frame goes to the model
     */
    StreamProgress after(long sequence, boolean given) {
        return new StreamProgress(
                Math.max(lastSequence, sequence),
                framesGiven + (given ? 1 : 0),
                framesMissing + Math.max(0, sequence - lastSequence - 1));
    }
}
