package impasto.video;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/**
 * Two pictures beside each other, of one height, with a thin gap.
 *
 * @param heightPixels of the composed picture; both are scaled to it
 */
public record SideBySide(int heightPixels) {

    private static final int GAP_PIXELS = 4;

    public SideBySide {
        if (heightPixels < 1) {
            throw new IllegalArgumentException(
                    "a height of %d pixels, expected at least 1".formatted(heightPixels));
        }
    }

    /** A new picture with {@code left} and {@code right} whole. */
    public BufferedImage compose(BufferedImage left, BufferedImage right) {
        int leftWidth = scaledWidth(left);
        int rightWidth = scaledWidth(right);
        BufferedImage both =
                new BufferedImage(
                        leftWidth + GAP_PIXELS + rightWidth,
                        heightPixels,
                        BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D g = both.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, both.getWidth(), heightPixels);
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.drawImage(left, 0, 0, leftWidth, heightPixels, null);
        g.drawImage(right, leftWidth + GAP_PIXELS, 0, rightWidth, heightPixels, null);
        g.dispose();
        return both;
    }

    private int scaledWidth(BufferedImage picture) {
        return Math.max(
                1,
                (int) Math.round((double) picture.getWidth() * heightPixels / picture.getHeight()));
    }
}
