package impasto.camera;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC4;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMWRITE_JPEG_QUALITY;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imencode;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.opencv_core.Mat;

/** Pictures to JPEG with OpenCV, in buffers that are used again. Not thread-safe. */
final class JpegEncoder implements AutoCloseable {

    private final IntPointer parameters;
    private final BytePointer encoded = new BytePointer();
    private Mat pixels = new Mat();
    private byte[] jpeg = new byte[1 << 16];

    /**
     * @param quality 1 to 100
     */
    JpegEncoder(int quality) {
        this.parameters = new IntPointer(IMWRITE_JPEG_QUALITY, quality);
    }

    /**
     * The picture, {@link BufferedImage#TYPE_INT_RGB} or {@link BufferedImage#TYPE_3BYTE_BGR}, as a
     * JPEG file: valid until the next call.
     */
    ByteBuffer encode(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        switch (image.getType()) {
            case BufferedImage.TYPE_INT_RGB -> {
                // In memory an int is B, G, R and an unused byte.
                reserve(width, height, CV_8UC4);
                int[] rgb = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
                new IntPointer(pixels.data()).put(rgb, 0, width * height);
            }
            case BufferedImage.TYPE_3BYTE_BGR -> {
                reserve(width, height, CV_8UC3);
                byte[] bgr = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
                pixels.data().put(bgr, 0, 3 * width * height);
            }
            default ->
                    throw new IllegalArgumentException(
                            "picture of type %d, expected TYPE_INT_RGB or TYPE_3BYTE_BGR"
                                    .formatted(image.getType()));
        }
        if (!imencode(".jpg", pixels, encoded, parameters)) {
            throw new IllegalStateException(
                    "OpenCV could not encode a picture of %d x %d pixels".formatted(width, height));
        }
        int length = Math.toIntExact(encoded.limit());
        if (jpeg.length < length) {
            jpeg = new byte[Math.max(length, 2 * jpeg.length)];
        }
        encoded.get(jpeg, 0, length);
        return ByteBuffer.wrap(jpeg, 0, length);
    }

    private void reserve(int width, int height, int type) {
        if (pixels.cols() != width || pixels.rows() != height || pixels.type() != type) {
            pixels.close();
            pixels = new Mat(height, width, type);
        }
    }

    @Override
    public void close() {
        pixels.close();
        encoded.close();
        parameters.close();
    }
}
