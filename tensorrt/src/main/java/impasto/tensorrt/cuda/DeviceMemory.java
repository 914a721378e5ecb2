package impasto.tensorrt.cuda;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/**
 * A block of device memory from the driver's pool. It is there for work given to the stream after
 * it was allocated; {@link #close} gives it back after the work that the stream has got by then, so
 * neither waits.
 */
public final class DeviceMemory implements AutoCloseable {

    private static final AtomicLong ALLOCATED = new AtomicLong();

    private final CudaStream stream;
    private final long bytes;
    private final long address;
    private boolean closed;

    private DeviceMemory(CudaStream stream, long bytes, long address) {
        this.stream = stream;
        this.bytes = bytes;
        this.address = address;
    }

    /**
     * @param bytes at least 1
     * @param purpose what it is for, for the error when there is too little
     * @throws impasto.tensorrt.OutOfDeviceMemoryException if there is too little
     */
    public static DeviceMemory allocate(CudaStream stream, long bytes, String purpose) {
        stream.device().makeCurrent();
        Pointer pointer = new Pointer();
        Cuda.check(
                cudart.cudaMallocAsync(pointer, bytes, stream.handle()),
                "allocating %s for %s".formatted(Cuda.bytes(bytes), purpose));
        ALLOCATED.addAndGet(bytes);
        return new DeviceMemory(stream, bytes, pointer.address());
    }

    /** Bytes of all blocks of this process that have not been closed. */
    public static long allocatedBytes() {
        return ALLOCATED.get();
    }

    public long address() {
        return address;
    }

    public long bytes() {
        return bytes;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            ALLOCATED.addAndGet(-bytes);
            stream.device().makeCurrent();
            Cuda.check(
                    cudart.cudaFreeAsync(Cuda.pointer(address), stream.handle()),
                    "freeing " + Cuda.bytes(bytes));
        }
    }
}
