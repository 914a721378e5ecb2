package impasto.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class BisectorTest {

    private static final List<Integer> ITEMS = List.of(0, 1, 2, 3, 4, 5, 6, 7);

    @Test
    void theOthersOfABatchGetTheirResultsInOrder() {
        List<List<Integer>> tried = new ArrayList<>();
        var attempts =
                Bisector.run(
                        ITEMS,
                        part -> {
                            tried.add(List.copyOf(part));
                            return failingOn(5).apply(part);
                        });
        assertThat(attempts)
                .extracting(Bisector.Attempt::value)
                .containsExactly("0", "1", "2", "3", "4", null, "6", "7");
        assertThat(attempts.get(5).error()).hasMessage("bad 5");
        assertThat(tried).as("halves, not single frames").hasSize(7);
    }

    @Test
    void ifEveryFrameFailsTheFaultIsNotTheirs() {
        assertThatThrownBy(() -> Bisector.run(ITEMS, failingOn(0, 1, 2, 3, 4, 5, 6, 7)))
                .isInstanceOf(JobFailureException.class)
                .hasMessageContaining("each of 8 frames");
    }

    @Test
    void aSingleFrameThatFailsIsToBlame() {
        assertThat(Bisector.run(List.of(3), failingOn(3)).get(0).error()).hasMessage("bad 3");
    }

    @Test
    void aFailureThatIsNoFramesGoesOn() {
        IllegalStateException broken = new IllegalStateException("broken");
        assertThatThrownBy(
                        () ->
                                Bisector.run(
                                        ITEMS,
                                        part -> {
                                            throw broken;
                                        }))
                .isSameAs(broken);
    }

    @Test
    void resultsThatAreTooFewAreNotGivenToTheWrongFrames() {
        assertThatThrownBy(() -> Bisector.run(ITEMS, part -> List.of("one")))
                .isInstanceOf(JobFailureException.class)
                .hasMessage("1 results for 8 frames");
    }

    private static Function<List<Integer>, List<String>> failingOn(Integer... bad) {
        return part -> {
            for (Integer item : bad) {
                if (part.contains(item)) {
                    throw new EngineException("bad " + item);
                }
            }
            return part.stream().map(String::valueOf).toList();
        };
    }
}
