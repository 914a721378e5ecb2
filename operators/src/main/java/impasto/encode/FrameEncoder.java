package impasto.encode;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.setNumThreads;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMWRITE_JPEG_QUALITY;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imencode;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_RGB2BGR;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;

import impasto.decode.Pixels;
import impasto.decode.Region;
import impasto.frame.LaneWork;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;

/**
 * From pixels to a JPEG file.
 *
 * <p>Any number of threads may encode at the same time; native memory is freed before {@code
 * encode} returns. Loading this class sets OpenCV to one thread per call for the whole process.
 */
public final class FrameEncoder {
    static {
        setNumThreads(1);
    }

    private final int jpegQuality;

    /**
     * @param jpegQuality 1 (smallest) to 100 (best), on the scale of libjpeg
     */
    public FrameEncoder(int jpegQuality) {
        if (jpegQuality < 1 || jpegQuality > 100) {
            throw new IllegalArgumentException(
                    "JPEG quality %d, expected 1 to 100".formatted(jpegQuality));
        }
        this.jpegQuality = jpegQuality;
    }

    /** The whole picture as a JPEG file. */
    public byte[] encode(Pixels pixels) {
        return encode(pixels, new Region(0, 0, pixels.widthPixels(), pixels.heightPixels()));
    }

    /**
     * A part of the picture as a JPEG file, for instance without the bars of a letterbox.
     *
     * @throws IllegalArgumentException if the content stands out of the picture
     */
    @SuppressWarnings("try") // the scope works by being open
    public byte[] encode(Pixels pixels, Region content) {
        if (content.x() + content.widthPixels() > pixels.widthPixels()
                || content.y() + content.heightPixels() > pixels.heightPixels()) {
            throw new IllegalArgumentException(
                    "%s stands out of a picture of %d x %d pixels"
                            .formatted(content, pixels.widthPixels(), pixels.heightPixels()));
        }
        LaneWork work = LaneWork.of("encode");
        // everything native that is made in here is freed at the end of the scope
        try (PointerScope scope = new PointerScope()) {
            Mat rgb =
                    new Mat(
                            pixels.heightPixels(),
                            pixels.widthPixels(),
                            CV_8UC3,
                            new BytePointer(pixels.rgb()));
            Rect part =
                    new Rect(
                            content.x(),
                            content.y(),
                            content.widthPixels(),
                            content.heightPixels());
            Mat bgr = new Mat();
            cvtColor(new Mat(rgb, part), bgr, COLOR_RGB2BGR);
            BytePointer file = new BytePointer();
            if (!imencode(".jpg", bgr, file, new IntPointer(IMWRITE_JPEG_QUALITY, jpegQuality))) {
                throw new IllegalStateException(
                        "OpenCV did not encode %s as JPEG of quality %d"
                                .formatted(content, jpegQuality));
            }
            byte[] bytes = new byte[Math.toIntExact(file.limit())];
            file.get(bytes);
            work.commit();
            return bytes;
        }
    }
}
