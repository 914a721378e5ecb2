package impasto.tensorrt.engine;

import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.CudaEvent;
import impasto.tensorrt.cuda.CudaStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * When the models' runs began and ended on their CUDA streams, by the device's own clock, for as
 * long as this is open. While none is open, runs are not marked. At most one is open in a process.
 *
 * <p>A run's begin is marked after the stream has waited for its inputs. Thread-safe.
 */
public final class RunTimeline implements AutoCloseable {

    /** Runs after these are not marked: events are a driver's resource. */
    private static final int MOST_RUNS = 4096;

    private static volatile RunTimeline open;

    private final CudaDevice device;
    private final CudaEvent origin;
    private final Instant originTime;
    private final List<Marked> marked = new ArrayList<>();

    /**
     * One run of a model.
     *
     * @param model the model's name
     * @param stream the name of its CUDA stream
     * @param batchSize of the plan's profile
     * @param startMillis since {@link RunTimeline#origin}
     * @param endMillis since {@link RunTimeline#origin}
     */
    public record Run(
            String model, String stream, int batchSize, double startMillis, double endMillis) {}

    private record Marked(
            String model, String stream, int batchSize, CudaEvent start, CudaEvent end) {}

    private RunTimeline(CudaDevice device) {
        this.device = device;
        device.makeCurrent();
        this.origin = CudaEvent.forTime();
        CudaStream stream = device.stream("timeline");
        origin.record(stream);
        origin.synchronize();
        this.originTime = Instant.now();
    }

    /**
     * Begins to mark runs.
     *
     * @param gpu number of the device
     * @throws IllegalStateException if one is open
     */
    public static synchronized RunTimeline open(int gpu) {
        if (open != null) {
            throw new IllegalStateException("a timeline is open already");
        }
        open = new RunTimeline(CudaDevice.of(gpu));
        return open;
    }

    /** Does work that gives a run to the stream, and marks it if a timeline is open. */
    static void mark(String model, int batchSize, CudaStream stream, Runnable run) {
        RunTimeline timeline = open;
        if (timeline == null || timeline.device != stream.device()) {
            run.run();
        } else {
            timeline.markRun(model, batchSize, stream, run);
        }
    }

    private void markRun(String model, int batchSize, CudaStream stream, Runnable run) {
        CudaEvent start = CudaEvent.forTime();
        CudaEvent end = CudaEvent.forTime();
        start.record(stream);
        run.run();
        end.record(stream);
        synchronized (this) {
            if (open == this && marked.size() < MOST_RUNS) {
                marked.add(new Marked(model, stream.name(), batchSize, start, end));
                return;
            }
        }
        start.close();
        end.close();
    }

    /** The moment from which times are counted, by the host's clock. */
    public Instant origin() {
        return originTime;
    }

    /** All runs so far, in the order in which they were given; waits until they are done. */
    public synchronized List<Run> runs() {
        device.makeCurrent();
        List<Run> runs = new ArrayList<>();
        for (Marked run : marked) {
            run.end.synchronize();
            runs.add(
                    new Run(
                            run.model,
                            run.stream,
                            run.batchSize,
                            run.start.millisecondsSince(origin),
                            run.end.millisecondsSince(origin)));
        }
        return runs;
    }

    /** Ends the marking. Idempotent. */
    @Override
    public void close() {
        synchronized (RunTimeline.class) {
            if (open != this) {
                return;
            }
            open = null;
        }
        synchronized (this) {
            device.makeCurrent();
            marked.forEach(
                    run -> {
                        run.start.close();
                        run.end.close();
                    });
            marked.clear();
            origin.close();
        }
    }
}
