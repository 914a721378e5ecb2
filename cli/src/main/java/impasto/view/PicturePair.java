package impasto.view;

import impasto.schemas.Outcome;
import java.nio.ByteBuffer;

/**
 * The two pictures of one frame, as they go to a browser: one binary message, big-endian.
 *
 * <pre>
 *  0 u8   format, 1
 *  1 u8   outcome: 1 stylized, 2 passed through, 3 skipped, 0 unknown, 255 no output yet
 *  2 u16  stream index, as in the "streams" message
 *  4 i64  sequence
 * 12 i64  version of the prompt that made the output, -1 if none
 * 20 i32  bytes of the input picture, 0 if it was not seen
 * 24      input picture, then output picture to the end of the message (empty if no output yet)
 * </pre>
 */
final class PicturePair {
    static final int NO_OUTPUT = 255;
    private static final int HEADER_BYTES = 24;

    private final int stream;
    private final ByteBuffer message;

    PicturePair(
            int stream,
            int outcome,
            long sequence,
            long promptVersion,
            byte[] input,
            byte[] output) {
        this.stream = stream;
        message = ByteBuffer.allocate(HEADER_BYTES + input.length + output.length);
        message.put((byte) 1)
                .put((byte) outcome)
                .putShort((short) stream)
                .putLong(sequence)
                .putLong(promptVersion)
                .putInt(input.length)
                .put(input)
                .put(output)
                .flip();
    }

    static int code(Outcome outcome) {
        return switch (outcome) {
            case STYLIZED -> 1;
            case PASSED_THROUGH -> 2;
            case SKIPPED -> 3;
            case DROPPED, UNKNOWN -> 0;
        };
    }

    int stream() {
        return stream;
    }

    /** A view of its own for each browser. */
    ByteBuffer message() {
        return message.asReadOnlyBuffer();
    }
}
