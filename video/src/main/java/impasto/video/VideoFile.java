package impasto.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.swscale.SWS_AREA;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.FrameGrabber;

/**
 * Any video file that FFmpeg reads, from its beginning again when it ends: the middle square of
 * each picture, at most {@value #MAX_SIDE_PIXELS} pixels wide.
 */
public final class VideoFile implements FrameSource {

    static final int MAX_SIDE_PIXELS = 512;

    static {
        av_log_set_level(AV_LOG_QUIET);
    }

    private final Path file;
    private final FFmpegFrameGrabber grabber;
    private final int side;
    private final int quarterTurns;
    private final double framesPerSecond;
    private final BufferedImage square;
    private boolean closed;

    /**
     * Opens the file.
     *
     * @throws NoSuchFileException if it does not exist
     * @throws IOException if FFmpeg cannot read it or it has no video stream
     */
    public VideoFile(Path file) throws IOException {
        this.file = file;
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such video file");
        }
        this.grabber = new FFmpegFrameGrabber(file.toFile());
        grabber.setImageScalingFlags(SWS_AREA);
        try {
            grabber.start();
            int width = grabber.getImageWidth();
            int height = grabber.getImageHeight();
            if (!grabber.hasVideo() || width <= 0 || height <= 0) {
                throw new IOException(file + " has no video stream");
            }
            int shorter = Math.min(width, height);
            this.side = Math.min(shorter, MAX_SIDE_PIXELS);
            if (shorter > side) {
                double scale = (double) side / shorter;
                grabber.setImageWidth(Math.max(side, (int) Math.round(width * scale)));
                grabber.setImageHeight(Math.max(side, (int) Math.round(height * scale)));
            }
            // FFmpeg says how far to turn a phone's picture counter-clockwise.
            this.quarterTurns =
                    Math.floorMod(-(int) Math.round(grabber.getDisplayRotation() / 90), 4);
            double rate = grabber.getVideoFrameRate();
            this.framesPerSecond = rate > 0 && rate <= 240 ? rate : 25;
            this.square = new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR);
        } catch (FrameGrabber.Exception e) {
            close();
            throw new IOException(
                    "%s cannot be read as a video: %s".formatted(file, e.getMessage()), e);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public BufferedImage next() throws IOException {
        Optional<BufferedImage> next = nextUnlessEnded();
        if (next.isEmpty()) {
            grabber.restart();
            next = nextUnlessEnded();
        }
        return next.orElseThrow(
                () -> new IOException(file + " has a video stream without pictures"));
    }

    /**
     * The next picture as {@link #next} gives it, or nothing where the video ends; {@code next}
     * then begins again.
     *
     * @throws IOException if the file cannot be read any more
     */
    public Optional<BufferedImage> nextUnlessEnded() throws IOException {
        Frame frame = grabber.grabImage();
        if (frame == null) {
            return Optional.empty();
        }
        copyMiddle(frame);
        return Optional.of(square);
    }

    private void copyMiddle(Frame frame) {
        byte[] target = ((DataBufferByte) square.getRaster().getDataBuffer()).getData();
        ByteBuffer source = (ByteBuffer) frame.image[0];
        int left = (frame.imageWidth - side) / 2;
        int top = (frame.imageHeight - side) / 2;
        if (quarterTurns == 0) {
            for (int y = 0; y < side; y++) {
                source.get(
                        (top + y) * frame.imageStride + 3 * left, target, 3 * side * y, 3 * side);
            }
            return;
        }
        int last = side - 1;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int fromX = quarterTurns == 1 ? y : quarterTurns == 2 ? last - x : last - y;
                int fromY = quarterTurns == 1 ? last - x : quarterTurns == 2 ? last - y : x;
                source.get(
                        (top + fromY) * frame.imageStride + 3 * (left + fromX),
                        target,
                        3 * (side * y + x),
                        3);
            }
        }
    }

    @Override
    public double framesPerSecond() {
        return framesPerSecond;
    }

    @Override
    public int widthPixels() {
        return side;
    }

    @Override
    public int heightPixels() {
        return side;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            grabber.close();
        } catch (FrameGrabber.Exception e) {
            throw new IllegalStateException(file + " could not be closed", e);
        }
    }
}
