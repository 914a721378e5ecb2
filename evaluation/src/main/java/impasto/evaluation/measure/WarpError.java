package impasto.evaluation.measure;

import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_32FC2;
import static org.bytedeco.opencv.global.opencv_core.CV_32FC3;
import static org.bytedeco.opencv.global.opencv_core.NORM_L1;
import static org.bytedeco.opencv.global.opencv_core.norm;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.remap;

import impasto.decode.Pixels;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;

/**
 * How far the output fails to move as the input moves: mean over pixels and channels of {@code
 * |out_t(x) - out_t+1(x + F(x))|} with F the flow from input t to input t + 1.
 *
 * <p>0 (the output moves exactly with the input) to 255. A picture without detail has a low one
 * too, therefore it is read beside {@link SobelEnergy} and {@link HighFrequency}. A frozen picture
 * does not win: it does not follow the flow.
 */
public final class WarpError {

    private WarpError() {}

    /**
     * @param flow from the input of {@code output} to the input of {@code next}
     * @throws IllegalArgumentException if sizes differ
     */
    @SuppressWarnings("try") // the scope works by being open
    public static double of(Pixels output, Pixels next, OpticalFlow flow) {
        Differences.checkSameSize(output, next);
        int width = output.widthPixels();
        int height = output.heightPixels();
        if (flow.widthPixels() != width || flow.heightPixels() != height) {
            throw new IllegalArgumentException(
                    "flow of %d x %d pixels for pictures of %d x %d, expected one size"
                            .formatted(flow.widthPixels(), flow.heightPixels(), width, height));
        }
        float[] map = new float[flow.vectors().length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = 2 * (y * width + x);
                map[i] = x + flow.vectors()[i];
                map[i + 1] = y + flow.vectors()[i + 1];
            }
        }
        try (PointerScope scope = new PointerScope()) {
            // In floating point, so that nothing is rounded to whole grey levels.
            Mat here = new Mat();
            Grey.colour(output).convertTo(here, CV_32FC3);
            Mat there = new Mat();
            Grey.colour(next).convertTo(there, CV_32FC3);
            Mat warped = new Mat();
            remap(
                    there,
                    warped,
                    new Mat(height, width, CV_32FC2, new FloatPointer(map)),
                    new Mat(),
                    INTER_LINEAR,
                    BORDER_REPLICATE,
                    new Scalar());
            return norm(here, warped, NORM_L1, new Mat()) / (3.0 * width * height);
        }
    }
}
