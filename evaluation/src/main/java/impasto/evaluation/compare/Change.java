package impasto.evaluation.compare;

import impasto.evaluation.result.Metric;

/**
 * What became of one metric of one setting, over the clips that both evaluations have.
 *
 * @param pairs clips
 * @param before mean over the pairs
 * @param after mean over the pairs
 * @param pValue of {@link PairedTest}; 1 if all pairs are equal
 */
record Change(
        String table,
        String setting,
        Metric metric,
        int pairs,
        double before,
        double after,
        double pValue,
        Verdict verdict) {

    /** What can be said. */
    enum Verdict {
        SAME("the same"),
        BETTER("better"),
        WORSE("worse"),
        CHANGED("changed"),
        WITHIN_NOISE("no clear change"),
        TOO_FEW("too few clips to tell");

        private final String words;

        Verdict(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** After against before, in per cent; not a number where it was 0 before. */
    double percent() {
        return before == 0 ? Double.NaN : 100 * (after - before) / Math.abs(before);
    }
}
