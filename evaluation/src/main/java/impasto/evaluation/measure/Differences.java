package impasto.evaluation.measure;

import impasto.decode.Pixels;

/** How far two pictures of one size are apart. */
public final class Differences {

    private Differences() {}

    /**
     * Mean over pixels and channels of {@code |a - b|}: 0 (equal) to 255 (black and white). Between
     * an output and the next one it is the consecutive L1; between an output and what the model
     * makes of that frame without the adapter, the reference L1.
     *
     * @throws IllegalArgumentException if the pictures differ in size
     */
    public static double meanAbsolute(Pixels a, Pixels b) {
        checkSameSize(a, b);
        byte[] left = a.rgb();
        byte[] right = b.rgb();
        long sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += Math.abs((left[i] & 0xff) - (right[i] & 0xff));
        }
        return (double) sum / left.length;
    }

    static void checkSameSize(Pixels a, Pixels b) {
        if (a.widthPixels() != b.widthPixels() || a.heightPixels() != b.heightPixels()) {
            throw new IllegalArgumentException(
                    "pictures of %d x %d and %d x %d pixels, expected one size"
                            .formatted(
                                    a.widthPixels(),
                                    a.heightPixels(),
                                    b.widthPixels(),
                                    b.heightPixels()));
        }
    }
}
