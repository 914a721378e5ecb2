package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.condition.StreamState.AnchorState;
import impasto.condition.StreamState.RefreshedState;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamStateTest {

    private static final FrameSignature SIGNATURE =
            FrameSignature.of(FrameSignatureTest.disc(40, 3));

    @Test
    void everythingComesBackFromItsBytes() {
        StreamState state =
                new StreamState(
                        4,
                        9,
                        new StreamFrame.Seen(SIGNATURE, 1234, -5),
                        new AnchorState(new byte[] {1, 2}, new byte[] {3}),
                        new RefreshedState(
                                1,
                                SIGNATURE,
                                new AnchorState(new byte[] {4}, null),
                                List.of(new byte[] {5}, new byte[] {6, 7})));
        StreamState back = StreamState.of(state.toBytes());
        assertThat(back).usingRecursiveComparison().isEqualTo(state);
    }

    @Test
    void aStreamInItsFirstGroupHasNoAnchors() {
        StreamState state =
                new StreamState(
                        4,
                        1,
                        new StreamFrame.Seen(SIGNATURE, 0, 0),
                        null,
                        new RefreshedState(0, SIGNATURE, null, List.of()));
        assertThat(StreamState.of(state.toBytes())).usingRecursiveComparison().isEqualTo(state);
    }

    @Test
    void anotherFormatIsRefusedWithBothNumbers() {
        assertThatThrownBy(() -> StreamState.of(new byte[] {3, 0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("format 3, expected 2");
    }
}
