package impasto.evaluation.measure;

import impasto.decode.Pixels;
import java.util.ArrayList;
import java.util.List;

/** The pictures of {@code src/test/golden/measures.py}, in whole numbers. */
final class Textures {

    static final int WIDTH = 96;
    static final int HEIGHT = 64;
    static final int COUNT = 4;

    private Textures() {}

    static List<Pixels> inputs() {
        return moving(1);
    }

    static List<Pixels> references() {
        return moving(2);
    }

    /** The references, darker and with grain that differs from picture to picture. */
    static List<Pixels> outputs() {
        List<Pixels> outputs = new ArrayList<>();
        for (int index = 0; index < COUNT; index++) {
            byte[] rgb = references().get(index).rgb().clone();
            for (int i = 0; i < rgb.length; i++) {
                int grain = noise(i / 3 % WIDTH, i / 3 / WIDTH, i % 3, 100 + index) / 16;
                rgb[i] = (byte) ((rgb[i] & 0xff) * 15 / 16 + grain);
            }
            outputs.add(new Pixels(rgb, WIDTH, HEIGHT));
        }
        return outputs;
    }

    private static List<Pixels> moving(int seed) {
        List<Pixels> pictures = new ArrayList<>();
        for (int index = 0; index < COUNT; index++) {
            pictures.add(texture(index, seed));
        }
        return pictures;
    }

    /** Blocks of 4 x 4 pixels, averaged over 5 x 5, two pixels to the right and one down a step. */
    static Pixels texture(int index, int seed) {
        byte[] rgb = new byte[3 * WIDTH * HEIGHT];
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                for (int c = 0; c < 3; c++) {
                    int total = 0;
                    for (int dy = -2; dy <= 2; dy++) {
                        for (int dx = -2; dx <= 2; dx++) {
                            total +=
                                    noise(
                                            (x + dx + 1000 - 2 * index) / 4,
                                            (y + dy + 1000 - index) / 4,
                                            c,
                                            seed);
                        }
                    }
                    rgb[3 * (y * WIDTH + x) + c] = (byte) (total / 25);
                }
            }
        }
        return new Pixels(rgb, WIDTH, HEIGHT);
    }

    static int noise(int x, int y, int c, int seed) {
        int h = x * 73856093;
        h ^= y * 19349663;
        h ^= (int) (c * 83492791L + seed * 2654435761L);
        h ^= h >>> 13;
        h *= 1274126177;
        h ^= h >>> 16;
        return h & 255;
    }
}
