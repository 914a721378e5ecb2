package impasto.evaluation.table;

import impasto.decode.Pixels;
import impasto.evaluation.measure.ConsistencyRatio;
import impasto.evaluation.measure.Differences;
import impasto.evaluation.measure.HighFrequency;
import impasto.evaluation.measure.SobelEnergy;
import impasto.evaluation.measure.WarpError;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The measures of a run's pictures, frame by frame.
 *
 * @param warpErrors of each picture and the next
 * @param consecutive of each picture and the next
 * @param sobel of each picture
 * @param highFrequency of each picture
 */
record Steadiness(
        double[] warpErrors, double[] consecutive, double[] sobel, double[] highFrequency) {

    /**
     * @param input what was shown
     * @param outputs what was made of it, from position 0 on
     */
    static Steadiness of(PreparedClip input, List<Pixels> outputs) {
        return new Steadiness(
                each(
                        outputs.size() - 1,
                        t -> WarpError.of(outputs.get(t), outputs.get(t + 1), input.flow(t))),
                each(
                        outputs.size() - 1,
                        t -> Differences.meanAbsolute(outputs.get(t), outputs.get(t + 1))),
                each(outputs.size(), t -> SobelEnergy.of(outputs.get(t))),
                each(outputs.size(), t -> HighFrequency.of(outputs.get(t))));
    }

    /** Pictures are measured on all cores. */
    static double[] each(int count, IntToDoubleFunction measure) {
        return IntStream.range(0, count).parallel().mapToDouble(measure).toArray();
    }

    static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    double consistencyRatio() {
        return ConsistencyRatio.of(mean(warpErrors), mean(consecutive));
    }

    /** Mean of the differences between two runs, picture by picture. */
    static double distance(List<Pixels> a, List<Pixels> b) {
        return mean(
                each(
                        Math.min(a.size(), b.size()),
                        t -> Differences.meanAbsolute(a.get(t), b.get(t))));
    }
}
