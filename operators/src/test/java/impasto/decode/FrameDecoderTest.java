package impasto.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final ImageLimits LIMITS = new ImageLimits(1 << 20, 1 << 20);
    private static final int[] RED = {255, 0, 0};
    private static final int[] GREEN = {0, 255, 0};
    private static final int[] BLUE = {0, 0, 255};
    private static final int[] BLACK = {0, 0, 0};

    private final FrameDecoder cropping = new FrameDecoder(64, 64, Fit.CENTRE_CROP, LIMITS);
    private final FrameDecoder boxing = new FrameDecoder(64, 64, Fit.LETTERBOX, LIMITS);

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".png", ".webp"})
    void everyFormatBecomesRgbAtTheModelsSize(String extension) {
        Decoded decoded = cropping.decode(Pictures.quartered(extension, 128, 128));
        assertThat(decoded.pixels().widthPixels()).isEqualTo(64);
        assertThat(decoded.pixels().heightPixels()).isEqualTo(64);
        assertThat(decoded.content()).isEqualTo(new Region(0, 0, 64, 64));
        assertColour(decoded, 4, 4, GREEN);
        assertColour(decoded, 10, 50, RED);
        assertColour(decoded, 50, 50, BLUE);
    }

    @ParameterizedTest
    @CsvSource({"16, 16", "64, 64", "65, 63", "300, 300"})
    void smallerAndLargerPicturesFillTheModelsFrame(int width, int height) {
        Decoded decoded = cropping.decode(Pictures.quartered(".png", width, height));
        assertColour(decoded, 4, 4, GREEN);
        assertColour(decoded, 10, 50, RED);
        assertColour(decoded, 50, 50, BLUE);
    }

    @Test
    void aCentreCropKeepsTheMiddle() {
        // 256 x 64: red up to column 128, of which the model sees 96 to 159
        Decoded decoded = cropping.decode(Pictures.quartered(".png", 256, 64));
        assertColour(decoded, 30, 40, RED);
        assertColour(decoded, 33, 40, BLUE);
        assertColour(decoded, 0, 15, GREEN);
        assertColour(decoded, 0, 16, RED);
    }

    @Test
    void aLetterboxKeepsTheWholePictureBetweenBlackBars() {
        Decoded decoded = boxing.decode(Pictures.quartered(".png", 256, 128));
        assertThat(decoded.content()).isEqualTo(new Region(0, 16, 64, 32));
        assertColour(decoded, 32, 15, BLACK);
        assertColour(decoded, 2, 16, GREEN);
        assertColour(decoded, 2, 47, RED);
        assertColour(decoded, 63, 47, BLUE);
        assertColour(decoded, 32, 48, BLACK);
    }

    @Test
    void aLetterboxOfATallPictureHasItsBarsAtTheSides() {
        Decoded decoded = boxing.decode(Pictures.quartered(".png", 128, 256));
        assertThat(decoded.content()).isEqualTo(new Region(16, 0, 32, 64));
        assertColour(decoded, 15, 0, BLACK);
        assertColour(decoded, 16, 0, GREEN);
        assertColour(decoded, 16, 63, RED);
        assertColour(decoded, 47, 63, BLUE);
        assertColour(decoded, 48, 63, BLACK);
    }

    @Test
    void extremeShapesStillHaveContent() {
        assertThat(boxing.decode(Pictures.red(".png", 1000, 1)).content())
                .isEqualTo(new Region(0, 31, 64, 1));
        assertColour(cropping.decode(Pictures.red(".png", 1, 1000)), 32, 32, RED);
    }

    /** The corner in which green lies when a picture with green at the upper left is turned. */
    @ParameterizedTest
    @CsvSource({
        "1, 4, 4",
        "2, 59, 4",
        "3, 59, 59",
        "4, 4, 59",
        "5, 4, 4",
        "6, 59, 4",
        "7, 59, 59",
        "8, 4, 59"
    })
    void theExifOrientationIsApplied(int orientation, int x, int y) {
        byte[] jpeg = Pictures.oriented(Pictures.quartered(".jpg", 128, 128), orientation);
        Decoded decoded = cropping.decode(jpeg);
        assertColour(decoded, x, y, GREEN);
        boolean side = orientation >= 5;
        // red is below green and blue to its right before the picture is turned
        assertColour(decoded, side ? 63 - x : x, side ? y : 63 - y, RED);
        assertColour(decoded, side ? x : 63 - x, side ? 63 - y : y, BLUE);
    }

    @Test
    void aPictureOnItsSideIsFittedUpright() {
        byte[] jpeg = Pictures.oriented(Pictures.quartered(".jpg", 128, 64), 6);
        assertThat(boxing.decode(jpeg).content()).isEqualTo(new Region(16, 0, 32, 64));
    }

    @Test
    void transparencyIsLaidOverBlack() {
        assertColour(
                cropping.decode(Pictures.translucent(".png", 64, 64, 128)),
                5,
                5,
                new int[] {128, 0, 0});
        assertColour(cropping.decode(Pictures.translucent(".png", 64, 64, 0)), 5, 5, BLACK);
        assertColour(
                cropping.decode(Pictures.translucent(".webp", 64, 64, 128)),
                5,
                5,
                new int[] {128, 0, 0});
        assertColour(
                cropping.decode(Pictures.translucent16(64, 64, 32896)),
                5,
                5,
                new int[] {128, 0, 0});
    }

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".png"})
    void greyBecomesRgb(String extension) {
        Decoded decoded = cropping.decode(Pictures.grey(extension, 80, 80, 77));
        assertColour(decoded, 20, 20, new int[] {77, 77, 77});
    }

    @Test
    void filesAndPicturesOverTheLimitsAreTooLarge() {
        FrameDecoder strict =
                new FrameDecoder(64, 64, Fit.CENTRE_CROP, new ImageLimits(2000, 10_000));
        assertThat(reasonOf(strict, new byte[2001])).isEqualTo(DeadLetterReason.TOO_LARGE);
        assertThat(reasonOf(strict, Pictures.pngHeader(101, 100)))
                .isEqualTo(DeadLetterReason.TOO_LARGE);
        assertThat(reasonOf(strict, Pictures.pngHeader(Integer.MAX_VALUE, Integer.MAX_VALUE)))
                .isEqualTo(DeadLetterReason.TOO_LARGE);
    }

    @Test
    void aHeaderWithoutPixelsIsCorrupt() {
        assertThat(reasonOf(cropping, Pictures.pngHeader(100, 100)))
                .isEqualTo(DeadLetterReason.CORRUPT_IMAGE);
    }

    @Test
    void aTruncatedPictureIsCorrupt() {
        byte[] whole = Pictures.quartered(".jpg", 64, 64);
        assertThat(reasonOf(cropping, Arrays.copyOf(whole, whole.length / 2)))
                .isEqualTo(DeadLetterReason.CORRUPT_IMAGE);
    }

    @Test
    void threadsMayDecodeAtTheSameTime() {
        byte[] jpeg = Pictures.quartered(".jpg", 128, 128);
        byte[] expected = cropping.decode(jpeg).pixels().rgb();
        assertThat(
                        IntStream.range(0, 64)
                                .parallel()
                                .mapToObj(i -> cropping.decode(jpeg).pixels().rgb())
                                .allMatch(rgb -> Arrays.equals(rgb, expected)))
                .isTrue();
    }

    @Test
    void nativeMemoryIsFreedWithoutTheGarbageCollector() {
        byte[] png = Pictures.translucent(".png", 512, 512, 9);
        cropping.decode(png);
        long before = Pointer.totalBytes();
        for (int i = 0; i < 20; i++) {
            cropping.decode(png);
        }
        assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(before);
    }

    private static DeadLetterReason reasonOf(FrameDecoder decoder, byte[] image) {
        return catchThrowableOfType(BadInputException.class, () -> decoder.decode(image)).reason();
    }

    private static void assertColour(Decoded decoded, int x, int y, int[] rgb) {
        byte[] bytes = decoded.pixels().rgb();
        for (int c = 0; c < 3; c++) {
            assertThat(bytes[3 * (y * decoded.pixels().widthPixels() + x) + c] & 0xff)
                    .as("channel %d at (%d, %d)", c, x, y)
                    .isCloseTo(rgb[c], Offset.offset(4));
        }
    }
}
