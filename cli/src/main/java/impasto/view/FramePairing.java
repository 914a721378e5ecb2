package impasto.view;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Finds input and output of the same frame of one stream, in whichever order the two topics deliver
 * them. An output waits for its input only while that input can still come: never behind one that
 * is newer, never longer than {@link #release} allows. Both sides are bounded.
 *
 * @param <O> what an output is
 */
final class FramePairing<O> {
    private static final int MAX_INPUTS = 300;
    private static final long MAX_INPUT_BYTES = 12L << 20;
    private static final int MAX_WAITING = 32;

    private final BiConsumer<Input, O> pairs;
    private final Map<Long, Input> inputs = new LinkedHashMap<>();
    private final Map<Long, Waiting<O>> waiting = new LinkedHashMap<>();
    private long inputBytes;
    private long newestInput = Long.MIN_VALUE;

    /**
     * @param pairs called with an output and its input; the input is null if it was not seen
     */
    FramePairing(BiConsumer<Input, O> pairs) {
        this.pairs = pairs;
    }

    /**
     * One picture from the camera.
     *
     * @param appendMillis when Kafka appended it
     */
    record Input(long sequence, long appendMillis, byte[] image) {}

    private record Waiting<O>(O output, long sinceNanos) {}

    void input(Input input) {
        Input replaced = inputs.put(input.sequence(), input);
        inputBytes += input.image().length - (replaced == null ? 0 : replaced.image().length);
        newestInput = input.sequence();
        Iterator<Input> oldest = inputs.values().iterator();
        while (inputs.size() > MAX_INPUTS || inputBytes > MAX_INPUT_BYTES) {
            inputBytes -= oldest.next().image().length;
            oldest.remove();
        }
        List<Long> due = new ArrayList<>();
        waiting.keySet().stream().filter(sequence -> sequence <= newestInput).forEach(due::add);
        due.forEach(sequence -> pair(sequence, waiting.remove(sequence).output()));
    }

    void output(long sequence, O output, long nowNanos) {
        if (sequence <= newestInput || inputs.containsKey(sequence)) {
            pair(sequence, output);
            return;
        }
        waiting.put(sequence, new Waiting<>(output, nowNanos));
        if (waiting.size() > MAX_WAITING) {
            Long oldest = waiting.keySet().iterator().next();
            pair(oldest, waiting.remove(oldest).output());
        }
    }

    /** Gives up on inputs for which an output has waited since {@code nanos} or longer. */
    void release(long nanos) {
        List<Long> due = new ArrayList<>();
        waiting.forEach(
                (sequence, waits) -> {
                    if (waits.sinceNanos() - nanos <= 0) {
                        due.add(sequence);
                    }
                });
        due.forEach(sequence -> pair(sequence, waiting.remove(sequence).output()));
    }

    /** Outputs come in the order of their stream, so an input and all before it are done. */
    private void pair(long sequence, O output) {
        Input input = inputs.get(sequence);
        if (input != null) {
            Iterator<Input> done = inputs.values().iterator();
            Input next;
            do {
                next = done.next();
                inputBytes -= next.image().length;
                done.remove();
            } while (next.sequence() != sequence);
        }
        pairs.accept(input, output);
    }
}
