package impasto.decode;

import java.util.Objects;

/**
 * A decoded picture: {@code uint8 [height, width, 3]}, RGB, rows without padding.
 *
 * @param rgb {@code 3 * widthPixels * heightPixels} bytes; shared, not copied: nobody writes to it
 */
public record Pixels(byte[] rgb, int widthPixels, int heightPixels) {
    public Pixels {
        Objects.requireNonNull(rgb, "rgb");
        if (rgb.length != 3 * widthPixels * heightPixels) {
            throw new IllegalArgumentException(
                    "%d bytes for %d x %d RGB pixels, expected %d"
                            .formatted(
                                    rgb.length,
                                    widthPixels,
                                    heightPixels,
                                    3 * widthPixels * heightPixels));
        }
    }
}
