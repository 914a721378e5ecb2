package impasto.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.decode.Decoded;
import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageHeader;
import impasto.decode.ImageLimits;
import impasto.decode.Pictures;
import impasto.decode.Pixels;
import impasto.decode.Region;
import impasto.frame.ImageEncoding;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameEncoderTest {
    private static final ImageLimits LIMITS = new ImageLimits(1 << 20, 1 << 20);
    private final FrameEncoder encoder = new FrameEncoder(90);

    @Test
    void whatIsEncodedIsTheSamePictureWhenDecoded() {
        FrameDecoder decoder = new FrameDecoder(64, 48, Fit.CENTRE_CROP, LIMITS);
        Pixels pixels = decoder.decode(Pictures.quartered(".png", 64, 48)).pixels();
        byte[] again = decoder.decode(encoder.encode(pixels)).pixels().rgb();
        for (int at : new int[] {0, 3 * (40 * 64 + 10), 3 * (40 * 64 + 50)}) {
            for (int c = 0; c < 3; c++) {
                assertThat(again[at + c] & 0xff)
                        .isCloseTo(pixels.rgb()[at + c] & 0xff, Offset.offset(6));
            }
        }
    }

    @Test
    void theBarsOfALetterboxAreCutOffAgain() {
        FrameDecoder decoder = new FrameDecoder(64, 64, Fit.LETTERBOX, LIMITS);
        Decoded decoded = decoder.decode(Pictures.red(".png", 128, 64));
        byte[] file = encoder.encode(decoded.pixels(), decoded.content());
        assertThat(ImageHeader.read(file))
                .isEqualTo(new ImageHeader(ImageEncoding.JPEG, 64, 32, 1, false));
        byte[] rgb = new FrameDecoder(64, 32, Fit.CENTRE_CROP, LIMITS).decode(file).pixels().rgb();
        assertThat(rgb[0] & 0xff).isGreaterThan(250);
        assertThat(rgb[rgb.length - 3] & 0xff).isGreaterThan(250);
    }

    @Test
    void higherQualityTakesMoreBytes() {
        byte[] noise = new byte[3 * 32 * 32];
        new Random(1).nextBytes(noise);
        Pixels pixels = new Pixels(noise, 32, 32);
        assertThat(new FrameEncoder(10).encode(pixels).length)
                .isLessThan(new FrameEncoder(95).encode(pixels).length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 101, -1})
    void aQualityOutsideTheScaleIsRefused(int quality) {
        assertThatThrownBy(() -> new FrameEncoder(quality))
                .hasMessage("JPEG quality " + quality + ", expected 1 to 100");
    }

    @Test
    void aRegionThatStandsOutOfThePictureIsRefused() {
        Pixels pixels = new Pixels(new byte[3 * 8 * 8], 8, 8);
        assertThatThrownBy(() -> encoder.encode(pixels, new Region(4, 0, 5, 8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 x 8");
    }

    @Test
    void threadsMayEncodeAtTheSameTimeAndNativeMemoryIsFreed() {
        Pixels pixels = new Pixels(new byte[3 * 256 * 256], 256, 256);
        byte[] expected = encoder.encode(pixels);
        long before = Pointer.totalBytes();
        assertThat(
                        IntStream.range(0, 64)
                                .parallel()
                                .allMatch(i -> Arrays.equals(encoder.encode(pixels), expected)))
                .isTrue();
        assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(before);
    }
}
