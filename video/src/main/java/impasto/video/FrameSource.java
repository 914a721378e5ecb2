package impasto.video;

import java.awt.image.BufferedImage;
import java.io.IOException;

/** An endless source of pictures of one size. Not thread-safe. */
public interface FrameSource extends AutoCloseable {

    /**
     * The next picture, {@link BufferedImage#TYPE_INT_RGB} or {@link BufferedImage#TYPE_3BYTE_BGR}:
     * valid until the next call, which may paint over it.
     *
     * @throws IOException if the source cannot be read any more
     */
    BufferedImage next() throws IOException;

    /** How many pictures of this source make a second. */
    double framesPerSecond();

    int widthPixels();

    int heightPixels();

    /** Frees what the source holds; later calls do nothing. */
    @Override
    void close();
}
