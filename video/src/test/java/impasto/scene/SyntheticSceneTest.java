package impasto.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticSceneTest {

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void paintsTheSameFrameForTheSameSeedAndIndex(long seed) {
        SyntheticScene scene = new SyntheticScene(seed, 30);
        for (int i = 0; i < 40; i++) {
            scene.next();
        }
        int[] fortieth = pixels(scene.next());

        assertThat(pixels(new SyntheticScene(seed, 30).frame(40))).isEqualTo(fortieth);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void movesALittleFromFrameToFrameAndLeavesNoPixelUnpainted(long seed) {
        SyntheticScene scene = new SyntheticScene(seed, 30);
        int[] before = pixels(scene.next());
        for (int i = 0; i < 5; i++) {
            int[] now = pixels(scene.next());
            assertThat(meanDifference(before, now)).isBetween(0.02, 12.0);
            before = now;
        }
        for (int n : new int[] {0, 300, 600, 900}) {
            assertThat(pixels(scene.frame(n))).doesNotContain(0xff000000);
        }
    }

    @Test
    void showsAnotherPlaceForAnotherSeed() {
        int[] street = pixels(new SyntheticScene(0, 30).next());
        int[] harbour = pixels(new SyntheticScene(1, 30).next());

        assertThat(meanDifference(street, harbour)).isGreaterThan(30);
    }

    @Test
    void paintsAtTheAskedSize() {
        try (SyntheticScene scene = new SyntheticScene(4, 30, 256)) {
            assertThat(scene.widthPixels()).isEqualTo(256);
            assertThat(scene.next().getHeight()).isEqualTo(256);
        }
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    private static double meanDifference(int[] a, int[] b) {
        long sum = 0;
        for (int i = 0; i < a.length; i++) {
            for (int shift = 0; shift < 24; shift += 8) {
                sum += Math.abs((a[i] >> shift & 255) - (b[i] >> shift & 255));
            }
        }
        return sum / (3.0 * a.length);
    }
}
