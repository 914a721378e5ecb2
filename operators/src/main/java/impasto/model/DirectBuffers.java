package impasto.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Direct buffers that are used again: left to the collector, they would pile up, because it looks
 * at the heap and not at what the buffers on it hold. Thread-safe.
 */
final class DirectBuffers {

    private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();
    private final AtomicInteger loans = new AtomicInteger();

    /** The buffers of one piece of work; closing gives them back. Used by one thread at a time. */
    final class Loan implements AutoCloseable {
        private final List<ByteBuffer> taken = new ArrayList<>();
        private boolean closed;

        private Loan() {}

        /** A buffer of exactly so many bytes, in native order, with whatever was in it. */
        ByteBuffer take(int bytes) {
            ByteBuffer buffer;
            synchronized (free) {
                Deque<ByteBuffer> ofSize = free.get(bytes);
                buffer = ofSize == null ? null : ofSize.poll();
            }
            if (buffer == null) {
                buffer = ByteBuffer.allocateDirect(bytes);
            }
            taken.add(buffer);
            return buffer.clear().order(ByteOrder.nativeOrder());
        }

        @Override
        public void close() {
            synchronized (free) {
                taken.forEach(
                        buffer ->
                                free.computeIfAbsent(buffer.capacity(), size -> new ArrayDeque<>())
                                        .push(buffer));
            }
            taken.clear();
            if (!closed) {
                closed = true;
                loans.decrementAndGet();
            }
        }
    }

    /** Loans that have not been given back. */
    int loans() {
        return loans.get();
    }

    /** Begins a piece of work. */
    Loan loan() {
        loans.incrementAndGet();
        return new Loan();
    }
}
