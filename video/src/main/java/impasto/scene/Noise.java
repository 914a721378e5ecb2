package impasto.scene;

import java.util.SplittableRandom;

/** Smooth value noise, a pure function of its seed and place. */
final class Noise {

    private final float[] lattice = new float[1 << 16];

    Noise(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < lattice.length; i++) {
            lattice[i] = (float) random.nextDouble();
        }
    }

    /** 0 to 1, with features one unit wide. */
    double at(double x, double y) {
        int column = (int) Math.floor(x);
        int row = (int) Math.floor(y);
        double fx = smooth(x - column);
        double fy = smooth(y - row);
        double top = lerp(corner(column, row), corner(column + 1, row), fx);
        double bottom = lerp(corner(column, row + 1), corner(column + 1, row + 1), fx);
        return lerp(top, bottom, fy);
    }

    /** 0 to 1: octaves of noise, each twice as fine and half as strong as the one before. */
    double fractal(double x, double y, int octaves) {
        double sum = 0;
        double weight = 1;
        double total = 0;
        for (int i = 0; i < octaves; i++) {
            sum += weight * at(x + 37.1 * i, y - 17.7 * i);
            total += weight;
            weight /= 2;
            x *= 2.03;
            y *= 2.03;
        }
        return sum / total;
    }

    private double corner(int x, int y) {
        return lattice[(x * 73_856_093 ^ y * 19_349_663) >>> 7 & 0xffff];
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }

    private static double lerp(double a, double b, double t) {
        return a + (b - a) * t;
    }
}
