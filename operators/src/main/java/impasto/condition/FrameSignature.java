package impasto.condition;

import impasto.decode.Pixels;
import java.util.Objects;

/**
 * A frame in a few kilobytes, by which frames are compared without their pixels.
 *
 * @param grid mean colours of {@value #CELLS} x {@value #CELLS} cells, {@code uint8 [32, 32, 3]}
 * @param colours how many of every 65535 pixels have each of {@value #BINS} colours: a joint
 *     histogram of eight levels of red, green and blue
 */
public record FrameSignature(byte[] grid, short[] colours) {

    static final int CELLS = 32;
    static final int BINS = 512;
    static final int GRID_BYTES = 3 * CELLS * CELLS;

    public FrameSignature {
        Objects.requireNonNull(grid, "grid");
        Objects.requireNonNull(colours, "colours");
        if (grid.length != GRID_BYTES || colours.length != BINS) {
            throw new IllegalArgumentException(
                    "a signature of %d and %d values, expected %d and %d"
                            .formatted(grid.length, colours.length, GRID_BYTES, BINS));
        }
    }

    /** Takes one look at every pixel. */
    public static FrameSignature of(Pixels pixels) {
        int width = pixels.widthPixels();
        int height = pixels.heightPixels();
        byte[] rgb = pixels.rgb();
        int[] sums = new int[GRID_BYTES];
        int[] counts = new int[CELLS * CELLS];
        int[] histogram = new int[BINS];
        for (int y = 0; y < height; y++) {
            int cellRow = y * CELLS / height * CELLS;
            for (int x = 0; x < width; x++) {
                int i = 3 * (y * width + x);
                int red = rgb[i] & 0xff;
                int green = rgb[i + 1] & 0xff;
                int blue = rgb[i + 2] & 0xff;
                int cell = cellRow + x * CELLS / width;
                counts[cell]++;
                sums[3 * cell] += red;
                sums[3 * cell + 1] += green;
                sums[3 * cell + 2] += blue;
                histogram[(red >> 5) << 6 | (green >> 5) << 3 | blue >> 5]++;
            }
        }
        byte[] grid = new byte[GRID_BYTES];
        for (int i = 0; i < GRID_BYTES; i++) {
            int count = Math.max(1, counts[i / 3]);
            grid[i] = (byte) ((sums[i] + count / 2) / count);
        }
        short[] colours = new short[BINS];
        for (int i = 0; i < BINS; i++) {
            colours[i] = (short) (65535L * histogram[i] / ((long) width * height));
        }
        return new FrameSignature(grid, colours);
    }

    /**
     * What part of the pixels would have to change colour to turn one histogram into the other: 0
     * (same colours) to 1 (no colour in common). Motion hardly changes it and a cut does: in six
     * clips of DAVIS 2017 neighbouring frames are at most 0.07 apart, every fourth frame at most
     * 0.17, and frames of different clips at least 0.56.
     */
    public double colourDistance(FrameSignature other) {
        long difference = 0;
        for (int i = 0; i < BINS; i++) {
            difference += Math.abs((colours[i] & 0xffff) - (other.colours[i] & 0xffff));
        }
        return difference / (2 * 65535.0);
    }

    /** Mean of the cells' absolute differences, in grey levels. */
    public double meanDifference(FrameSignature other) {
        long difference = 0;
        for (int i = 0; i < GRID_BYTES; i++) {
            difference += Math.abs((grid[i] & 0xff) - (other.grid[i] & 0xff));
        }
        return (double) difference / GRID_BYTES;
    }

    /**
     * The largest of the cells' absolute differences, in grey levels: a cell's mean leaves out a
     * sensor's noise and shows small things that move.
     */
    public int largestDifference(FrameSignature other) {
        int largest = 0;
        for (int i = 0; i < GRID_BYTES; i++) {
            largest = Math.max(largest, Math.abs((grid[i] & 0xff) - (other.grid[i] & 0xff)));
        }
        return largest;
    }
}
