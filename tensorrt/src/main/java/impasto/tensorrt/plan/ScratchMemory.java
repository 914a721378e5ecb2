package impasto.tensorrt.plan;

import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.cuda.DeviceMemory;
import java.util.WeakHashMap;

/**
 * The memory for intermediate values that all contexts of one stream share, since they never run at
 * the same time. It grows to what the largest needs. Used under the stream's monitor.
 */
public final class ScratchMemory {

    private static final WeakHashMap<CudaStream, ScratchMemory> BY_STREAM = new WeakHashMap<>();

    private final CudaStream stream;
    private DeviceMemory block;
    private int users;

    private ScratchMemory(CudaStream stream) {
        this.stream = stream;
    }

    /** The stream's own. */
    public static ScratchMemory of(CudaStream stream) {
        synchronized (BY_STREAM) {
            return BY_STREAM.computeIfAbsent(stream, ScratchMemory::new);
        }
    }

    void addUser() {
        users++;
    }

    /** Frees the block after the last user. */
    void removeUser() {
        users--;
        if (users == 0 && block != null) {
            block.close();
            block = null;
        }
    }

    /** A block of at least so many bytes. What an earlier call returned may have been freed. */
    DeviceMemory atLeast(long bytes) {
        if (block == null || block.bytes() < bytes) {
            DeviceMemory larger =
                    DeviceMemory.allocate(
                            stream,
                            Math.max(1, bytes),
                            "scratch memory of stream " + stream.name());
            if (block != null) {
                block.close();
            }
            block = larger;
        }
        return block;
    }
}
