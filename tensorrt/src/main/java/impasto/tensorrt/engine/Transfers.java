package impasto.tensorrt.engine;

import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.CudaEvent;
import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.cuda.DeviceMemory;
import impasto.tensorrt.cuda.PinnedMemory;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Moves arrays of one device to and from the host, and within the device, on streams of its own: an
 * upload does not wait for a download, and none of them for a model that does not use the same
 * array. Thread-safe.
 */
final class Transfers {

    private static final Map<CudaDevice, Transfers> BY_DEVICE = new HashMap<>();

    /** How the names of the streams begin that copy within the device. */
    private static final String COPIES = "(copies from ";

    /** Pinned memory comes in powers of two from here on. */
    private static final int SMALLEST_STAGING = 1 << 16;

    private final CudaDevice device;
    private final CudaStream uploads;
    private final CudaStream downloads;
    private final CudaStream releases;
    private final Deque<CudaEvent> freeEvents = new ArrayDeque<>();
    private final Map<Long, Deque<PinnedMemory>> freeStaging = new HashMap<>();
    private final Deque<Upload> uploading = new ArrayDeque<>();

    private record Upload(PinnedMemory staging, CudaEvent done) {}

    private Transfers(CudaDevice device) {
        this.device = device;
        this.uploads = device.stream("(uploads)");
        this.downloads = device.stream("(downloads)");
        this.releases = device.stream("(releases)");
    }

    static Transfers of(CudaDevice device) {
        synchronized (BY_DEVICE) {
            return BY_DEVICE.computeIfAbsent(device, Transfers::new);
        }
    }

    CudaDevice device() {
        return device;
    }

    /** The stream on which arrays are given back. Nothing waits for it. */
    CudaStream releases() {
        return releases;
    }

    CudaEvent takeEvent() {
        synchronized (freeEvents) {
            CudaEvent event = freeEvents.poll();
            return event == null ? CudaEvent.forOrder() : event;
        }
    }

    /** Streams that were made to wait for the event go on doing so; it may be recorded anew. */
    void giveBack(CudaEvent event) {
        synchronized (freeEvents) {
            freeEvents.push(event);
        }
    }

    /**
     * Brings values to the device. Returns when they have been read from the host.
     *
     * @param fill writes all bytes of the buffer that it is given
     */
    Storage upload(int bytes, Consumer<ByteBuffer> fill) {
        device.makeCurrent();
        PinnedMemory staging = takeStaging(bytes);
        CudaEvent done = takeEvent();
        AtomicBoolean handedOver = new AtomicBoolean();
        try {
            fill.accept(staging.buffer(bytes));
            return write(
                    uploads,
                    bytes,
                    storage -> {
                        uploads.copy(storage.address(), staging.address(), bytes);
                        done.record(uploads);
                        synchronized (uploading) {
                            uploading.add(new Upload(staging, done));
                        }
                        handedOver.set(true);
                    });
        } finally {
            if (!handedOver.get()) {
                giveBackAfter(uploads, staging, done);
            }
        }
    }

    /** After a failure: waits for whatever may still read or write the memory. */
    private void giveBackAfter(CudaStream stream, PinnedMemory staging, CudaEvent done) {
        // Where even waiting fails, nothing says that the memory may be used again.
        stream.synchronize();
        giveBack(done);
        giveBackStaging(staging);
    }

    /** New memory in which all bits are zero. */
    Storage zeros(long bytes) {
        device.makeCurrent();
        return write(uploads, bytes, storage -> uploads.zero(storage.address(), bytes));
    }

    /**
     * New memory to which {@code fill} copies on the stream that it is given. Copies of what one
     * lane has made do not queue behind those that wait for another lane.
     *
     * @param source one of the arrays that are copied
     */
    Storage copies(Storage source, long bytes, Filling fill) {
        device.makeCurrent();
        String writer = source.writerName();
        CudaStream copies =
                device.stream(writer.startsWith(COPIES) ? writer : COPIES + writer + ")");
        return write(copies, bytes, storage -> fill.fill(copies, storage.address()));
    }

    /** Adds copies into new memory to a stream. */
    interface Filling {
        void fill(CudaStream stream, long address);
    }

    private Storage write(CudaStream stream, long bytes, Consumer<Storage> work) {
        synchronized (stream) {
            DeviceMemory memory = DeviceMemory.allocate(stream, Math.max(1, bytes), "an array");
            Storage storage = new Storage(this, memory, null);
            boolean written = false;
            try {
                storage.beginWrite(stream);
                work.accept(storage);
                storage.endWrite(stream);
                written = true;
                return storage;
            } finally {
                if (!written) {
                    memory.close();
                }
            }
        }
    }

    /** Waits until the values are there, and for nothing else, and brings them to the host. */
    void download(Storage storage, long generation, String name, long offset, ByteBuffer target) {
        int bytes = target.remaining();
        if (bytes == 0) {
            return;
        }
        device.makeCurrent();
        PinnedMemory staging = takeStaging(bytes);
        CudaEvent done = takeEvent();
        boolean copied = false;
        try {
            synchronized (downloads) {
                storage.beginRead(downloads, generation, name);
                try {
                    downloads.copy(staging.address(), storage.address() + offset, bytes);
                } finally {
                    storage.endRead(downloads);
                }
                done.record(downloads);
            }
            // Only this array's event: others may go on using the stream.
            done.synchronize();
            target.put(staging.buffer(bytes));
            copied = true;
        } finally {
            if (copied) {
                giveBack(done);
                giveBackStaging(staging);
            } else {
                giveBackAfter(downloads, staging, done);
            }
        }
    }

    private PinnedMemory takeStaging(long bytes) {
        takeBackUploaded();
        long size = Math.max(SMALLEST_STAGING, Long.highestOneBit(Math.max(1, bytes - 1)) << 1);
        synchronized (freeStaging) {
            Deque<PinnedMemory> ofSize = freeStaging.get(size);
            PinnedMemory staging = ofSize == null ? null : ofSize.poll();
            return staging == null ? new PinnedMemory(size) : staging;
        }
    }

    private void giveBackStaging(PinnedMemory staging) {
        synchronized (freeStaging) {
            freeStaging.computeIfAbsent(staging.bytes(), size -> new ArrayDeque<>()).push(staging);
        }
    }

    private void takeBackUploaded() {
        synchronized (uploading) {
            // In the stream's order: after the first that is not done none is.
            for (Iterator<Upload> it = uploading.iterator(); it.hasNext(); ) {
                Upload upload = it.next();
                if (!upload.done.isDone()) {
                    return;
                }
                it.remove();
                giveBack(upload.done);
                giveBackStaging(upload.staging);
            }
        }
    }
}
