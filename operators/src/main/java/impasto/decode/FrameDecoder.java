package impasto.decode;

import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.flip;
import static org.bytedeco.opencv.global.opencv_core.setNumThreads;
import static org.bytedeco.opencv.global.opencv_core.transpose;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_UNCHANGED;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_BGR2RGB;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_CUBIC;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import impasto.frame.LaneWork;
import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.indexer.UByteRawIndexer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * From an encoded picture to pixels at the model's size.
 *
 * <p>The picture is turned upright by its EXIF orientation. Grey becomes RGB, 16 bits a channel
 * become 8, transparent pixels are laid over black. Shrinking averages areas, enlarging is bicubic.
 *
 * <p>Any number of threads may decode at the same time; native memory is freed before {@code
 * decode} returns. Loading this class sets OpenCV to one thread per call for the whole process:
 * parallelism comes from decoding several frames at once.
 */
public final class FrameDecoder {
    static {
        setNumThreads(1);
    }

    private final int widthPixels;
    private final int heightPixels;
    private final Fit fit;
    private final ImageLimits limits;

    /**
     * @param widthPixels of the model's frame
     * @param heightPixels of the model's frame
     */
    public FrameDecoder(int widthPixels, int heightPixels, Fit fit, ImageLimits limits) {
        if (widthPixels < 1 || heightPixels < 1) {
            throw new IllegalArgumentException(
                    "model frame of %d x %d pixels, expected at least 1 x 1"
                            .formatted(widthPixels, heightPixels));
        }
        this.widthPixels = widthPixels;
        this.heightPixels = heightPixels;
        this.fit = Objects.requireNonNull(fit, "fit");
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    /**
     * @param image a JPEG, PNG or WebP file
     * @throws BadInputException with TOO_LARGE if it is over the limits, with CORRUPT_IMAGE if it
     *     cannot be decoded
     */
    @SuppressWarnings("try") // the scope works by being open
    public Decoded decode(byte[] image) {
        LaneWork work = LaneWork.of("decode");
        ImageHeader header = limits.check(image);
        // everything native that is made in here is freed at the end of the scope
        try (PointerScope scope = new PointerScope()) {
            Mat stored = decodeStored(image, header);
            Mat sized = fit == Fit.CENTRE_CROP ? fill(stored, header) : fitInside(stored, header);
            Mat upright = turnUpright(sized, header.orientation());
            Mat rgb = new Mat();
            cvtColor(upright, rgb, COLOR_BGR2RGB);
            Region content =
                    new Region(
                            (widthPixels - rgb.cols()) / 2,
                            (heightPixels - rgb.rows()) / 2,
                            rgb.cols(),
                            rgb.rows());
            Decoded decoded =
                    new Decoded(
                            new Pixels(framed(rgb, content), widthPixels, heightPixels), content);
            work.commit();
            return decoded;
        }
    }

    /** {@code uint8 [height, width, 3]}, BGR, as stored in the file. */
    private static Mat decodeStored(byte[] image, ImageHeader header) {
        Mat file = new Mat(1, image.length, CV_8UC1, new BytePointer(image));
        Mat decoded;
        try {
            // IMREAD_COLOR would uncover what transparent pixels hide
            decoded =
                    imdecode(
                            file,
                            header.alpha()
                                    ? IMREAD_UNCHANGED
                                    : IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION);
        } catch (RuntimeException e) {
            // JavaCPP gives every C++ exception as this
            throw new BadInputException(
                    DeadLetterReason.CORRUPT_IMAGE,
                    "%s: OpenCV says %s".formatted(describe(image, header), e.getMessage()),
                    e);
        }
        if (decoded.empty()
                || decoded.cols() != header.widthPixels()
                || decoded.rows() != header.heightPixels()) {
            throw new BadInputException(
                    DeadLetterReason.CORRUPT_IMAGE,
                    "%s: OpenCV made %d x %d pixels of it"
                            .formatted(describe(image, header), decoded.cols(), decoded.rows()));
        }
        return header.alpha() ? overBlack(decoded) : decoded;
    }

    private static String describe(byte[] image, ImageHeader header) {
        return "%s of %d bytes and %d x %d pixels cannot be decoded"
                .formatted(
                        header.encoding(),
                        image.length,
                        header.widthPixels(),
                        header.heightPixels());
    }

    /** Any decoded picture with or without alpha, 8 or 16 bits, as opaque 8-bit BGR. */
    private static Mat overBlack(Mat picture) {
        Mat bgra = picture;
        if (picture.depth() != CV_8U) {
            bgra = new Mat();
            picture.convertTo(bgra, CV_8U, 1.0 / 257, 0);
        }
        int channels = bgra.channels();
        Mat bgr = new Mat(bgra.rows(), bgra.cols(), CV_8UC3);
        try (UByteRawIndexer from = bgra.createIndexer();
                UByteRawIndexer to = bgr.createIndexer()) {
            long pixels = (long) bgra.rows() * bgra.cols();
            for (long i = 0; i < pixels; i++) {
                int alpha = channels == 4 ? from.getRaw(4 * i + 3) : 255;
                for (int c = 0; c < 3; c++) {
                    int value = from.getRaw(channels * i + Math.min(c, channels - 1));
                    to.putRaw(3 * i + c, (value * alpha + 127) / 255);
                }
            }
        }
        return bgr;
    }

    /** Cuts what stands out of the model's shape off the stored picture, and resizes the rest. */
    private Mat fill(Mat stored, ImageHeader header) {
        int targetWidth = header.liesOnItsSide() ? heightPixels : widthPixels;
        int targetHeight = header.liesOnItsSide() ? widthPixels : heightPixels;
        double scale =
                Math.max(
                        (double) targetWidth / stored.cols(),
                        (double) targetHeight / stored.rows());
        int width = atMost(stored.cols(), targetWidth / scale);
        int height = atMost(stored.rows(), targetHeight / scale);
        Rect middle =
                new Rect((stored.cols() - width) / 2, (stored.rows() - height) / 2, width, height);
        return resized(new Mat(stored, middle), targetWidth, targetHeight);
    }

    /** Resizes the whole stored picture to the largest size that the model's frame has room for. */
    private Mat fitInside(Mat stored, ImageHeader header) {
        int targetWidth = header.liesOnItsSide() ? heightPixels : widthPixels;
        int targetHeight = header.liesOnItsSide() ? widthPixels : heightPixels;
        double scale =
                Math.min(
                        (double) targetWidth / stored.cols(),
                        (double) targetHeight / stored.rows());
        return resized(
                stored,
                atMost(targetWidth, stored.cols() * scale),
                atMost(targetHeight, stored.rows() * scale));
    }

    private static int atMost(int limit, double pixels) {
        return (int) Math.max(1, Math.min(limit, Math.round(pixels)));
    }

    private static Mat resized(Mat picture, int width, int height) {
        if (picture.cols() == width && picture.rows() == height) {
            return picture;
        }
        boolean shrinks = width < picture.cols() || height < picture.rows();
        Mat result = new Mat();
        resize(picture, result, new Size(width, height), 0, 0, shrinks ? INTER_AREA : INTER_CUBIC);
        return result;
    }

    /** By EXIF orientation; done last, when the picture is small. */
    private static Mat turnUpright(Mat picture, int orientation) {
        if (orientation == 1) {
            return picture;
        }
        Mat turned = picture;
        if (orientation >= 5) {
            turned = new Mat();
            transpose(picture, turned);
        }
        // 5 is the transposition alone; 0 flips rows, 1 columns, -1 both
        Integer axis =
                switch (orientation) {
                    case 2, 6 -> 1;
                    case 3, 7 -> -1;
                    case 4, 8 -> 0;
                    default -> null;
                };
        if (axis == null) {
            return turned;
        }
        Mat flipped = new Mat();
        flip(turned, flipped, axis);
        return flipped;
    }

    /**
     * Copies the content out of native memory, to its place among black bars.
     *
     * <p>Done here and not by OpenCV, which takes the colour of a border as a Scalar: that class'
     * constants would be freed with the scope in which the class happens to be loaded.
     */
    private byte[] framed(Mat rgb, Region content) {
        byte[] frame = new byte[3 * widthPixels * heightPixels];
        BytePointer rows = rgb.data();
        if (content.widthPixels() == widthPixels) {
            rows.get(
                    frame, 3 * widthPixels * content.y(), 3 * widthPixels * content.heightPixels());
            return frame;
        }
        for (int row = 0; row < content.heightPixels(); row++) {
            rows.position(row * rgb.step())
                    .get(
                            frame,
                            3 * (widthPixels * (content.y() + row) + content.x()),
                            3 * content.widthPixels());
        }
        return frame;
    }
}
