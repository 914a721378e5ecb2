package impasto.evaluation.restyle;

/**
 * What became of the frames of several cameras.
 *
 * @param offered frames that the cameras took in the measured time
 * @param stylized of those
 * @param dropped of those
 * @param latenciesMs of the stylized ones, from the camera's beat to being out
 * @param seconds of the measured time
 * @param batches that were made in that time
 * @param batchFill mean share of a batch that was filled, 0 to 1
 */
public record CameraRun(
        long offered,
        long stylized,
        long dropped,
        double[] latenciesMs,
        double seconds,
        long batches,
        double batchFill) {}
