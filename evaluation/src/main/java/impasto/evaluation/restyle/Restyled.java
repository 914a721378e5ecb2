package impasto.evaluation.restyle;

import java.util.List;

/**
 * What became of a clip.
 *
 * @param frames JPEG files in the order of the input, one for each frame
 * @param latenciesMs of each frame, from being offered to being out
 * @param wallSeconds from the first frame in to the last out
 * @param cpuSeconds of the whole process in that time
 * @param warmupFrames restyled before that
 * @param warmupSeconds for those, loading of the stages included
 */
public record Restyled(
        List<byte[]> frames,
        double[] latenciesMs,
        double wallSeconds,
        double cpuSeconds,
        int warmupFrames,
        double warmupSeconds) {

    public double framesPerSecond() {
        return frames.size() / wallSeconds;
    }
}
