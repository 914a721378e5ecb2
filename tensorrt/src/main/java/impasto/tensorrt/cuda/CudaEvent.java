package impasto.tensorrt.cuda;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;

/** A point in a stream's work that other streams, or the host, can wait for. */
public final class CudaEvent implements AutoCloseable {

    private final CUevent_st handle = new CUevent_st();

    private CudaEvent(int flags) {
        Cuda.check(cudart.cudaEventCreateWithFlags(handle, flags), "creating an event");
    }

    /** For ordering only. A host thread that waits for it sleeps instead of spinning. */
    public static CudaEvent forOrder() {
        return new CudaEvent(cudart.cudaEventDisableTiming | cudart.cudaEventBlockingSync);
    }

    /** One from which {@link #millisecondsSince} can be read. */
    public static CudaEvent forTime() {
        return new CudaEvent(cudart.cudaEventBlockingSync);
    }

    /** Marks the work given to the stream so far. */
    public void record(CudaStream stream) {
        Cuda.check(cudart.cudaEventRecord(handle, stream.handle()), "recording an event");
    }

    /** Whether the marked work is done. */
    public boolean isDone() {
        int status = cudart.cudaEventQuery(handle);
        if (status == cudart.cudaErrorNotReady) {
            return false;
        }
        Cuda.check(status, "asking whether the GPU is done");
        return true;
    }

    /** Blocks the calling thread until the marked work is done. */
    public void synchronize() {
        Cuda.check(cudart.cudaEventSynchronize(handle), "waiting for the GPU");
    }

    /** Time between two events that are both done. */
    public float millisecondsSince(CudaEvent earlier) {
        float[] milliseconds = new float[1];
        Cuda.check(
                cudart.cudaEventElapsedTime(milliseconds, earlier.handle, handle),
                "reading the time between events");
        return milliseconds[0];
    }

    CUevent_st handle() {
        return handle;
    }

    @Override
    public void close() {
        if (!handle.isNull()) {
            Cuda.check(cudart.cudaEventDestroy(handle), "destroying an event");
            handle.setNull();
        }
    }
}
