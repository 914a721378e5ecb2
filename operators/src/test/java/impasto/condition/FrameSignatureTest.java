package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import impasto.decode.Pixels;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameSignatureTest {

    private static final int SIZE = 128;

    @Test
    void aFrameIsNotApartFromItself() {
        FrameSignature signature = FrameSignature.of(disc(40, 0));
        assertThat(signature.colourDistance(signature)).isZero();
        assertThat(signature.meanDifference(signature)).isZero();
        assertThat(signature.largestDifference(signature)).isZero();
    }

    @Test
    void whatMovesChangesPlacesAndNotColours() {
        FrameSignature before = FrameSignature.of(disc(40, 0));
        FrameSignature after = FrameSignature.of(disc(80, 0));
        assertThat(before.colourDistance(after)).isLessThan(0.05);
        assertThat(before.largestDifference(after)).isGreaterThan(50);
        assertThat(before.meanDifference(after)).isGreaterThan(1);
    }

    @Test
    void aSceneInOtherColoursIsFarAway() {
        assertThat(plain(200, 30, 30).colourDistance(plain(30, 30, 200)))
                .isCloseTo(1, within(1e-3));
    }

    @Test
    void aSensorsNoiseHardlyShows() {
        FrameSignature quiet = FrameSignature.of(disc(40, 0));
        FrameSignature noisy = FrameSignature.of(disc(40, 6));
        assertThat(quiet.largestDifference(noisy)).isLessThan(8);
        assertThat(quiet.meanDifference(noisy)).isLessThan(2);
    }

    @Test
    void framesSmallerThanTheGridHaveASignatureToo() {
        FrameSignature tiny = FrameSignature.of(new Pixels(new byte[3 * 8 * 8], 8, 8));
        assertThat(tiny.meanDifference(tiny)).isZero();
    }

    static FrameSignature plain(int red, int green, int blue) {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        for (int i = 0; i < rgb.length; i += 3) {
            rgb[i] = (byte) red;
            rgb[i + 1] = (byte) green;
            rgb[i + 2] = (byte) blue;
        }
        return FrameSignature.of(new Pixels(rgb, SIZE, SIZE));
    }

    /** A bright disc on a dark ground, with noise up to so many grey levels. */
    static Pixels disc(int centre, int noise) {
        Random random = new Random(5);
        byte[] rgb = new byte[3 * SIZE * SIZE];
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                boolean inside = Math.hypot(x - centre, y - 64) < 20;
                for (int channel = 0; channel < 3; channel++) {
                    int value = inside ? 200 : 48 + 4 * channel;
                    rgb[3 * (y * SIZE + x) + channel] =
                            (byte) (value + random.nextInt(2 * noise + 1) - noise);
                }
            }
        }
        return new Pixels(rgb, SIZE, SIZE);
    }
}
