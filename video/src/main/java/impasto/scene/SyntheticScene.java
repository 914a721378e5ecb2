package impasto.scene;

import impasto.video.FrameSource;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/**
 * A painted place full of moving things: a street, a harbour or a garden, by seed.
 *
 * <p>Frame n of a seed is always the same picture.
 */
public final class SyntheticScene implements FrameSource {

    private final Scenery scenery;
    private final double framesPerSecond;
    private final BufferedImage view =
            new BufferedImage(Scenery.SIDE, Scenery.SIDE, BufferedImage.TYPE_INT_RGB);
    private final BufferedImage picture;
    private long index;

    /** 512 x 512 pixels. */
    public SyntheticScene(long seed, double framesPerSecond) {
        this(seed, framesPerSecond, Scenery.SIDE);
    }

    /**
     * @param seed which place (its remainder by three) and how it is laid out
     * @param framesPerSecond how far apart in time two pictures are, above 0
     * @param sidePixels width and height of the pictures
     */
    public SyntheticScene(long seed, double framesPerSecond, int sidePixels) {
        if (!(framesPerSecond > 0) || sidePixels < 1) {
            throw new IllegalArgumentException(
                    "%d pixels at %s frames per second, expected more than 0 of both"
                            .formatted(sidePixels, framesPerSecond));
        }
        this.scenery =
                switch (Math.floorMod(seed, 3)) {
                    case 0 -> new Street(seed);
                    case 1 -> new Harbour(seed);
                    default -> new Garden(seed);
                };
        this.framesPerSecond = framesPerSecond;
        this.picture =
                sidePixels == Scenery.SIDE
                        ? view
                        : new BufferedImage(sidePixels, sidePixels, BufferedImage.TYPE_INT_RGB);
    }

    @Override
    public BufferedImage next() {
        return frame(index++);
    }

    /** Frame {@code n} of the scene, in the buffer that {@link #next} also uses. */
    BufferedImage frame(long n) {
        scenery.paint(view, n / framesPerSecond);
        if (picture != view) {
            Graphics2D g = picture.createGraphics();
            g.setRenderingHint(
                    RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            g.drawImage(view, 0, 0, picture.getWidth(), picture.getHeight(), null);
            g.dispose();
        }
        return picture;
    }

    @Override
    public double framesPerSecond() {
        return framesPerSecond;
    }

    @Override
    public int widthPixels() {
        return picture.getWidth();
    }

    @Override
    public int heightPixels() {
        return picture.getHeight();
    }

    /** There is nothing to free. */
    @Override
    public void close() {}
}
