package impasto.tensorrt.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/**
 * A queue of work on a device, run in the order in which it was given. Streams of one device run
 * beside one another except where an event makes one wait. Several threads may give work to a
 * stream; whoever needs several calls to stay together holds the stream's monitor.
 */
public final class CudaStream {

    private final CudaDevice device;
    private final String name;
    private final CUstream_st handle = new CUstream_st();

    CudaStream(CudaDevice device, String name) {
        this.device = device;
        this.name = name;
        device.makeCurrent();
        Cuda.check(
                cudart.cudaStreamCreateWithFlags(handle, cudart.cudaStreamNonBlocking),
                "creating stream " + name);
    }

    /** Makes later work of this stream wait, on the device, for what the event marks. */
    public void waitFor(CudaEvent event) {
        Cuda.check(
                cudart.cudaStreamWaitEvent(handle, event.handle(), cudart.cudaEventWaitDefault),
                "making stream " + name + " wait for an event");
    }

    /** Blocks the calling thread until the stream has nothing left to do. */
    public void synchronize() {
        Cuda.check(cudart.cudaStreamSynchronize(handle), "waiting for stream " + name);
    }

    /** Copies within the device, or between it and the host, in this stream's order. */
    public void copy(long toAddress, long fromAddress, long bytes) {
        int status =
                cudart.cudaMemcpyAsync(
                        Cuda.pointer(toAddress),
                        Cuda.pointer(fromAddress),
                        bytes,
                        cudart.cudaMemcpyDefault,
                        handle);
        if (status != cudart.cudaSuccess) {
            Cuda.check(
                    status,
                    "copying %s from %s to %s"
                            .formatted(
                                    Cuda.bytes(bytes),
                                    Cuda.whereIs(fromAddress),
                                    Cuda.whereIs(toAddress)));
        }
    }

    /** Sets bytes to zero, in this stream's order. */
    public void zero(long address, long bytes) {
        Cuda.check(
                cudart.cudaMemsetAsync(Cuda.pointer(address), 0, bytes, handle),
                "clearing " + Cuda.bytes(bytes));
    }

    /** Starts to record this thread's work on the stream instead of doing it. */
    public void beginCapture() {
        Cuda.check(
                cudart.cudaStreamBeginCapture(handle, cudart.cudaStreamCaptureModeThreadLocal),
                "beginning to capture stream " + name);
    }

    /** Ends what {@link #beginCapture} began. */
    public CudaGraph endCapture() {
        return CudaGraph.endCapture(this);
    }

    public CudaDevice device() {
        return device;
    }

    public String name() {
        return name;
    }

    /** What the presets call this stream. */
    public CUstream_st handle() {
        return handle;
    }

    @Override
    public String toString() {
        return "stream %s of %s".formatted(name, device);
    }
}
