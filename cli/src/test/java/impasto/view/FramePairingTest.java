package impasto.view;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.view.FramePairing.Input;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramePairingTest {
    private final List<String> pairs = new ArrayList<>();
    private final FramePairing<String> pairing =
            new FramePairing<>(
                    (input, output) ->
                            pairs.add((input == null ? "?" : input.sequence()) + ":" + output));

    @Test
    void anOutputFindsTheInputOfItsSequence() {
        input(1);
        input(2);
        input(3);
        output(2);

        assertThat(pairs).containsExactly("2:out2");
    }

    @Test
    void anOutputThatIsReadFirstWaitsForItsInput() {
        output(1);
        assertThat(pairs).isEmpty();

        input(1);
        assertThat(pairs).containsExactly("1:out1");
    }

    @Test
    void anOutputWhoseInputWasNeverSeenIsShownAlone() {
        input(5);
        output(4);

        assertThat(pairs).containsExactly("?:out4");
    }

    @Test
    void anOutputDoesNotWaitForever() {
        pairing.output(7, "out7", 1_000);
        pairing.release(999);
        assertThat(pairs).isEmpty();

        pairing.release(1_000);
        assertThat(pairs).containsExactly("?:out7");
    }

    @Test
    void aCameraThatStartsAgainAtZeroIsPairedLikeANewOne() {
        input(900);
        output(900);
        input(0);
        output(0);

        assertThat(pairs).containsExactly("900:out900", "0:out0");
    }

    @Test
    void whatWaitsIsBounded() {
        for (int sequence = 0; sequence < 1_000; sequence++) {
            pairing.input(new Input(sequence, 0, new byte[1 << 16]));
        }
        output(800);
        output(999);
        for (int sequence = 20_000; sequence < 20_100; sequence++) {
            output(sequence);
        }

        assertThat(pairs).startsWith("?:out800", "999:out999").hasSize(2 + 100 - 32);
    }

    private void input(long sequence) {
        pairing.input(new Input(sequence, 0, new byte[10]));
    }

    private void output(long sequence) {
        pairing.output(sequence, "out" + sequence, 0);
    }
}
