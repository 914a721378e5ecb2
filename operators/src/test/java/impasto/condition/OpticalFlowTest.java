package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import impasto.decode.Pixels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpticalFlowTest {

    private static final int WIDTH = 160;
    private static final int HEIGHT = 96;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPictureThatMovesHasThatFlowInPixelsOfTheWholeSize(boolean halfSize) {
        float[] flow = new OpticalFlow(halfSize).between(waves(0, 0), waves(4, -2));
        assertThat(flow).hasSize(2 * WIDTH * HEIGHT);
        double x = 0;
        double y = 0;
        int count = 0;
        for (int row = 24; row < HEIGHT - 24; row++) {
            for (int column = 24; column < WIDTH - 24; column++) {
                x += flow[2 * (row * WIDTH + column)];
                y += flow[2 * (row * WIDTH + column) + 1];
                count++;
            }
        }
        assertThat(x / count).isCloseTo(4, within(0.4));
        assertThat(y / count).isCloseTo(-2, within(0.4));
    }

    /** Soft waves of several lengths, moved to the right and down. */
    private static Pixels waves(int right, int down) {
        byte[] rgb = new byte[3 * WIDTH * HEIGHT];
        for (int row = 0; row < HEIGHT; row++) {
            for (int column = 0; column < WIDTH; column++) {
                double x = column - right;
                double y = row - down;
                double value =
                        128
                                + 40 * Math.sin(x / 5) * Math.cos(y / 7)
                                + 40 * Math.sin(x / 11 + y / 9)
                                + 30 * Math.cos(y / 4 - x / 17);
                for (int channel = 0; channel < 3; channel++) {
                    rgb[3 * (row * WIDTH + column) + channel] = (byte) value;
                }
            }
        }
        return new Pixels(rgb, WIDTH, HEIGHT);
    }
}
