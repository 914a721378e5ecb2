package impasto.condition;

import impasto.condition.StreamFrame.Seen;
import impasto.condition.TextSchedule.Asked;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What brings a stream's own text back after a failure: not its embedding, which for a large model
 * is a megabyte, but the frame with which it was encoded.
 *
 * @param groupFrames frames of a group
 * @param index of the next frame
 * @param last the frame before
 * @param image the frame that the text encoder saw, as received; null if the encoder failed on it
 */
record TextState(int groupFrames, long index, Seen last, Asked asked, byte[] image) {

    private static final int FORMAT = 1;

    byte[] toBytes() {
        return StateBytes.write(
                FORMAT,
                out -> {
                    out.writeInt(groupFrames);
                    out.writeLong(index);
                    StreamState.write(out, last);
                    StreamState.write(out, asked.promptId().getBytes(StandardCharsets.UTF_8));
                    out.writeLong(asked.version());
                    StreamState.write(out, asked.text().getBytes(StandardCharsets.UTF_8));
                    StreamState.write(out, image);
                });
    }

    /**
     * @throws IllegalArgumentException if it is of another format
     */
    static TextState of(byte[] bytes) {
        return StateBytes.read(
                bytes,
                FORMAT,
                "a stream's text",
                in ->
                        new TextState(
                                in.readInt(),
                                in.readLong(),
                                StreamState.readSeen(in),
                                new Asked(readText(in), in.readLong(), readText(in)),
                                StreamState.readBytes(in)));
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(StreamState.readBytes(in), StandardCharsets.UTF_8);
    }
}
