package impasto.evaluation.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClipTest {

    private static Clip clip(String name, int frames) {
        return new Clip(
                name, IntStream.range(0, frames).mapToObj(i -> new byte[] {(byte) i}).toList(), 24);
    }

    @Test
    void playsForwardsAndBackwardsWithoutAJump() {
        Clip clip = clip("goat", 4);

        assertThat(IntStream.range(0, 13).map(clip::index).toArray())
                .containsExactly(0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0);
    }

    @Test
    void aNameTellsThatThereIsACut() {
        assertThat(clip("cut-goat-camel", 2).hasCut()).isTrue();
        assertThat(clip("goat", 2).hasCut()).isFalse();
    }

    @Test
    void theHashDependsOnTheFramesOnly() {
        assertThat(clip("a", 3).sha256()).isEqualTo(clip("b", 3).sha256());
        assertThat(clip("a", 3).sha256()).isNotEqualTo(clip("a", 4).sha256());
    }

    @Test
    void aStillIsNoClip() {
        assertThatThrownBy(() -> new Clip("still", List.of(new byte[1]), 24))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("clip 'still' has 1 pictures, expected at least 2");
    }
}
