package impasto.decode;

/**
 * How large an input picture may be.
 *
 * @param maxBytes largest file, in bytes
 * @param maxPixels largest picture, in pixels: what bounds the memory that decoding takes
 */
public record ImageLimits(int maxBytes, long maxPixels) {
    public ImageLimits {
        if (maxBytes < 1 || maxPixels < 1) {
            throw new IllegalArgumentException(
                    "limits of %d bytes and %d pixels, expected at least 1 of each"
                            .formatted(maxBytes, maxPixels));
        }
    }
}
