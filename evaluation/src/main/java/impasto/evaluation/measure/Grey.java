package impasto.evaluation.measure;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_RGB2GRAY;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;

import impasto.decode.Pixels;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.opencv_core.Mat;

/** Pictures as OpenCV has them. What these methods return lives in the caller's pointer scope. */
final class Grey {

    private Grey() {}

    /** {@code uint8 [H, W, 3]}, RGB. */
    static Mat colour(Pixels picture) {
        return new Mat(
                picture.heightPixels(),
                picture.widthPixels(),
                CV_8UC3,
                new BytePointer(picture.rgb()));
    }

    /** {@code uint8 [H, W]}: 0.299 R + 0.587 G + 0.114 B. */
    static Mat of(Pixels picture) {
        Mat grey = new Mat();
        cvtColor(colour(picture), grey, COLOR_RGB2GRAY);
        return grey;
    }
}
