package impasto.evaluation.measure;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Percentiles by nearest rank: the smallest value that so many per cent do not exceed. */
public final class Percentiles {

    private final double[] sorted;

    /**
     * @throws IllegalArgumentException if there are no values
     */
    public Percentiles(DoubleStream values) {
        this.sorted = values.toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("percentiles of 0 values, expected at least one");
        }
        Arrays.sort(sorted);
    }

    /**
     * @param percent above 0, at most 100; 100 gives the largest value
     */
    public double at(double percent) {
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException(
                    "percentile %s, expected above 0 and at most 100".formatted(percent));
        }
        return sorted[(int) Math.ceil(percent / 100 * sorted.length) - 1];
    }
}
