package impasto.evaluation.restyle;

/**
 * What became of the frames of several cameras. What came out is counted by the time at which it
 * did, so some of it was taken before the measurement, and some of what was offered came out after.
 *
 * @param offered frames that the cameras took in the measured time
 * @param stylized frames that came out stylized in the measured time
 * @param dropped frames that came out dropped in the measured time
 * @param backlog frames that were inside when it ended
 * @param latenciesMs of the stylized ones, from the camera's beat to being out
 * @param seconds of the measured time
 * @param batches that were made in that time
 * @param batchFill mean share of a batch that was filled, 0 to 1
 */
public record CameraRun(
        long offered,
        long stylized,
        long dropped,
        long backlog,
        double[] latenciesMs,
        double seconds,
        long batches,
        double batchFill) {

    /** Share of what came out that was dropped, 0 to 1; 1 if nothing came out. */
    public double droppedShare() {
        long out = stylized + dropped;
        return out == 0 ? 1 : (double) dropped / out;
    }
}
