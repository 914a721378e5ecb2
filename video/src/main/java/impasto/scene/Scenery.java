package impasto.scene;

import java.awt.image.BufferedImage;

/** A place that can be painted at any time. */
interface Scenery {

    /** Width and height of its view, in pixels. */
    int SIDE = 512;

    /**
     * Paints the whole view as it is after so many seconds: the same seconds give the same pixels.
     *
     * @param view {@code SIDE x SIDE}, {@link BufferedImage#TYPE_INT_RGB}
     */
    void paint(BufferedImage view, double seconds);
}
