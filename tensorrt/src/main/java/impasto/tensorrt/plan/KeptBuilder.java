package impasto.tensorrt.plan;

import impasto.tensorrt.cuda.CudaDevice;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.IBuilder;

/**
 * TensorRT's builder for a device. It takes about eight seconds and more than a gigabyte of host
 * memory to start, so it is kept from one build to the next, and deleted when none has come for a
 * minute.
 *
 * <p>Who builds holds this object's monitor.
 */
final class KeptBuilder {

    private static final long IDLE_SECONDS = 60;
    private static final Map<CudaDevice, KeptBuilder> BY_DEVICE = new HashMap<>();
    private static final ScheduledExecutorService CLOSER =
            Executors.newSingleThreadScheduledExecutor(
                    work -> {
                        Thread thread = new Thread(work, "impasto-tensorrt-builder");
                        thread.setDaemon(true);
                        return thread;
                    });

    private final CudaDevice device;
    private Owned<IBuilder> builder;
    private ScheduledFuture<?> closing;

    private KeptBuilder(CudaDevice device) {
        this.device = device;
    }

    static KeptBuilder of(CudaDevice device) {
        synchronized (BY_DEVICE) {
            return BY_DEVICE.computeIfAbsent(device, KeptBuilder::new);
        }
    }

    /** The builder; {@link #release} it when the build is over. */
    synchronized IBuilder get(TensorRtLog log, TensorRtLog.Capture capture) {
        if (closing != null) {
            closing.cancel(false);
        }
        if (builder == null) {
            IBuilder started = nvinfer.createInferBuilder(log);
            if (Owned.isMissing(started)) {
                throw capture.failure("TensorRT's builder cannot start", device);
            }
            builder = Owned.of(started, new IBuilder());
        }
        return builder.get();
    }

    synchronized void release() {
        closing = CLOSER.schedule(this::close, IDLE_SECONDS, TimeUnit.SECONDS);
    }

    private synchronized void close() {
        if (builder != null) {
            device.makeCurrent();
            builder.close();
            builder = null;
        }
    }
}
