package impasto.decode;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;

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

    /**
     * Reads a picture's header and holds it against the limits.
     *
     * @throws BadInputException with TOO_LARGE if it is over the limits, with CORRUPT_IMAGE if it
     *     is not a whole picture
     */
    public ImageHeader check(byte[] image) {
        if (image.length > maxBytes) {
            throw new BadInputException(
                    DeadLetterReason.TOO_LARGE,
                    "picture of %d bytes, expected at most %d".formatted(image.length, maxBytes));
        }
        ImageHeader header = ImageHeader.read(image);
        if (header.pixelCount() > maxPixels) {
            throw new BadInputException(
                    DeadLetterReason.TOO_LARGE,
                    "picture of %d x %d pixels, expected at most %d pixels"
                            .formatted(header.widthPixels(), header.heightPixels(), maxPixels));
        }
        return header;
    }
}
