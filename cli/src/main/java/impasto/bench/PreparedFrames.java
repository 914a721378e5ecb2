package impasto.bench;

import impasto.scene.SyntheticScene;
import impasto.video.FrameSource;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Encoded frames of several streams, made before a measurement so that no camera runs during it.
 * Each stream repeats its pictures.
 */
final class PreparedFrames {

    private static final int PICTURES_PER_STREAM = 24;
    private static final double FRAMES_PER_SECOND = 24;

    private final List<List<byte[]>> pictures = new ArrayList<>();

    /**
     * @param sidePixels of the square pictures
     */
    PreparedFrames(int streams, int sidePixels) throws IOException {
        for (int stream = 0; stream < streams; stream++) {
            try (FrameSource source = new SyntheticScene(stream, FRAMES_PER_SECOND, sidePixels)) {
                List<byte[]> encoded = new ArrayList<>();
                for (int i = 0; i < PICTURES_PER_STREAM; i++) {
                    encoded.add(jpeg(source.next()));
                }
                pictures.add(encoded);
            }
        }
    }

    private static byte[] jpeg(BufferedImage picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture, "jpeg", bytes);
        return bytes.toByteArray();
    }

    int streams() {
        return pictures.size();
    }

    static String streamId(int stream) {
        return "camera-" + (stream + 1);
    }

    /** The JPEG files of a stream's frames, which it repeats. */
    List<byte[]> pictures(int stream) {
        return List.copyOf(pictures.get(stream));
    }

    /** The JPEG file of a frame. */
    byte[] picture(int stream, long sequence) {
        List<byte[]> encoded = pictures.get(stream);
        return encoded.get((int) (sequence % encoded.size()));
    }
}
