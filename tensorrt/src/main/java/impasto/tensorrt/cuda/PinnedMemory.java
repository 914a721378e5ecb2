package impasto.tensorrt.cuda;

import java.nio.ByteBuffer;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/** Host memory that the GPU reads and writes by itself, so that copies run beside other work. */
public final class PinnedMemory implements AutoCloseable {

    private final Pointer pointer = new Pointer();
    private final long bytes;

    /**
     * @param bytes at least 1
     */
    public PinnedMemory(long bytes) {
        this.bytes = bytes;
        Cuda.check(
                cudart.cudaHostAlloc(pointer, bytes, 0),
                "allocating %s of pinned host memory".formatted(Cuda.bytes(bytes)));
    }

    /** The first bytes of the block, in native order; it ends with the block. */
    public ByteBuffer buffer(int length) {
        if (length > bytes) {
            throw new IllegalArgumentException("%d bytes of %d".formatted(length, bytes));
        }
        return Cuda.hostBuffer(pointer.address(), length);
    }

    public long address() {
        return pointer.address();
    }

    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (!pointer.isNull()) {
            Cuda.check(cudart.cudaFreeHost(pointer), "freeing pinned host memory");
            pointer.setNull();
        }
    }
}
