package impasto.evaluation.measure;

import static org.bytedeco.opencv.global.opencv_video.calcOpticalFlowFarneback;

import impasto.condition.OpenCvVideo;
import impasto.decode.Pixels;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Where each pixel of a picture has gone in the next one, by Farneback's method.
 *
 * <p>Farneback, "Two-frame motion estimation based on polynomial expansion", 2003, with the
 * parameters that the paper uses: pyramid scale 0.5, 3 levels, window 15, 3 iterations, polynomial
 * 5 and 1.2.
 *
 * @param vectors {@code float32 [H, W, 2]}: pixels to the right, pixels down
 */
public record OpticalFlow(float[] vectors, int widthPixels, int heightPixels) {
    static {
        OpenCvVideo.load();
    }

    private static final double PYRAMID_SCALE = 0.5;
    private static final int LEVELS = 3;
    private static final int WINDOW_PIXELS = 15;
    private static final int ITERATIONS = 3;
    private static final int POLYNOMIAL_PIXELS = 5;
    private static final double POLYNOMIAL_SIGMA = 1.2;

    /**
     * The flow F for which {@code from(x)} looks like {@code to(x + F(x))}.
     *
     * @throws IllegalArgumentException if the pictures differ in size
     */
    @SuppressWarnings("try") // the scope works by being open
    public static OpticalFlow between(Pixels from, Pixels to) {
        Differences.checkSameSize(from, to);
        try (PointerScope scope = new PointerScope()) {
            Mat flow = new Mat();
            calcOpticalFlowFarneback(
                    Grey.of(from),
                    Grey.of(to),
                    flow,
                    PYRAMID_SCALE,
                    LEVELS,
                    WINDOW_PIXELS,
                    ITERATIONS,
                    POLYNOMIAL_PIXELS,
                    POLYNOMIAL_SIGMA,
                    0);
            float[] vectors = new float[2 * from.widthPixels() * from.heightPixels()];
            new FloatPointer(flow.data()).get(vectors);
            return new OpticalFlow(vectors, from.widthPixels(), from.heightPixels());
        }
    }
}
