package impasto.evaluation.measure;

import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_core.DFT_COMPLEX_OUTPUT;
import static org.bytedeco.opencv.global.opencv_core.dft;

import impasto.decode.Pixels;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * How much fine detail there is: mean of {@code |FFT2(grey)|}, not normalised, over the frequencies
 * farther than {@code min(H, W) / 4} from zero.
 *
 * <p>0 (none) upwards; noise of standard deviation s gives about {@code 0.89 s sqrt(H W)}. Falls
 * when an output is blurred and grows with noise, so it guards the {@link WarpError} and shows
 * grain.
 */
public final class HighFrequency {

    private HighFrequency() {}

    @SuppressWarnings("try") // the scope works by being open
    public static double of(Pixels picture) {
        int width = picture.widthPixels();
        int height = picture.heightPixels();
        double[] spectrum = new double[2 * width * height];
        try (PointerScope scope = new PointerScope()) {
            Mat grey = new Mat();
            Grey.of(picture).convertTo(grey, CV_64F);
            Mat transformed = new Mat();
            dft(grey, transformed, DFT_COMPLEX_OUTPUT, 0);
            new DoublePointer(transformed.data()).get(spectrum);
        }
        double radius = Math.min(width, height) / 4.0;
        double sum = 0;
        long count = 0;
        for (int v = 0; v < height; v++) {
            int down = distance(v, height);
            for (int u = 0; u < width; u++) {
                int right = distance(u, width);
                if (right * right + down * down > radius * radius) {
                    int i = 2 * (v * width + u);
                    sum += Math.hypot(spectrum[i], spectrum[i + 1]);
                    count++;
                }
            }
        }
        return sum / count;
    }

    /** Of a frequency from zero; the second half of the axis holds the negative ones. */
    private static int distance(int index, int length) {
        return Math.min(index, length - index);
    }
}
