package impasto.bench;

import java.util.List;

/** Percentiles by the nearest rank. */
final class Percentile {

    private Percentile() {}

    /**
     * The smallest value that so many percent of the values do not exceed; NaN of none.
     *
     * @param sorted rising
     * @param percent above 0, at most 100
     */
    static double of(List<Double> sorted, int percent) {
        if (sorted.isEmpty()) {
            return Double.NaN;
        }
        return sorted.get((int) Math.ceil(percent / 100.0 * sorted.size()) - 1);
    }
}
