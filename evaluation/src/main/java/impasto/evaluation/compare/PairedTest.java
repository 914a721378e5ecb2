package impasto.evaluation.compare;

import java.util.Arrays;
import java.util.Random;

/**
 * Whether differences of pairs have a common direction, without an assumption on how they are
 * distributed: a sign-flip permutation test on their mean. If nothing had changed, each difference
 * could as well have had the other sign; the p-value is the share of all ways to choose the signs
 * that give a mean at least as far from zero as the one found.
 *
 * <p>Exact up to {@value #MOST_EXACT} pairs; beyond that {@value #SAMPLES} choices drawn with a
 * fixed seed. With fewer than {@value #LEAST_PAIRS} pairs no p-value can fall below 0.05.
 */
final class PairedTest {

    static final int LEAST_PAIRS = 6;
    static final int MOST_EXACT = 16;
    static final int SAMPLES = 20_000;

    private static final long SEED = 20_260_605;

    /** Sums that differ by rounding only are the same. */
    private static final double ROUNDING = 1e-12;

    private PairedTest() {}

    /**
     * @param differences of the pairs, later minus earlier
     * @return two-sided p-value, above 0 to 1
     */
    static double pValue(double[] differences) {
        double found = Math.abs(Arrays.stream(differences).sum()) - ROUNDING;
        if (differences.length <= MOST_EXACT) {
            int ways = 1 << differences.length;
            int asFar = 0;
            for (int signs = 0; signs < ways; signs++) {
                double sum = 0;
                for (int i = 0; i < differences.length; i++) {
                    sum += (signs >> i & 1) == 0 ? differences[i] : -differences[i];
                }
                if (Math.abs(sum) >= found) {
                    asFar++;
                }
            }
            return (double) asFar / ways;
        }
        Random random = new Random(SEED);
        int asFar = 1; // the signs as found are one of the ways
        for (int sample = 1; sample < SAMPLES; sample++) {
            double sum = 0;
            for (double difference : differences) {
                sum += random.nextBoolean() ? difference : -difference;
            }
            if (Math.abs(sum) >= found) {
                asFar++;
            }
        }
        return (double) asFar / SAMPLES;
    }
}
