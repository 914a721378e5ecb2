package impasto.tensorrt.plan;

import impasto.tensorrt.DeviceException;
import impasto.tensorrt.OutOfDeviceMemoryException;
import impasto.tensorrt.cuda.Cuda;
import impasto.tensorrt.cuda.CudaDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.bytedeco.tensorrt.nvinfer.ILogger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What TensorRT says, passed on to SLF4J. TensorRT keeps one logger per process, so there is one
 * here, for ever.
 */
final class TensorRtLog extends ILogger {

    private static final Logger LOG = LoggerFactory.getLogger(TensorRtLog.class);
    private static final int ERROR = 1;
    private static final int WARNING = 2;
    private static final int INFO = 3;

    private static final Pattern OUT_OF_MEMORY =
            Pattern.compile("out ?of ?memory|could not be allocated", Pattern.CASE_INSENSITIVE);

    private static TensorRtLog instance;

    private final List<Capture> captures = new CopyOnWriteArrayList<>();

    private TensorRtLog() {}

    /** The process's logger. */
    static synchronized TensorRtLog get() {
        if (instance == null) {
            instance = new TensorRtLog();
        }
        return instance;
    }

    @Override
    public void log(ILogger.Severity severity, String message) {
        long startNanos = System.nanoTime();
        int level = severity.value;
        if (level <= ERROR) {
            LOG.error("{}", message);
        } else if (level == WARNING) {
            LOG.warn("{}", message);
        } else if (level == INFO) {
            LOG.debug("{}", message);
        } else {
            LOG.trace("{}", message);
        }
        for (Capture capture : captures) {
            capture.take(level, message, startNanos);
        }
    }

    /** Collects errors, and shows every line to a listener, until it is closed. */
    Capture capture(Consumer<String> eachLine) {
        Capture capture = new Capture(eachLine);
        captures.add(capture);
        return capture;
    }

    /** Lines since it was opened, of all threads: TensorRT's builder has several. */
    final class Capture implements AutoCloseable {
        private final Consumer<String> eachLine;
        private final List<String> errors = new ArrayList<>();
        private long lines;
        private long spentNanos;
        private String lastLine = "";
        private long lastNanos = System.nanoTime();
        private String lineBeforeGap = "";
        private long longestGapNanos;

        private Capture(Consumer<String> eachLine) {
            this.eachLine = eachLine;
        }

        private synchronized void take(int level, String message, long startNanos) {
            endGap(startNanos);
            lines++;
            lastLine = message;
            lastNanos = startNanos;
            if (level <= ERROR) {
                errors.add(message);
            }
            eachLine.accept(message);
            spentNanos += System.nanoTime() - startNanos;
        }

        private void endGap(long nanos) {
            if (nanos - lastNanos > longestGapNanos) {
                longestGapNanos = nanos - lastNanos;
                lineBeforeGap = lastLine;
            }
        }

        /** The cost so far. */
        synchronized BuildLog cost() {
            endGap(System.nanoTime());
            return new BuildLog(lines, spentNanos / 1e9, longestGapNanos / 1e9, lineBeforeGap);
        }

        /** The last few errors, oldest first, or a remark that there was none. */
        synchronized String errors() {
            return errors.isEmpty()
                    ? "TensorRT gave no reason"
                    : String.join(
                            "; ", errors.subList(Math.max(0, errors.size() - 5), errors.size()));
        }

        /**
         * Whether memory is what was missing in the end. Earlier errors do not count: the builder
         * survives tactics that want too much, and other builds are heard here too.
         */
        synchronized boolean ranOutOfMemory() {
            return !errors.isEmpty() && OUT_OF_MEMORY.matcher(errors.get(errors.size() - 1)).find();
        }

        /** What went wrong, with TensorRT's reason, as the exception that fits. */
        DeviceException failure(String what, CudaDevice device) {
            // On a poisoned device this call fails with what poisoned it.
            long free = device.freeBytes();
            String message = what + ": " + errors();
            return ranOutOfMemory()
                    ? new OutOfDeviceMemoryException(
                            "%s (%s of device memory free)".formatted(message, Cuda.bytes(free)))
                    : new DeviceException(message);
        }

        @Override
        public void close() {
            captures.remove(this);
        }
    }
}
