package impasto.evaluation.measure;

/**
 * Warp error divided by consecutive L1: how much of the change between outputs is not motion of the
 * input. 0 (all of it is motion) upwards; above 1 following the input makes it worse, as with a
 * frozen picture. Not a number where nothing changes at all.
 */
public final class ConsistencyRatio {

    private ConsistencyRatio() {}

    public static double of(double warpError, double consecutiveL1) {
        return consecutiveL1 == 0 ? Double.NaN : warpError / consecutiveL1;
    }
}
