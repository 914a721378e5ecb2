package impasto.decode;

/**
 * An upright rectangle of a picture, in pixels from its upper left corner.
 *
 * @param x its leftmost column
 * @param y its uppermost row
 */
public record Region(int x, int y, int widthPixels, int heightPixels) {
    public Region {
        if (x < 0 || y < 0 || widthPixels < 1 || heightPixels < 1) {
            throw new IllegalArgumentException(
                    "region of %d x %d pixels at (%d, %d), expected at least 1 x 1 at (0, 0) or later"
                            .formatted(widthPixels, heightPixels, x, y));
        }
    }
}
