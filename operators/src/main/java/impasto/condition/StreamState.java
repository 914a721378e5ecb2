package impasto.condition;

import impasto.condition.StreamFrame.Seen;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What brings a stream's conditioning back after a failure.
 *
 * @param groupFrames frames of a group
 * @param index of the next frame
 * @param last the frame before
 * @param upcoming the anchor of a group that begins with the next frame, if it may be refreshed; or
 *     null
 * @param refreshed the last group for which embeddings were made
 */
record StreamState(
        int groupFrames, long index, Seen last, AnchorState upcoming, RefreshedState refreshed) {

    private static final int FORMAT = 2;

    /**
     * An anchor.
     *
     * @param image its input as received
     * @param output {@code uint8 [H, W, 3]}; null if the model failed on it
     */
    record AnchorState(byte[] image, byte[] output) {}

    /**
     * A group with embeddings.
     *
     * @param first signature of its first frame
     * @param anchor on which it is conditioned; null for the first group, and where no frame needs
     *     it any more
     * @param images its inputs as received, where its embeddings are reused; null for a frame on
     *     which the model failed
     */
    record RefreshedState(
            long group, FrameSignature first, AnchorState anchor, List<byte[]> images) {}

    /**
     * As they are: the GPU waits meanwhile, and Flink compresses snapshots itself where it is told
     * to.
     */
    byte[] toBytes() {
        return StateBytes.write(
                FORMAT,
                out -> {
                    out.writeInt(groupFrames);
                    out.writeLong(index);
                    write(out, last);
                    write(out, upcoming);
                    out.writeLong(refreshed.group);
                    write(out, refreshed.first);
                    write(out, refreshed.anchor);
                    out.writeInt(refreshed.images.size());
                    for (byte[] image : refreshed.images) {
                        write(out, image);
                    }
                });
    }

    /**
     * @throws IllegalArgumentException if it is of another format
     */
    static StreamState of(byte[] bytes) {
        return StateBytes.read(
                bytes,
                FORMAT,
                "a stream's conditioning",
                in ->
                        new StreamState(
                                in.readInt(),
                                in.readLong(),
                                readSeen(in),
                                readAnchor(in),
                                readRefreshed(in)));
    }

    private static RefreshedState readRefreshed(DataInputStream in) throws IOException {
        long group = in.readLong();
        FrameSignature first = readSignature(in);
        AnchorState anchor = readAnchor(in);
        int count = in.readInt();
        List<byte[]> images = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            images.add(readBytes(in));
        }
        return new RefreshedState(group, first, anchor, images);
    }

    private static void write(DataOutputStream out, AnchorState anchor) throws IOException {
        out.writeBoolean(anchor != null);
        if (anchor != null) {
            write(out, anchor.image);
            write(out, anchor.output);
        }
    }

    private static AnchorState readAnchor(DataInputStream in) throws IOException {
        return in.readBoolean() ? new AnchorState(readBytes(in), readBytes(in)) : null;
    }

    static void write(DataOutputStream out, Seen seen) throws IOException {
        write(out, seen.signature());
        out.writeLong(seen.appendTimeMillis());
        out.writeLong(seen.look());
    }

    static Seen readSeen(DataInputStream in) throws IOException {
        return new Seen(readSignature(in), in.readLong(), in.readLong());
    }

    private static void write(DataOutputStream out, FrameSignature signature) throws IOException {
        out.write(signature.grid());
        for (short colour : signature.colours()) {
            out.writeShort(colour);
        }
    }

    private static FrameSignature readSignature(DataInputStream in) throws IOException {
        byte[] grid = in.readNBytes(FrameSignature.GRID_BYTES);
        short[] colours = new short[FrameSignature.BINS];
        for (int i = 0; i < colours.length; i++) {
            colours[i] = in.readShort();
        }
        return new FrameSignature(grid, colours);
    }

    static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            out.write(bytes);
        }
    }

    static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : in.readNBytes(length);
    }
}
