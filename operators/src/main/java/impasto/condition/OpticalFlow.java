package impasto.condition;

import static org.bytedeco.opencv.global.opencv_core.CV_32FC2;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.setNumThreads;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_RGB2GRAY;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;
import static org.bytedeco.opencv.global.opencv_video.calcOpticalFlowFarneback;

import impasto.decode.Pixels;
import impasto.frame.LaneWork;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Farneback's dense optical flow with the paper's parameters, on grey pictures. Any number of
 * threads may compute at the same time. Loading this class sets OpenCV to one thread per call for
 * the whole process.
 */
public final class OpticalFlow {
    static {
        OpenCvVideo.load();
        setNumThreads(1);
    }

    private static final double PYRAMID_SCALE = 0.5;
    private static final int LEVELS = 3;
    private static final int WINDOW = 15;
    private static final int ITERATIONS = 3;
    private static final int POLY_N = 5;
    private static final double POLY_SIGMA = 1.2;

    private final boolean halfSize;

    /**
     * @param halfSize whether to compute at half the width and height and enlarge the result: about
     *     a quarter of the work
     */
    public OpticalFlow(boolean halfSize) {
        this.halfSize = halfSize;
    }

    /**
     * Where each pixel of one picture went in another of the same size.
     *
     * @return {@code float32 [height, width, 2]}, x and y in pixels of the whole size
     */
    @SuppressWarnings("try") // the scope works by being open
    public float[] between(Pixels from, Pixels to) {
        int width = from.widthPixels();
        int height = from.heightPixels();
        LaneWork work = LaneWork.of("flow");
        // everything native that is made in here is freed at the end of the scope
        try (PointerScope scope = new PointerScope()) {
            Mat flow = new Mat();
            calcOpticalFlowFarneback(
                    grey(from),
                    grey(to),
                    flow,
                    PYRAMID_SCALE,
                    LEVELS,
                    WINDOW,
                    ITERATIONS,
                    POLY_N,
                    POLY_SIGMA,
                    0);
            double scaleX = (double) width / flow.cols();
            double scaleY = (double) height / flow.rows();
            if (halfSize) {
                Mat whole = new Mat(height, width, CV_32FC2);
                resize(flow, whole, new Size(width, height), 0, 0, INTER_LINEAR);
                flow = whole;
            }
            float[] vectors = new float[2 * width * height];
            new FloatPointer(flow.data()).get(vectors);
            if (halfSize) {
                for (int i = 0; i < vectors.length; i += 2) {
                    vectors[i] *= (float) scaleX;
                    vectors[i + 1] *= (float) scaleY;
                }
            }
            work.commit();
            return vectors;
        }
    }

    private Mat grey(Pixels pixels) {
        Mat rgb =
                new Mat(
                        pixels.heightPixels(),
                        pixels.widthPixels(),
                        CV_8UC3,
                        new BytePointer(pixels.rgb()));
        Mat grey = new Mat();
        cvtColor(rgb, grey, COLOR_RGB2GRAY);
        if (!halfSize) {
            return grey;
        }
        Mat half = new Mat();
        resize(
                grey,
                half,
                new Size(
                        Math.max(1, pixels.widthPixels() / 2),
                        Math.max(1, pixels.heightPixels() / 2)),
                0,
                0,
                INTER_AREA);
        return half;
    }
}
