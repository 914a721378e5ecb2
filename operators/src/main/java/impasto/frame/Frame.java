package impasto.frame;

import java.util.Objects;

/**
 * One encoded picture of one stream.
 *
 * @param streamId which camera, 1 to 255 characters without control characters
 * @param sequence position in the stream
 * @param captureTimeMicros microseconds since the epoch by the camera's clock
 * @param image a whole JPEG, PNG or WebP file; shared, not copied: nobody writes to it
 * @param origin where the frame was read from
 */
public record Frame(
        String streamId, long sequence, long captureTimeMicros, byte[] image, RecordOrigin origin) {

    /** Longest accepted stream name, in characters. */
    public static final int MAX_STREAM_ID_LENGTH = 255;

    /**
     * @throws IllegalArgumentException if the stream's name or the picture is empty, or the name is
     *     too long or has control characters; the message says which
     */
    public Frame {
        Objects.requireNonNull(streamId, "streamId");
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(origin, "origin");
        if (streamId.isEmpty() || streamId.length() > MAX_STREAM_ID_LENGTH) {
            throw new IllegalArgumentException(
                    "stream_id has %d characters, expected 1 to %d"
                            .formatted(streamId.length(), MAX_STREAM_ID_LENGTH));
        }
        if (streamId.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("stream_id has control characters, expected none");
        }
        if (image.length == 0) {
            throw new IllegalArgumentException(
                    "image has 0 bytes, expected a JPEG, PNG or WebP file");
        }
    }

    @Override
    public String toString() {
        return "frame %d of stream '%s' (%d bytes, %s)"
                .formatted(sequence, streamId, image.length, origin);
    }
}
