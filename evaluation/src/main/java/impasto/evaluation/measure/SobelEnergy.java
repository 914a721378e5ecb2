package impasto.evaluation.measure;

import static org.bytedeco.opencv.global.opencv_core.BORDER_DEFAULT;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.NORM_L1;
import static org.bytedeco.opencv.global.opencv_core.norm;
import static org.bytedeco.opencv.global.opencv_imgproc.Sobel;

import impasto.decode.Pixels;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * How much edge and texture there is: mean of the absolute mixed derivative {@code |d²grey / dx
 * dy|} by Sobel's operator of 3 x 3 pixels, border reflected.
 *
 * <p>0 (plain) to 510 (a checkerboard of black and white pixels would give 0 again: the operator
 * spans two pixels). Falls when an output is blurred, so it guards the {@link WarpError}.
 */
public final class SobelEnergy {

    private static final int KERNEL_PIXELS = 3;

    private SobelEnergy() {}

    @SuppressWarnings("try") // the scope works by being open
    public static double of(Pixels picture) {
        try (PointerScope scope = new PointerScope()) {
            Mat derivative = new Mat();
            Sobel(Grey.of(picture), derivative, CV_32F, 1, 1, KERNEL_PIXELS, 1, 0, BORDER_DEFAULT);
            return norm(derivative, NORM_L1, new Mat())
                    / ((double) picture.widthPixels() * picture.heightPixels());
        }
    }
}
