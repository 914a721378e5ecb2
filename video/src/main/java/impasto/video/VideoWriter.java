package impasto.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGR24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;

/**
 * Writes pictures to an MP4 file (H.264, 4:2:0) that browsers play while they load it. Not
 * thread-safe.
 */
public final class VideoWriter implements AutoCloseable {

    /** OpenH264 at this rate shows no blocks in brush strokes. */
    private static final double BITS_PER_PIXEL = 0.35;

    static {
        av_log_set_level(AV_LOG_QUIET);
    }

    private final Path file;
    private final FFmpegFrameRecorder recorder;
    private final BufferedImage bgr;
    private final Frame frame;
    private boolean closed;

    /**
     * Begins the file, over one that exists.
     *
     * @param widthPixels of the pictures; the video is one pixel narrower where this is odd
     * @param heightPixels likewise
     * @throws IOException if the file cannot be written or FFmpeg has no H.264 encoder here
     */
    public VideoWriter(Path file, int widthPixels, int heightPixels, double framesPerSecond)
            throws IOException {
        this.file = file;
        int width = widthPixels & ~1;
        int height = heightPixels & ~1;
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        if (!Files.isWritable(folder)) {
            throw new IOException(file + " cannot be written: no permission for its folder");
        }
        this.bgr = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        this.frame = new Frame(width, height, Frame.DEPTH_UBYTE, 3);
        this.recorder = new FFmpegFrameRecorder(file.toFile(), width, height);
        recorder.setFormat("mp4");
        recorder.setVideoCodec(AV_CODEC_ID_H264);
        recorder.setVideoCodecName("libopenh264");
        recorder.setPixelFormat(AV_PIX_FMT_YUV420P);
        recorder.setFrameRate(framesPerSecond);
        recorder.setGopSize(Math.max(1, (int) Math.round(2 * framesPerSecond)));
        recorder.setVideoBitrate(
                Math.max(500_000, (int) (BITS_PER_PIXEL * width * height * framesPerSecond)));
        recorder.setOption("movflags", "+faststart");
        try {
            recorder.start();
        } catch (FFmpegFrameRecorder.Exception e) {
            release();
            throw new IOException(
                    "%s cannot be written as an H.264 video: %s".formatted(file, e.getMessage()),
                    e);
        }
    }

    /**
     * Appends a picture.
     *
     * @throws IllegalArgumentException if it is smaller than the video
     * @throws IOException if it cannot be encoded or written
     */
    public void write(BufferedImage picture) throws IOException {
        if (picture.getWidth() < bgr.getWidth() || picture.getHeight() < bgr.getHeight()) {
            throw new IllegalArgumentException(
                    "a picture of %d x %d pixels for %s, expected %d x %d"
                            .formatted(
                                    picture.getWidth(),
                                    picture.getHeight(),
                                    file,
                                    bgr.getWidth(),
                                    bgr.getHeight()));
        }
        Graphics2D g = bgr.createGraphics();
        g.drawImage(picture, 0, 0, null);
        g.dispose();
        byte[] bytes = ((DataBufferByte) bgr.getRaster().getDataBuffer()).getData();
        ByteBuffer target = (ByteBuffer) frame.image[0];
        int rowBytes = 3 * bgr.getWidth();
        for (int y = 0; y < bgr.getHeight(); y++) {
            target.put(y * frame.imageStride, bytes, y * rowBytes, rowBytes);
        }
        recorder.record(frame, AV_PIX_FMT_BGR24);
    }

    /** Ends the file; later calls do nothing. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            recorder.stop();
        } finally {
            release();
        }
    }

    private void release() throws IOException {
        recorder.release();
        frame.close();
    }
}
