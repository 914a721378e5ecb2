package impasto.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class SideBySideTest {

    @Test
    void bringsBothPicturesToOneHeight() {
        BufferedImage both =
                new SideBySide(256).compose(filled(512, Color.RED), filled(256, Color.BLUE));

        assertThat(both.getHeight()).isEqualTo(256);
        assertThat(both.getWidth()).isEqualTo(256 + 4 + 256);
        assertThat(new Color(both.getRGB(128, 128))).isEqualTo(Color.RED);
        assertThat(new Color(both.getRGB(258, 128))).isEqualTo(Color.WHITE);
        assertThat(new Color(both.getRGB(400, 128))).isEqualTo(Color.BLUE);
    }

    private static BufferedImage filled(int side, Color color) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(color);
        g.fillRect(0, 0, side, side);
        g.dispose();
        return image;
    }
}
