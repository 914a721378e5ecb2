package impasto.tensorrt.engine;

import impasto.tensorrt.ExpiredArrayException;
import impasto.tensorrt.cuda.CudaEvent;
import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.cuda.DeviceMemory;
import java.util.HashMap;
import java.util.Map;

/**
 * Device memory that arrays view, and the events that say who may use it when. Work that reads it
 * waits, on the device, until it is written; work that overwrites it, until those who read it have
 * done so. The host waits for neither.
 *
 * <p>A slot of a model is written again and again. Each time its generation goes up, and the arrays
 * that viewed the one before have expired.
 *
 * <p>Thread-safe. Who gives work to a stream holds that stream's monitor, always before this one.
 */
final class Storage {

    private final Transfers transfers;
    private final DeviceMemory memory;

    /** What expires views, for people; null for memory that belongs to its arrays. */
    private final String slot;

    private final Map<CudaStream, CudaEvent> readers = new HashMap<>();
    private CudaEvent written;
    private CudaStream writer;
    private long generation;
    private int openReads;
    private long reads;
    private int arrays = 1;
    private boolean released;

    Storage(Transfers transfers, DeviceMemory memory, String slot) {
        this.transfers = transfers;
        this.memory = memory;
        this.slot = slot;
    }

    long address() {
        return memory.address();
    }

    long bytes() {
        return memory.bytes();
    }

    /** Whether this is a model's memory, which stays at its address. */
    boolean isSlot() {
        return slot != null;
    }

    /** The name of the stream that wrote it last. */
    synchronized String writerName() {
        return writer == null ? "nowhere" : writer.name();
    }

    synchronized long generation() {
        return generation;
    }

    /** Makes all views so far expire. */
    synchronized void expireViews() {
        generation++;
    }

    /** Comes before work that writes; makes the stream wait for earlier readers and writers. */
    synchronized void beginWrite(CudaStream stream) {
        awaitOpenReads();
        if (written != null && writer != stream) {
            stream.waitFor(written);
        }
        readers.forEach(
                (reader, event) -> {
                    if (reader != stream) {
                        stream.waitFor(event);
                    }
                    transfers.giveBack(event);
                });
        readers.clear();
    }

    /** Comes after work that writes. */
    synchronized void endWrite(CudaStream stream) {
        if (written == null) {
            written = transfers.takeEvent();
        }
        written.record(stream);
        writer = stream;
    }

    /**
     * Comes before work that reads; makes the stream wait until the values are there. Every call
     * needs its {@link #endRead}, soon: a writer waits for it.
     *
     * @throws ExpiredArrayException if they have been overwritten, or will be
     */
    synchronized void beginRead(CudaStream stream, long ofGeneration, String name) {
        if (released || ofGeneration != generation) {
            throw new ExpiredArrayException(
                    released
                            ? "array '%s' was freed".formatted(name)
                            : "array '%s' has expired: %s was used again; duplicate() what must live longer, or give the model more slots"
                                    .formatted(name, slot));
        }
        if (written != null && writer != stream) {
            stream.waitFor(written);
        }
        openReads++;
        reads++;
    }

    /** How often it has been read. */
    synchronized long reads() {
        return reads;
    }

    /** Comes after work that reads. The read is over even if this fails. */
    synchronized void endRead(CudaStream stream) {
        try {
            readers.computeIfAbsent(stream, s -> transfers.takeEvent()).record(stream);
        } finally {
            openReads--;
            notifyAll();
        }
    }

    /** Another array views the same memory. */
    synchronized void retain() {
        arrays++;
    }

    /** An array does so no longer. After the last one, memory that is no slot's is given back. */
    void release() {
        if (isSlot()) {
            return;
        }
        synchronized (this) {
            arrays--;
            if (arrays > 0) {
                return;
            }
        }
        free();
    }

    /** Gives the memory back when the work that uses it is done, without waiting for it. */
    void free() {
        CudaStream releases = transfers.releases();
        transfers.device().makeCurrent();
        synchronized (releases) {
            synchronized (this) {
                if (released) {
                    return;
                }
                beginWrite(releases);
                released = true;
                if (written != null) {
                    transfers.giveBack(written);
                    written = null;
                }
            }
            memory.closeAfter(releases);
        }
    }

    private void awaitOpenReads() {
        boolean interrupted = false;
        while (openReads > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
