package impasto.model;

/**
 * Gaussian noise that depends on a seed and a position alone, the same in every language and on
 * every machine: Philox-4x32 with ten rounds (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", 2011) and Box-Muller in double precision. {@code docs/bundle.md} gives the exact form.
 */
final class PhiloxNoise {

    /** The generator's name in a manifest. */
    static final String NAME = "philox4x32-10";

    private static final int ROUNDS = 10;
    private static final int MULTIPLIER_0 = 0xD2511F53;
    private static final int MULTIPLIER_1 = 0xCD9E8D57;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private PhiloxNoise() {}

    /**
     * The first {@code count} standard normals of a seed.
     *
     * @return {@code float32 [count]}
     */
    static float[] normals(long seed, int count) {
        float[] normals = new float[count];
        int[] block = new int[4];
        for (int i = 0; i < count; i += 4) {
            philox(i / 4, (int) seed, (int) (seed >>> 32), block);
            double radius = Math.sqrt(-2 * Math.log(uniform(block[0])));
            double angle = 2 * Math.PI * uniform(block[1]);
            put(normals, i, radius * Math.cos(angle));
            put(normals, i + 1, radius * Math.sin(angle));
            radius = Math.sqrt(-2 * Math.log(uniform(block[2])));
            angle = 2 * Math.PI * uniform(block[3]);
            put(normals, i + 2, radius * Math.cos(angle));
            put(normals, i + 3, radius * Math.sin(angle));
        }
        return normals;
    }

    private static void put(float[] normals, int index, double value) {
        if (index < normals.length) {
            normals[index] = (float) value;
        }
    }

    private static double uniform(int word) {
        return (Integer.toUnsignedLong(word) + 0.5) / 0x1p32;
    }

    /** Encrypts counter (i, 0, 0, 0) under the key. */
    static void philox(int counter, int key0, int key1, int[] block) {
        int c0 = counter;
        int c1 = 0;
        int c2 = 0;
        int c3 = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
            long product1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
            int next0 = (int) (product1 >>> 32) ^ c1 ^ key0;
            int next2 = (int) (product0 >>> 32) ^ c3 ^ key1;
            c1 = (int) product1;
            c3 = (int) product0;
            c0 = next0;
            c2 = next2;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        block[0] = c0;
        block[1] = c1;
        block[2] = c2;
        block[3] = c3;
    }
}
