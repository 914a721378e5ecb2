package impasto.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import impasto.frame.ImageEncoding;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHeaderTest {
    @ParameterizedTest
    @CsvSource({".jpg, JPEG", ".png, PNG", ".webp, WEBP"})
    void theSizeIsReadFromEveryFormat(String extension, ImageEncoding encoding) {
        ImageHeader header = ImageHeader.read(Pictures.quartered(extension, 70, 34));
        assertThat(header).isEqualTo(new ImageHeader(encoding, 70, 34, 1, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {".png", ".webp"})
    void transparencyIsNoticed(String extension) {
        ImageHeader header = ImageHeader.read(Pictures.translucent(extension, 20, 10, 128));
        assertThat(header.alpha()).isTrue();
        assertThat(header.widthPixels()).isEqualTo(20);
        assertThat(header.heightPixels()).isEqualTo(10);
    }

    @Test
    void theExifOrientationIsRead() {
        byte[] jpeg = Pictures.oriented(Pictures.red(".jpg", 8, 8), 6);
        assertThat(ImageHeader.read(jpeg).orientation()).isEqualTo(6);
        assertThat(ImageHeader.read(jpeg).liesOnItsSide()).isTrue();
    }

    @Test
    void anOrientationThatDoesNotExistCountsAsUpright() {
        byte[] jpeg = Pictures.oriented(Pictures.red(".jpg", 8, 8), 9);
        assertThat(ImageHeader.read(jpeg).orientation()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".png", ".webp"})
    void everyTruncationIsCorrupt(String extension) {
        byte[] whole = Pictures.quartered(extension, 64, 64);
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ImageHeader.read(part))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(BadInputException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".png", ".webp"})
    void bytesBehindTheEndAreTolerated(String extension) {
        byte[] whole = Pictures.quartered(extension, 64, 64);
        byte[] padded = Arrays.copyOf(whole, whole.length + 100);
        Arrays.fill(padded, whole.length + 50, padded.length, (byte) 0xab);
        assertThat(ImageHeader.read(padded)).isEqualTo(ImageHeader.read(whole));
    }

    @Test
    void theEndMarkerOfAnEmbeddedThumbnailDoesNotEndThePicture() {
        byte[] jpeg = Pictures.red(".jpg", 16, 16);
        byte[] withThumbnail = new byte[jpeg.length + 6];
        System.arraycopy(jpeg, 0, withThumbnail, 0, 2);
        System.arraycopy(
                new byte[] {(byte) 0xff, (byte) 0xe2, 0, 4, (byte) 0xff, (byte) 0xd9},
                0,
                withThumbnail,
                2,
                6);
        System.arraycopy(jpeg, 2, withThumbnail, 8, jpeg.length - 2);
        assertThat(ImageHeader.read(withThumbnail).widthPixels()).isEqualTo(16);
        byte[] cut = Arrays.copyOf(withThumbnail, withThumbnail.length - 2);
        assertThatThrownBy(() -> ImageHeader.read(cut)).hasMessageContaining("cut short");
    }

    @Test
    void otherFilesAreNamedByTheirFirstBytes() {
        BadInputException e =
                catchThrowableOfType(
                        BadInputException.class, () -> ImageHeader.read("GIF89a".getBytes(UTF_8)));
        assertThat(e.reason()).isEqualTo(DeadLetterReason.CORRUPT_IMAGE);
        assertThat(e)
                .hasMessage(
                        "6 bytes that begin with 47 49 46 38 39 61, expected a JPEG, PNG or WebP"
                                + " file");
    }

    @Test
    void flippedBytesGiveAHeaderOrABadInputAndNothingElse() {
        Random random = new Random(7);
        for (String extension : new String[] {".jpg", ".png", ".webp"}) {
            byte[] whole = Pictures.oriented(Pictures.quartered(".jpg", 32, 32), 3);
            if (!extension.equals(".jpg")) {
                whole = Pictures.translucent(extension, 32, 32, 100);
            }
            for (int i = 0; i < 3000; i++) {
                byte[] broken = whole.clone();
                for (int n = random.nextInt(1, 5); n > 0; n--) {
                    broken[random.nextInt(Math.min(80, broken.length))] = (byte) random.nextInt();
                }
                try {
                    ImageHeader.read(broken);
                } catch (BadInputException e) {
                    assertThat(e.reason()).isEqualTo(DeadLetterReason.CORRUPT_IMAGE);
                }
            }
        }
    }
}
