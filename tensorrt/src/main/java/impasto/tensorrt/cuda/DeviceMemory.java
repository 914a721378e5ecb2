package impasto.tensorrt.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
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
    private final AtomicBoolean closed = new AtomicBoolean();

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
        // A capture by another thread must not take this for work of its own.
        synchronized (stream) {
            int status = cudart.cudaMallocAsync(pointer, bytes, stream.handle());
            if (status == cudart.cudaErrorMemoryAllocation) {
                // A pool that keeps everything also keeps blocks that are too small, and what it
                // took on its way to failing, from which other processes would suffer.
                cudart.cudaGetLastError();
                stream.device().trimPool();
                status = cudart.cudaMallocAsync(pointer, bytes, stream.handle());
                if (status == cudart.cudaErrorMemoryAllocation) {
                    stream.device().trimPool();
                }
            }
            Cuda.check(status, "allocating %s for %s".formatted(Cuda.bytes(bytes), purpose));
        }
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

    /** Gives the block back after the work that the stream on which it was allocated has got. */
    @Override
    public void close() {
        closeAfter(stream);
    }

    /** Gives the block back after the work that a stream has got by now. */
    public void closeAfter(CudaStream last) {
        synchronized (last) {
            if (closed.getAndSet(true)) {
                return;
            }
            ALLOCATED.addAndGet(-bytes);
            last.device().makeCurrent();
            Cuda.check(
                    cudart.cudaFreeAsync(Cuda.pointer(address), last.handle()),
                    "freeing " + Cuda.bytes(bytes));
        }
    }
}
