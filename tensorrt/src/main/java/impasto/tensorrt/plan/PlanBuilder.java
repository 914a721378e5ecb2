package impasto.tensorrt.plan;

import impasto.tensorrt.DeviceException;
import impasto.tensorrt.PlanBuildException;
import impasto.tensorrt.cuda.Cuda;
import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.plan.BuildListener.Progress;
import impasto.tensorrt.plan.BuildListener.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer.BuilderFlag;
import org.bytedeco.tensorrt.global.nvinfer.MemoryPoolType;
import org.bytedeco.tensorrt.global.nvinfer.NetworkDefinitionCreationFlag;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.global.nvinfer.ProfilingVerbosity;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;
import org.bytedeco.tensorrt.nvinfer.ILogger;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IOptimizationProfile;
import org.bytedeco.tensorrt.nvinfer.ITensor;
import org.bytedeco.tensorrt.nvinfer.ITimingCache;
import org.bytedeco.tensorrt.nvonnxparser.IParser;
import org.bytedeco.tensorrt.nvonnxparser.IParserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a plan from an ONNX graph: a strongly typed network, so every tensor has the precision that
 * the graph gives it. Most callers want {@link PlanCache}, which builds only what is not there.
 *
 * <p>The first dimension of an input, where it is open, is the batch; all others must be fixed. One
 * batch size is built as a network of that very shape, several as one optimisation profile each in
 * one plan, so that they share the weights.
 *
 * <p>The presets cannot delete TensorRT's ONNX parser: the host memory that it holds, about the
 * size of the graph with its weights, is given back when the process ends. A process that is to
 * live long should find its plans built.
 */
public final class PlanBuilder {

    private static final Logger LOG = LoggerFactory.getLogger(PlanBuilder.class);
    private static final Pattern TIMED_LAYER = Pattern.compile("Timing Runner: (.+?) \\(");
    private static final Duration REPORT_INTERVAL = Duration.ofMillis(200);

    private final CudaDevice device;

    public PlanBuilder(CudaDevice device) {
        this.device = device;
    }

    /**
     * Builds a plan and writes it, which takes seconds to minutes.
     *
     * @param onnx the graph; its external data lie where the file says, relative to it
     * @param plan the file to write; replaced whole, or not at all
     * @param timingCache what earlier builds measured; read if it is there, and written afterwards,
     *     after a refusal too. Null for none
     * @param expected the time that the last such build took
     * @return what TensorRT's log cost
     * @throws PlanBuildException if TensorRT refuses the graph
     * @throws impasto.tensorrt.OutOfDeviceMemoryException if the device has too little memory
     * @throws IOException if a file cannot be read or written
     */
    public BuildLog build(
            Path onnx,
            BuildOptions options,
            Path plan,
            Path timingCache,
            Optional<Duration> expected,
            BuildListener listener)
            throws IOException {
        if (!Files.isRegularFile(onnx)) {
            throw new NoSuchFileException(onnx.toString(), null, "expected an ONNX file");
        }
        device.makeCurrent();
        Reporter reporter = new Reporter(listener, expected);
        TensorRtLog log = TensorRtLog.get();
        KeptBuilder kept = KeptBuilder.of(device);
        BuildLog cost;
        synchronized (kept) {
            try (TensorRtLog.Capture capture = log.capture(reporter::line)) {
                build(kept.get(log, capture), onnx, options, plan, timingCache, reporter, capture);
                cost = capture.cost();
            } finally {
                kept.release();
            }
        }
        reporter.step(Step.DONE, "");
        return cost;
    }

    private void build(
            IBuilder builder,
            Path onnx,
            BuildOptions options,
            Path plan,
            Path timingCache,
            Reporter reporter,
            TensorRtLog.Capture capture)
            throws IOException {
        try (Owned<INetworkDefinition> network =
                        Owned.of(
                                builder.createNetworkV2(
                                        1 << NetworkDefinitionCreationFlag.kSTRONGLY_TYPED.value),
                                new INetworkDefinition());
                Owned<IBuilderConfig> config =
                        Owned.of(builder.createBuilderConfig(), new IBuilderConfig())) {
            reporter.step(Step.PARSING, onnx.getFileName().toString());
            parse(onnx, network.get(), TensorRtLog.get(), capture);
            configure(config.get(), options);
            setBatchSizes(onnx, builder, network.get(), config.get(), options);
            try (Owned<ITimingCache> timings = timingCache(config.get(), timingCache)) {
                reporter.step(Step.OPTIMIZING, "");
                IHostMemory built;
                try {
                    built = builder.buildSerializedNetwork(network.get(), config.get());
                } finally {
                    // After a refusal too: what was measured spares the next attempt the time.
                    keepTimings(timings.get(), timingCache);
                }
                if (Pointer.isNull(built)) {
                    throw refused(onnx, capture);
                }
                try (Owned<IHostMemory> bytes = Owned.of(built, new IHostMemory())) {
                    reporter.step(Step.WRITING, Cuda.bytes(bytes.get().size()));
                    writeWhole(bytes.get(), plan);
                }
            }
        }
    }

    private DeviceException refused(Path onnx, TensorRtLog.Capture capture) {
        String what = "TensorRT cannot build a plan from " + onnx;
        DeviceException failure = capture.failure(what, device);
        return failure.getClass() == DeviceException.class
                ? new PlanBuildException(failure.getMessage())
                : failure;
    }

    private static void parse(
            Path onnx, INetworkDefinition network, ILogger log, TensorRtLog.Capture capture) {
        IParser parser = nvonnxparser.createParser(network, log);
        if (!parser.parseFromFile(onnx.toString(), ILogger.Severity.kWARNING.value)) {
            List<String> errors = new ArrayList<>();
            for (int i = 0; i < parser.getNbErrors(); i++) {
                IParserError error = parser.getError(i);
                errors.add(
                        error.node() < 0
                                ? error.desc()
                                : "node %d, %s '%s': %s"
                                        .formatted(
                                                error.node(),
                                                error.nodeOperator(),
                                                error.nodeName(),
                                                error.desc()));
            }
            throw new PlanBuildException(
                    "TensorRT cannot use %s: %s"
                            .formatted(
                                    onnx,
                                    errors.isEmpty()
                                            ? capture.errors()
                                            : String.join("; ", errors)));
        }
    }

    private static void configure(IBuilderConfig config, BuildOptions options) {
        config.setBuilderOptimizationLevel(options.optimizationLevel());
        if (!options.tf32()) {
            config.clearFlag(BuilderFlag.kTF32);
        }
        if (options.workspaceMebibytes() > 0) {
            config.setMemoryPoolLimit(
                    MemoryPoolType.kWORKSPACE, (long) options.workspaceMebibytes() << 20);
        }
        if (options.auxiliaryStreams() >= 0) {
            config.setMaxAuxStreams(options.auxiliaryStreams());
        }
        config.setProfilingVerbosity(
                options.detailed()
                        ? ProfilingVerbosity.kDETAILED
                        : ProfilingVerbosity.kLAYER_NAMES_ONLY);
    }

    private static void setBatchSizes(
            Path onnx,
            IBuilder builder,
            INetworkDefinition network,
            IBuilderConfig config,
            BuildOptions options) {
        List<String> batched = new ArrayList<>();
        for (int i = 0; i < network.getNbInputs(); i++) {
            if (isBatchOpen(onnx, network.getInput(i))) {
                batched.add(network.getInput(i).getName());
            }
        }
        if (batched.isEmpty()) {
            return;
        }
        for (int i = 0; i < network.getNbOutputs(); i++) {
            Dims64 shape = network.getOutput(i).getDimensions();
            if (shape.nbDims() > 0 && shape.d(0) < 0) {
                batched.add(network.getOutput(i).getName());
            }
        }
        // Of a plan for one batch size this cannot be told from the shapes any more.
        network.setName(BatchedTensors.write(batched));
        if (options.batchSizes().size() == 1 && !options.alwaysDynamic()) {
            for (int i = 0; i < network.getNbInputs(); i++) {
                ITensor input = network.getInput(i);
                input.setDimensions(withBatch(input.getDimensions(), options.batchSizes().get(0)));
            }
            return;
        }
        for (int batchSize : options.batchSizes()) {
            IOptimizationProfile profile = builder.createOptimizationProfile();
            for (int i = 0; i < network.getNbInputs(); i++) {
                ITensor input = network.getInput(i);
                Dims64 shape = withBatch(input.getDimensions(), batchSize);
                for (OptProfileSelector bound :
                        new OptProfileSelector[] {
                            OptProfileSelector.kMIN,
                            OptProfileSelector.kOPT,
                            OptProfileSelector.kMAX
                        }) {
                    profile.setDimensions(input.getName(), bound, shape);
                }
            }
            config.addOptimizationProfile(profile);
        }
    }

    private static boolean isBatchOpen(Path onnx, ITensor input) {
        Dims64 shape = input.getDimensions();
        for (int d = 1; d < shape.nbDims(); d++) {
            if (shape.d(d) < 0) {
                throw new PlanBuildException(
                        "%s: dimension %d of input '%s' is open, expected only the first one, the batch"
                                .formatted(onnx, d, input.getName()));
            }
        }
        return shape.nbDims() > 0 && shape.d(0) < 0;
    }

    private static Dims64 withBatch(Dims64 shape, int batchSize) {
        Dims64 fixed = new Dims64();
        fixed.nbDims(shape.nbDims());
        for (int d = 0; d < shape.nbDims(); d++) {
            fixed.d(d, shape.d(d) < 0 ? batchSize : shape.d(d));
        }
        return fixed;
    }

    private static Owned<ITimingCache> timingCache(IBuilderConfig config, Path file)
            throws IOException {
        byte[] earlier =
                file != null && Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        try (BytePointer bytes = new BytePointer(earlier)) {
            ITimingCache cache = config.createTimingCache(bytes, earlier.length);
            Owned<ITimingCache> owned = Owned.of(cache, new ITimingCache());
            if (!config.setTimingCache(cache, false)) {
                // It is of another GPU or version. What it holds is lost, as it would not help.
                owned.close();
                cache = config.createTimingCache(bytes, 0);
                owned = Owned.of(cache, new ITimingCache());
                config.setTimingCache(cache, false);
            }
            return owned;
        }
    }

    /** A build is not lost with its timings: that they cannot be written is a warning only. */
    private static void keepTimings(ITimingCache timings, Path file) {
        if (file == null) {
            return;
        }
        IHostMemory serialized = timings.serialize();
        if (Owned.isMissing(serialized)) {
            LOG.warn("TensorRT does not give out its timings; {} stays as it was", file);
            return;
        }
        try (Owned<IHostMemory> bytes = Owned.of(serialized, new IHostMemory())) {
            writeWhole(bytes.get(), file);
        } catch (IOException e) {
            LOG.warn("Cannot write the timings of this build to {}: {}", file, e.toString());
        }
    }

    /** Writes beside the file and renames, so that no reader ever sees a part. */
    private static void writeWhole(IHostMemory memory, Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, "." + file.getFileName(), ".part");
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                long size = memory.size();
                for (long from = 0; from < size; ) {
                    long length = Math.min(1 << 30, size - from);
                    ByteBuffer piece = Cuda.hostBuffer(memory.data().address() + from, length);
                    while (piece.hasRemaining()) {
                        channel.write(piece);
                    }
                    from += length;
                }
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Turns TensorRT's log into progress, a few times a second at most. */
    private static final class Reporter {
        private final BuildListener listener;
        private final Optional<Duration> expected;
        private final long startNanos = System.nanoTime();
        private Step step = Step.PARSING;
        private long lastNanos;

        Reporter(BuildListener listener, Optional<Duration> expected) {
            this.listener = listener;
            this.expected = expected;
        }

        synchronized void step(Step next, String detail) {
            step = next;
            report(detail);
        }

        synchronized void line(String line) {
            if (System.nanoTime() - lastNanos > REPORT_INTERVAL.toNanos()) {
                Matcher layer = TIMED_LAYER.matcher(line);
                if (layer.find()) {
                    report(layer.group(1));
                }
            }
        }

        private void report(String detail) {
            lastNanos = System.nanoTime();
            listener.progress(
                    new Progress(step, detail, Duration.ofNanos(lastNanos - startNanos), expected));
        }
    }
}
