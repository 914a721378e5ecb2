package impasto.decode;

import static org.bytedeco.opencv.global.opencv_core.CV_16UC4;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC4;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imencode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;

/** Picture files for tests. */
public final class Pictures {
    private Pictures() {}

    /** Left half red, right half blue, upper left eighth green. */
    public static byte[] quartered(String extension, int width, int height) {
        try (Mat picture = new Mat(height, width, CV_8UC3, bgr(0, 0, 255))) {
            paint(picture, new Rect(width / 2, 0, width - width / 2, height), bgr(255, 0, 0));
            paint(picture, new Rect(0, 0, width / 2, height / 4), bgr(0, 255, 0));
            return file(extension, picture);
        }
    }

    /** Red all over. */
    public static byte[] red(String extension, int width, int height) {
        try (Mat picture = new Mat(height, width, CV_8UC3, bgr(0, 0, 255))) {
            return file(extension, picture);
        }
    }

    /** One channel of one value. */
    public static byte[] grey(String extension, int width, int height, int value) {
        try (Mat picture = new Mat(height, width, CV_8UC1, new Scalar(value, 0, 0, 0))) {
            return file(extension, picture);
        }
    }

    /** Red, with one alpha for all pixels, 8 bits a channel. */
    public static byte[] translucent(String extension, int width, int height, int alpha) {
        try (Mat picture = new Mat(height, width, CV_8UC4, new Scalar(0, 0, 255, alpha))) {
            return file(extension, picture);
        }
    }

    /** Red, with one alpha for all pixels, 16 bits a channel. */
    public static byte[] translucent16(int width, int height, int alpha) {
        try (Mat picture = new Mat(height, width, CV_16UC4, new Scalar(0, 0, 65535, alpha))) {
            return file(".png", picture);
        }
    }

    /** The JPEG with an EXIF segment that has nothing but an orientation. */
    public static byte[] oriented(byte[] jpeg, int orientation) {
        byte[] tiff =
                HexFormat.of()
                        .parseHex(
                                "4949 2a00 0800 0000 0100 1201 0300 0100 0000 %02x00 0000 0000 0000"
                                        .formatted(orientation)
                                        .replace(" ", ""));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(jpeg, 0, 2);
        file.writeBytes(new byte[] {(byte) 0xff, (byte) 0xe1, 0, (byte) (8 + tiff.length)});
        file.writeBytes(new byte[] {'E', 'x', 'i', 'f', 0, 0});
        file.writeBytes(tiff);
        file.write(jpeg, 2, jpeg.length - 2);
        return file.toByteArray();
    }

    /** Only what a PNG reader sees of a picture before its pixels. */
    static byte[] pngHeader(int width, int height) {
        return ByteBuffer.allocate(45)
                .put(HexFormat.of().parseHex("89504e470d0a1a0a0000000d49484452"))
                .putInt(width)
                .putInt(height)
                .put(HexFormat.of().parseHex("0802000000"))
                .putInt(0)
                .put(HexFormat.of().parseHex("0000000049454e44ae426082"))
                .array();
    }

    private static void paint(Mat picture, Rect part, Scalar colour) {
        try (Mat view = new Mat(picture, part)) {
            view.put(colour);
        }
    }

    private static Scalar bgr(int blue, int green, int red) {
        return new Scalar(blue, green, red, 0);
    }

    private static byte[] file(String extension, Mat picture) {
        try (BytePointer file = new BytePointer()) {
            imencode(extension, picture, file);
            byte[] bytes = new byte[(int) file.limit()];
            file.get(bytes);
            return bytes;
        }
    }
}
