package impasto.evaluation.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import impasto.decode.Pixels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * What is wrong with an output moves the measures as theory says. The perfect output here is the
 * input itself: it moves exactly as the input does.
 */
class MeasureBehaviourTest {

    private final List<Pixels> inputs = Textures.inputs();
    private final Values perfect = measure(inputs);

    private record Values(double warp, double consecutive, double sobel, double high) {
        double ratio() {
            return ConsistencyRatio.of(warp, consecutive);
        }
    }

    @Test
    void anOutputThatMovesWithTheInputHasALowWarpError() {
        assertThat(perfect.ratio()).isLessThan(0.3);
    }

    @Test
    void aNoisyOutputHasAHigherWarpErrorAndMoreDetail() {
        Values noisy = measure(noisy());

        assertThat(noisy.warp).isGreaterThan(perfect.warp + 5);
        assertThat(noisy.sobel).isGreaterThan(perfect.sobel);
        assertThat(noisy.high).isGreaterThan(1.5 * perfect.high);
        assertThat(noisy.ratio()).isGreaterThan(perfect.ratio());
    }

    @Test
    void blurringANoisyOutputLowersItsWarpErrorAndTheGuardsTell() {
        Values noisy = measure(noisy());
        Values blurred = measure(noisy().stream().map(MeasureBehaviourTest::blurred).toList());

        assertThat(blurred.warp).isLessThan(0.5 * noisy.warp);
        assertThat(blurred.sobel).isLessThan(0.8 * perfect.sobel);
        assertThat(blurred.high).isLessThan(0.8 * perfect.high);
    }

    @Test
    void noiseThatStandsStillCountsAsAnErrorToo() {
        Values values = measure(inputs.stream().map(input -> noisy(input, 7, 64)).toList());

        assertThat(values.warp).isGreaterThan(perfect.warp + 3);
    }

    @Test
    void aFrozenOutputDoesNotChangeYetDoesNotFollowTheInput() {
        Values frozen = measure(Collections.nCopies(inputs.size(), inputs.get(0)));

        assertThat(frozen.consecutive).isZero();
        assertThat(frozen.ratio()).isNaN();
        assertThat(frozen.warp).isGreaterThan(3 * perfect.warp);
        assertThat(frozen.sobel).isCloseTo(perfect.sobel, within(0.2 * perfect.sobel));
    }

    @Test
    void anOutputThatJumpsSidewaysHasAHighWarpErrorAndItsDetail() {
        List<Pixels> jumping = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            jumping.add(shifted(inputs.get(i), i % 2 == 0 ? 0 : 6));
        }
        Values values = measure(jumping);

        assertThat(values.warp).isGreaterThan(3 * perfect.warp);
        assertThat(values.sobel).isCloseTo(perfect.sobel, within(0.1 * perfect.sobel));
    }

    @Test
    void anOutputThatIsAlwaysShiftedMovesLikeTheInputAndOnlyTheReferenceTells() {
        List<Pixels> shifted = each(picture -> shifted(picture, 3));
        Values values = measure(shifted);

        assertThat(values.warp).isLessThan(3 * perfect.warp);
        assertThat(Differences.meanAbsolute(shifted.get(0), inputs.get(0))).isGreaterThan(10);
    }

    @Test
    void equalPicturesAreNotApart() {
        assertThat(Differences.meanAbsolute(inputs.get(0), inputs.get(0))).isZero();
    }

    @Test
    void picturesOfTwoSizesCannotBeCompared() {
        Pixels small = new Pixels(new byte[3 * 4], 2, 2);

        assertThatThrownBy(() -> Differences.meanAbsolute(inputs.get(0), small))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pictures of 96 x 64 and 2 x 2 pixels, expected one size");
    }

    private Values measure(List<Pixels> outputs) {
        double warp = 0;
        double consecutive = 0;
        int steps = outputs.size() - 1;
        for (int t = 0; t < steps; t++) {
            OpticalFlow flow = OpticalFlow.between(inputs.get(t), inputs.get(t + 1));
            warp += WarpError.of(outputs.get(t), outputs.get(t + 1), flow) / steps;
            consecutive += Differences.meanAbsolute(outputs.get(t), outputs.get(t + 1)) / steps;
        }
        return new Values(
                warp,
                consecutive,
                outputs.stream().mapToDouble(SobelEnergy::of).average().orElseThrow(),
                outputs.stream().mapToDouble(HighFrequency::of).average().orElseThrow());
    }

    /** Noise that is new in every picture. */
    private List<Pixels> noisy() {
        List<Pixels> noisy = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            noisy.add(noisy(inputs.get(i), i, 64));
        }
        return noisy;
    }

    private List<Pixels> each(UnaryOperator<Pixels> change) {
        return inputs.stream().map(change).toList();
    }

    private static Pixels blurred(Pixels picture) {
        return map(
                picture,
                (x, y, c) -> {
                    int sum = 0;
                    for (int dy = -2; dy <= 2; dy++) {
                        for (int dx = -2; dx <= 2; dx++) {
                            sum += at(picture, x + dx, y + dy, c);
                        }
                    }
                    return sum / 25;
                });
    }

    private static Pixels noisy(Pixels picture, int seed, int amplitude) {
        return map(
                picture,
                (x, y, c) -> {
                    int noise = Textures.noise(x, y, c, seed) * amplitude / 256 - amplitude / 2;
                    return Math.max(0, Math.min(255, at(picture, x, y, c) + noise));
                });
    }

    private static Pixels shifted(Pixels picture, int pixels) {
        return map(picture, (x, y, c) -> at(picture, x - pixels, y, c));
    }

    private interface Value {
        int at(int x, int y, int c);
    }

    private static Pixels map(Pixels picture, Value value) {
        byte[] rgb = new byte[picture.rgb().length];
        for (int i = 0; i < rgb.length; i++) {
            int pixel = i / 3;
            rgb[i] =
                    (byte)
                            value.at(
                                    pixel % picture.widthPixels(),
                                    pixel / picture.widthPixels(),
                                    i % 3);
        }
        return new Pixels(rgb, picture.widthPixels(), picture.heightPixels());
    }

    private static int at(Pixels picture, int x, int y, int c) {
        int column = Math.max(0, Math.min(picture.widthPixels() - 1, x));
        int row = Math.max(0, Math.min(picture.heightPixels() - 1, y));
        return picture.rgb()[3 * (row * picture.widthPixels() + column) + c] & 0xff;
    }
}
