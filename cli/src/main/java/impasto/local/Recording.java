package impasto.local;

import impasto.schemas.Frame;
import impasto.schemas.StylizedFrame;
import impasto.video.SideBySide;
import impasto.video.VideoWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Writes each stream's results to {@code DIR/<stream>.mp4}, and beside their inputs to {@code
 * DIR/<stream>-side-by-side.mp4}. Results come in the order of their stream; inputs before or after
 * them. Not thread-safe.
 */
public final class Recording implements AutoCloseable {

    private final Path folder;
    private final double framesPerSecond;
    private final Map<FrameKey, byte[]> inputs = new HashMap<>();
    private final Map<FrameKey, byte[]> results = new HashMap<>();
    private final Map<String, Videos> videos = new HashMap<>();

    private record FrameKey(String streamId, long sequence) {}

    /** The two files of one stream. */
    private record Videos(VideoWriter result, VideoWriter sideBySide, int heightPixels) {}

    /**
     * @param framesPerSecond of the videos
     */
    public Recording(Path folder, double framesPerSecond) {
        this.folder = folder;
        this.framesPerSecond = framesPerSecond;
    }

    /** Takes an input; its result is written now if it was waiting for it. */
    public void input(Frame frame) throws IOException {
        FrameKey key = new FrameKey(frame.getStreamId(), frame.getSequence());
        byte[] result = results.remove(key);
        if (result == null) {
            inputs.put(key, bytes(frame.getImage()));
        } else {
            write(key.streamId, bytes(frame.getImage()), result);
        }
    }

    /** Takes a result; a dropped frame has no picture and is left out of the videos. */
    public void result(StylizedFrame frame) throws IOException {
        FrameKey key = new FrameKey(frame.getStreamId(), frame.getSequence());
        byte[] input = inputs.remove(key);
        if (frame.getImage() == null) {
            return;
        }
        if (input == null) {
            results.put(key, bytes(frame.getImage()));
        } else {
            write(key.streamId, input, bytes(frame.getImage()));
        }
    }

    private void write(String streamId, byte[] input, byte[] result) throws IOException {
        BufferedImage left = picture(input);
        BufferedImage right = picture(result);
        Videos files = videos.get(streamId);
        if (files == null) {
            files = open(streamId, left, right);
            videos.put(streamId, files);
        }
        files.result.write(right);
        files.sideBySide.write(new SideBySide(files.heightPixels).compose(left, right));
    }

    private Videos open(String streamId, BufferedImage left, BufferedImage right)
            throws IOException {
        String name = streamId.replaceAll("[^A-Za-z0-9._-]", "_");
        int height = Math.max(left.getHeight(), right.getHeight());
        BufferedImage both = new SideBySide(height).compose(left, right);
        return new Videos(
                new VideoWriter(
                        folder.resolve(name + ".mp4"),
                        right.getWidth(),
                        right.getHeight(),
                        framesPerSecond),
                new VideoWriter(
                        folder.resolve(name + "-side-by-side.mp4"),
                        both.getWidth(),
                        both.getHeight(),
                        framesPerSecond),
                height);
    }

    private static BufferedImage picture(byte[] image) throws IOException {
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(image));
        if (picture == null) {
            throw new IOException("a picture of %d bytes cannot be read".formatted(image.length));
        }
        return picture;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** Ends the files. */
    @Override
    public void close() throws IOException {
        for (Videos files : videos.values()) {
            files.result.close();
            files.sideBySide.close();
        }
    }
}
