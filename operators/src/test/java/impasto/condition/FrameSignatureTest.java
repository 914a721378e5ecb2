package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import impasto.decode.Pixels;
import java.util.List;
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
    void aPlainWallThatBrightensIsNotAnotherScene() {
        Random random = new Random(3);
        for (int level = 0; level <= 251; level++) {
            int green = random.nextInt(252);
            int blue = random.nextInt(252);
            assertThat(plain(level).colourDistance(plain(level + 2)))
                    .as("grey level %d", level)
                    .isLessThan(0.07);
            assertThat(
                            plain(level, green, blue)
                                    .colourDistance(plain(level + 4, green + 4, blue + 4)))
                    .as("red %d, green %d, blue %d", level, green, blue)
                    .isLessThan(0.13);
        }
    }

    @Test
    void aWallBetweenTwoLevelsThatBrightensIsNotAnotherScene() {
        for (int level = 0; level <= 252; level++) {
            assertThat(dithered(level).colourDistance(dithered(level + 2)))
                    .as("level %d.5", level)
                    .isLessThan(0.07);
        }
    }

    @Test
    void theMorePlainWallsDifferTheFurtherApartTheyAre() {
        for (int level = 0; level <= 191; level++) {
            assertThat(plain(level).colourDistance(plain(level + 64)))
                    .as("grey level %d", level)
                    .isGreaterThan(0.9);
        }
        assertThat(plain(0).colourDistance(plain(255))).isCloseTo(1, within(1e-3));
    }

    @Test
    void aCutBetweenPaintedScenesIsFarOverTheBoundAndTheirMotionAndLightFarBelow() {
        for (int frame = 0; frame < 20; frame++) {
            FrameSignature room = FrameSignature.of(room(frame, 0));
            FrameSignature meadow = FrameSignature.of(meadow(frame, 0));
            assertThat(room.colourDistance(meadow)).isGreaterThan(0.5);
            assertThat(room.colourDistance(FrameSignature.of(room(frame + 1, 2)))).isLessThan(0.1);
            assertThat(meadow.colourDistance(FrameSignature.of(meadow(frame + 1, 2))))
                    .isLessThan(0.1);
        }
    }

    @Test
    void everyPixelCountsOnce() {
        for (Pixels pixels : List.of(disc(40, 6), room(0, 0), meadow(0, 0))) {
            int sum = 0;
            for (short colour : FrameSignature.of(pixels).colours()) {
                sum += colour & 0xffff;
            }
            assertThat(sum).isBetween(65535 - FrameSignature.BINS, 65535);
        }
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

    /** {@code models/tests/test_drift.py} has the same value. */
    @Test
    void theModelsPackageComputesTheSameMeanDifference() {
        double difference = uneven(37).meanDifference(uneven(58));
        assertThat(difference).isCloseTo(186819 / 3072.0, within(1e-9));
    }

    /** 50 x 40 pixels, cells of one to four of them. */
    private static FrameSignature uneven(int factor) {
        byte[] rgb = new byte[3 * 50 * 40];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * i % 251 * factor);
        }
        return FrameSignature.of(new Pixels(rgb, 50, 40));
    }

    private interface Painting {
        /** Red, green and blue at a place, as 0xRRGGBB. */
        int at(int x, int y);
    }

    private static Pixels painted(int light, Painting painting) {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        for (int i = 0; i < SIZE * SIZE; i++) {
            int colour = painting.at(i % SIZE, i / SIZE);
            rgb[3 * i] = (byte) ((colour >> 16) + light);
            rgb[3 * i + 1] = (byte) ((colour >> 8 & 0xff) + light);
            rgb[3 * i + 2] = (byte) ((colour & 0xff) + light);
        }
        return new Pixels(rgb, SIZE, SIZE);
    }

    /** A wall in warm light, and somebody who walks past. */
    private static Pixels room(int frame, int light) {
        return painted(
                light,
                (x, y) ->
                        Math.hypot(x - 20 - 3 * frame, y - 90) < 25
                                ? 0x302838
                                : (160 + x / 8) << 16 | (128 + x / 8) << 8 | 90 + y / 8);
    }

    /** Grass under a sky, and a ball that rolls. */
    private static Pixels meadow(int frame, int light) {
        return painted(
                light,
                (x, y) ->
                        Math.hypot(x - 100 + 3 * frame, y - 100) < 12
                                ? 0xd02020
                                : y < 50
                                        ? 0x80a000 | 200 + y / 2
                                        : (50 + x % 16) << 16 | (120 + x % 24) << 8 | 40);
    }

    /** Half of the pixels of one grey level, half of the next. */
    private static FrameSignature dithered(int level) {
        return FrameSignature.of(painted(0, (x, y) -> (level + (x + y) % 2) * 0x010101));
    }

    private static FrameSignature plain(int grey) {
        return plain(grey, grey, grey);
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
