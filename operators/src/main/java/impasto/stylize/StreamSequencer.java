package impasto.stylize;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Hands results out in the order in which the frames of their stream came in, whatever the order in
 * which they are completed. A stream waits for its own frames and for no other's.
 *
 * <p>Every frame has one result. A stream is forgotten as soon as it has no frame on the way.
 *
 * <p>For one thread.
 *
 * @param <T> a result; not null
 */
public final class StreamSequencer<T> {
    private final Map<String, ArrayDeque<Slot>> waitingByStream = new HashMap<>();
    private final ArrayDeque<T> released = new ArrayDeque<>();
    private int pending;

    /** The place of one frame in its stream's order. */
    public final class Slot {
        private final String streamId;
        private T result;

        private Slot(String streamId) {
            this.streamId = Objects.requireNonNull(streamId, "streamId");
        }

        private StreamSequencer<T> sequencer() {
            return StreamSequencer.this;
        }

        @Override
        public String toString() {
            return "slot of stream '%s', %s"
                    .formatted(streamId, result == null ? "open" : "completed");
        }
    }

    /** Takes the next place in the stream's order: call it when a frame comes in. */
    public Slot register(String streamId) {
        Slot slot = new Slot(streamId);
        waitingByStream.computeIfAbsent(streamId, id -> new ArrayDeque<>()).add(slot);
        pending++;
        return slot;
    }

    /**
     * Says what became of a frame.
     *
     * @throws IllegalStateException if the slot has a result already
     * @throws IllegalArgumentException if it is another sequencer's
     */
    public void complete(Slot slot, T result) {
        Objects.requireNonNull(result, "result");
        if (slot.sequencer() != this) {
            throw new IllegalArgumentException(slot + " belongs to another sequencer");
        }
        if (slot.result != null) {
            throw new IllegalStateException(slot + " cannot be completed again");
        }
        slot.result = result;
        ArrayDeque<Slot> waiting = waitingByStream.get(slot.streamId);
        while (!waiting.isEmpty() && waiting.element().result != null) {
            released.add(waiting.remove().result);
        }
        if (waiting.isEmpty()) {
            waitingByStream.remove(slot.streamId);
        }
    }

    /**
     * Hands out every result that waits for no other. Results of one stream come in its order;
     * between streams there is none. If the consumer throws, its result is lost and the others
     * stay.
     *
     * @return how many
     */
    public int drainTo(Consumer<? super T> consumer) {
        int drained = 0;
        for (T result = released.poll(); result != null; result = released.poll()) {
            pending--;
            drained++;
            consumer.accept(result);
        }
        return drained;
    }

    /** How many frames were registered whose results have not been handed out. */
    public int pending() {
        return pending;
    }
}
