package impasto.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import impasto.frame.ImageEncoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Objects;

/**
 * What a picture file says about itself, read without decoding it.
 *
 * @param widthPixels as stored, before {@code orientation} is applied
 * @param heightPixels as stored, before {@code orientation} is applied
 * @param orientation the EXIF orientation, 1 (upright) to 8
 * @param alpha whether pixels may be transparent
 */
public record ImageHeader(
        ImageEncoding encoding, int widthPixels, int heightPixels, int orientation, boolean alpha) {

    private static final int EXIF_ORIENTATION_TAG = 0x0112;

    public ImageHeader {
        Objects.requireNonNull(encoding, "encoding");
        if (widthPixels < 1 || heightPixels < 1) {
            throw new IllegalArgumentException(
                    "picture of %d x %d pixels, expected at least 1 x 1"
                            .formatted(widthPixels, heightPixels));
        }
        if (orientation < 1 || orientation > 8) {
            throw new IllegalArgumentException(
                    "EXIF orientation %d, expected 1 to 8".formatted(orientation));
        }
    }

    /** Whether the upright picture is as wide as the stored one is high. */
    public boolean liesOnItsSide() {
        return orientation >= 5;
    }

    /** The number of pixels, which is beyond {@code int} for hostile headers. */
    public long pixelCount() {
        return (long) widthPixels * heightPixels;
    }

    /**
     * Reads the header, and walks through the file's segments to see that its end is there. Bytes
     * after the end are allowed, as some cameras pad their pictures. What is between the segments'
     * headers, the compressed pixels, is not looked at.
     *
     * @throws BadInputException with CORRUPT_IMAGE if this is no JPEG, PNG or WebP file, has no
     *     size, is animated, or is cut short; the message says what was found
     */
    public static ImageHeader read(byte[] image) {
        if (startsWith(image, 0, "\u00ff\u00d8\u00ff")) {
            return readJpeg(image);
        }
        if (startsWith(image, 0, "\u0089PNG\r\n\u001a\n")) {
            return readPng(image);
        }
        if (startsWith(image, 0, "RIFF") && startsWith(image, 8, "WEBP")) {
            return readWebp(image);
        }
        throw corrupt(
                "%d bytes that begin with %s, expected a JPEG, PNG or WebP file"
                        .formatted(
                                image.length,
                                image.length == 0
                                        ? "nothing"
                                        : HexFormat.ofDelimiter(" ")
                                                .formatHex(image, 0, Math.min(image.length, 12))));
    }

    /**
     * ITU T.81, annex B: segments up to the scans, then entropy-coded data up to the end marker.
     */
    private static ImageHeader readJpeg(byte[] image) {
        ByteBuffer file = ByteBuffer.wrap(image);
        int width = 0;
        int height = 0;
        int orientation = 1;
        boolean scanned = false;
        int at = 2;
        while (true) {
            at = nextJpegMarker(image, at);
            int marker = at < 0 ? -1 : image[at] & 0xff;
            if (marker < 0) {
                throw corrupt(
                        "JPEG of %d bytes without an end marker: it is cut short"
                                .formatted(image.length));
            }
            at++;
            if (marker == 0xd9) {
                break;
            }
            if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
                continue;
            }
            int length = at + 2 <= image.length ? file.getShort(at) & 0xffff : 0;
            if (length < 2 || at + length > image.length) {
                throw corrupt(
                        "JPEG segment %02x at byte %d has %d bytes, but the file ends at byte %d"
                                .formatted(marker, at - 2, length, image.length));
            }
            if (isJpegFrameHeader(marker) && length >= 7) {
                height = file.getShort(at + 3) & 0xffff;
                width = file.getShort(at + 5) & 0xffff;
            } else if (marker == 0xe1 && startsWith(image, at + 2, "Exif\0\0")) {
                orientation = exifOrientation(file.slice(at + 8, Math.max(0, length - 8)));
            } else if (marker == 0xda) {
                scanned = true;
            }
            at += length;
        }
        if (width == 0 || height == 0 || !scanned) {
            throw corrupt(
                    "JPEG of %d x %d pixels %s, expected a picture"
                            .formatted(width, height, scanned ? "with a scan" : "without a scan"));
        }
        return new ImageHeader(ImageEncoding.JPEG, width, height, orientation, false);
    }

    /** Index of the code of the next marker at or after {@code at}, or -1. */
    private static int nextJpegMarker(byte[] image, int at) {
        for (int i = at; i + 1 < image.length; i++) {
            // ff 00 is an escaped ff in entropy-coded data, and ff may be repeated before a code
            if (image[i] == (byte) 0xff && image[i + 1] != 0 && image[i + 1] != (byte) 0xff) {
                return i + 1;
            }
        }
        return -1;
    }

    private static boolean isJpegFrameHeader(int marker) {
        return marker >= 0xc0
                && marker <= 0xcf
                && marker != 0xc4
                && marker != 0xc8
                && marker != 0xcc;
    }

    /** PNG specification, section 5: chunks of length, type, data and check sum up to IEND. */
    private static ImageHeader readPng(byte[] image) {
        ByteBuffer file = ByteBuffer.wrap(image);
        int width = 0;
        int height = 0;
        int orientation = 1;
        boolean alpha = false;
        int at = 8;
        while (true) {
            if (at + 12 > image.length) {
                throw corrupt(
                        "PNG of %d bytes without an IEND chunk: it is cut short"
                                .formatted(image.length));
            }
            long length = file.getInt(at) & 0xffffffffL;
            if (at + 12 + length > image.length) {
                throw corrupt(
                        "PNG chunk at byte %d has %d bytes, but the file ends at byte %d"
                                .formatted(at, length, image.length));
            }
            String type = new String(image, at + 4, 4, ISO_8859_1);
            int data = at + 8;
            switch (type) {
                case "IHDR" -> {
                    if (length < 13) {
                        throw corrupt("PNG header of %d bytes, expected 13".formatted(length));
                    }
                    width = file.getInt(data);
                    height = file.getInt(data + 4);
                    alpha = (image[data + 9] & 4) != 0;
                }
                case "tRNS" -> alpha = true;
                case "eXIf" -> orientation = exifOrientation(file.slice(data, (int) length));
                default -> {}
            }
            if (type.equals("IEND")) {
                break;
            }
            at = data + (int) length + 4;
        }
        if (width < 1 || height < 1) {
            throw corrupt(
                    "PNG of %d x %d pixels, expected a picture"
                            .formatted(width & 0xffffffffL, height & 0xffffffffL));
        }
        return new ImageHeader(ImageEncoding.PNG, width, height, orientation, alpha);
    }

    /** RFC 9649: a RIFF file of one VP8, VP8L or VP8X chunk, and more behind the last. */
    private static ImageHeader readWebp(byte[] image) {
        ByteBuffer file = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        long end = 8 + (file.getInt(4) & 0xffffffffL);
        if (end > image.length || end < 30) {
            throw corrupt(
                    "WebP of %d bytes whose header says %d: it is cut short"
                            .formatted(image.length, end));
        }
        String type = new String(image, 12, 4, ISO_8859_1);
        int data = 20;
        int width;
        int height;
        int orientation = 1;
        boolean alpha = false;
        switch (type) {
            case "VP8 " -> {
                if (!startsWith(image, data + 3, "\u009d\u0001*")) {
                    throw corrupt("WebP whose VP8 data does not begin with a key frame");
                }
                width = file.getShort(data + 6) & 0x3fff;
                height = file.getShort(data + 8) & 0x3fff;
            }
            case "VP8L" -> {
                if (image[data] != 0x2f) {
                    throw corrupt(
                            "WebP whose VP8L data begins with %02x, expected 2f"
                                    .formatted(image[data]));
                }
                int bits = file.getInt(data + 1);
                width = (bits & 0x3fff) + 1;
                height = (bits >>> 14 & 0x3fff) + 1;
                alpha = (bits >>> 28 & 1) != 0;
            }
            case "VP8X" -> {
                int flags = image[data];
                if ((flags & 0x02) != 0) {
                    throw corrupt("animated WebP, expected a still picture");
                }
                alpha = (flags & 0x10) != 0;
                width = (file.getInt(data + 4) & 0xffffff) + 1;
                height = (file.getInt(data + 6) >>> 8) + 1;
                orientation = webpOrientation(image, file, (int) end);
            }
            default -> throw corrupt("WebP whose first chunk is '%s'".formatted(type));
        }
        if (width < 1 || height < 1) {
            throw corrupt("WebP of %d x %d pixels, expected a picture".formatted(width, height));
        }
        return new ImageHeader(ImageEncoding.WEBP, width, height, orientation, alpha);
    }

    private static int webpOrientation(byte[] image, ByteBuffer file, int end) {
        long at = 12;
        while (at + 8 <= end) {
            long length = file.getInt((int) at + 4) & 0xffffffffL;
            if (at + 8 + length > end) {
                throw corrupt(
                        "WebP chunk at byte %d has %d bytes, but the file ends at byte %d"
                                .formatted(at, length, end));
            }
            if (startsWith(image, (int) at, "EXIF")) {
                return exifOrientation(file.slice((int) at + 8, (int) length));
            }
            at += 8 + length + (length & 1);
        }
        return 1;
    }

    /**
     * TIFF 6.0: the orientation entry of the first directory. Metadata that cannot be read says
     * nothing about the pixels: the picture then counts as upright.
     *
     * @param tiff from its byte-order mark on
     */
    private static int exifOrientation(ByteBuffer tiff) {
        if (tiff.limit() < 8) {
            return 1;
        }
        tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        if (tiff.getShort(2) != 42 || directory < 8 || directory > tiff.limit() - 2) {
            return 1;
        }
        int entries = tiff.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + 12 * i;
            if (entry + 12 > tiff.limit()) {
                return 1;
            }
            if ((tiff.getShort(entry) & 0xffff) == EXIF_ORIENTATION_TAG) {
                int orientation = tiff.getShort(entry + 8);
                return orientation >= 1 && orientation <= 8 ? orientation : 1;
            }
        }
        return 1;
    }

    /**
     * @param expected one character a byte
     */
    private static boolean startsWith(byte[] bytes, int at, String expected) {
        if (at + expected.length() > bytes.length) {
            return false;
        }
        for (int i = 0; i < expected.length(); i++) {
            if ((bytes[at + i] & 0xff) != expected.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static BadInputException corrupt(String message) {
        return new BadInputException(DeadLetterReason.CORRUPT_IMAGE, message);
    }
}
