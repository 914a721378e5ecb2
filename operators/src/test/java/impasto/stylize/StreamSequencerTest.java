package impasto.stylize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamSequencerTest {
    private final StreamSequencer<String> sequencer = new StreamSequencer<>();
    private final List<String> out = new ArrayList<>();

    @Test
    void resultsOfAStreamComeOutInTheOrderOfItsFrames() {
        StreamSequencer<String>.Slot first = sequencer.register("a");
        StreamSequencer<String>.Slot second = sequencer.register("a");
        StreamSequencer<String>.Slot third = sequencer.register("a");
        sequencer.complete(third, "a3");
        sequencer.complete(second, "a2");
        assertThat(sequencer.drainTo(out::add)).isZero();
        sequencer.complete(first, "a1");
        assertThat(sequencer.drainTo(out::add)).isEqualTo(3);
        assertThat(out).containsExactly("a1", "a2", "a3");
    }

    @Test
    void oneStreamDoesNotWaitForAnother() {
        sequencer.register("a");
        sequencer.complete(sequencer.register("b"), "b1");
        sequencer.drainTo(out::add);
        assertThat(out).containsExactly("b1");
        assertThat(sequencer.pending()).isOne();
    }

    @Test
    void aFrameIsPendingUntilItsResultIsHandedOut() {
        StreamSequencer<String>.Slot slot = sequencer.register("a");
        assertThat(sequencer.pending()).isOne();
        sequencer.complete(slot, "a1");
        assertThat(sequencer.pending()).isOne();
        sequencer.drainTo(out::add);
        assertThat(sequencer.pending()).isZero();
    }

    @Test
    void aFrameHasOneResult() {
        StreamSequencer<String>.Slot slot = sequencer.register("a");
        sequencer.complete(slot, "a1");
        assertThatThrownBy(() -> sequencer.complete(slot, "again"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("slot of stream 'a', completed cannot be completed again");
    }

    @Test
    void aSlotOfAnotherSequencerIsRefused() {
        StreamSequencer<String>.Slot slot = new StreamSequencer<String>().register("a");
        assertThatThrownBy(() -> sequencer.complete(slot, "a1"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aConsumerThatThrowsDoesNotTakeTheOtherResultsWithIt() {
        sequencer.complete(sequencer.register("a"), "a1");
        sequencer.complete(sequencer.register("a"), "a2");
        assertThatThrownBy(
                        () ->
                                sequencer.drainTo(
                                        result -> {
                                            throw new IllegalStateException(result);
                                        }))
                .hasMessage("a1");
        sequencer.drainTo(out::add);
        assertThat(out).containsExactly("a2");
        assertThat(sequencer.pending()).isZero();
    }

    @Test
    void aConsumerMayRegisterAndCompleteFrames() {
        sequencer.complete(sequencer.register("a"), "a1");
        sequencer.drainTo(
                result -> {
                    out.add(result);
                    if (out.size() < 3) {
                        sequencer.complete(sequencer.register("a"), "a" + (out.size() + 1));
                    }
                });
        assertThat(out).containsExactly("a1", "a2", "a3");
    }

    @Test
    void anyOrderOfCompletionKeepsEveryStreamInOrderAndLosesNothing() {
        Random random = new Random(11);
        StreamSequencer<int[]> numbers = new StreamSequencer<>();
        List<Runnable> completions = new ArrayList<>();
        Map<Integer, Integer> registered = new HashMap<>();
        Map<Integer, Integer> handedOut = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            if (random.nextBoolean() || completions.isEmpty()) {
                int stream = random.nextInt(20);
                int sequence = registered.merge(stream, 1, Integer::sum);
                StreamSequencer<int[]>.Slot slot = numbers.register("s" + stream);
                completions.add(() -> numbers.complete(slot, new int[] {stream, sequence}));
            } else {
                completions.remove(random.nextInt(completions.size())).run();
            }
            numbers.drainTo(
                    result ->
                            assertThat(handedOut.merge(result[0], 1, Integer::sum))
                                    .isEqualTo(result[1]));
        }
        completions.forEach(Runnable::run);
        numbers.drainTo(result -> handedOut.merge(result[0], 1, Integer::sum));
        assertThat(handedOut).isEqualTo(registered);
        assertThat(numbers.pending()).isZero();
    }
}
