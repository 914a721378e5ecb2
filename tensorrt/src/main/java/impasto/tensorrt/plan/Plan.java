package impasto.tensorrt.plan;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.DeviceException;
import impasto.tensorrt.PlanBuildException;
import impasto.tensorrt.cuda.Cuda;
import impasto.tensorrt.cuda.CudaDevice;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.ExecutionContextAllocationStrategy;
import org.bytedeco.tensorrt.global.nvinfer.LayerInformationFormat;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.global.nvinfer.TensorIOMode;
import org.bytedeco.tensorrt.global.nvinfer.TensorLocation;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IEngineInspector;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.bytedeco.tensorrt.nvinfer.IRuntime;

/**
 * A plan on a device, for all its batch sizes. They share the weights, but for copies in another
 * order that TensorRT makes for one of them. Contexts run it. Closing frees the weights, after the
 * contexts have been closed.
 */
public final class Plan implements AutoCloseable {

    private final CudaDevice device;
    private final Owned<IRuntime> runtime;
    private final Owned<ICudaEngine> engine;
    private final List<Profile> profiles;

    /** The tensors of one optimisation profile; inputs and outputs in the graph's order. */
    record Profile(int index, int batchSize, List<PlanTensor> inputs, List<PlanTensor> outputs) {}

    private Plan(CudaDevice device, Owned<IRuntime> runtime, Owned<ICudaEngine> engine) {
        this.device = device;
        this.runtime = runtime;
        this.engine = engine;
        this.profiles = new ArrayList<>();
        for (int p = 0; p < engine.get().getNbOptimizationProfiles(); p++) {
            profiles.add(profile(p));
        }
    }

    /**
     * Loads a plan that was built on this kind of GPU with this version of TensorRT.
     *
     * @throws IOException if the file cannot be read
     * @throws DeviceException if TensorRT refuses it, with TensorRT's reason
     */
    public static Plan load(CudaDevice device, Path file) throws IOException {
        device.makeCurrent();
        TensorRtLog log = TensorRtLog.get();
        // Not a Java buffer: plans are larger than 2 GiB.
        try (TensorRtLog.Capture capture = log.capture(line -> {});
                FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            Pointer bytes = Pointer.malloc(Math.max(1, size));
            if (Pointer.isNull(bytes)) {
                throw new IOException(
                        "%s: no memory on the host for %s".formatted(file, Cuda.bytes(size)));
            }
            try {
                read(channel, bytes.address(), size, file);
                IRuntime runtime = nvinfer.createInferRuntime(log);
                if (Owned.isMissing(runtime)) {
                    throw capture.failure("TensorRT's runtime cannot start", device);
                }
                Owned<IRuntime> ownedRuntime = Owned.of(runtime, new IRuntime());
                ICudaEngine engine = runtime.deserializeCudaEngine(bytes, size);
                if (Pointer.isNull(engine)) {
                    ownedRuntime.close();
                    throw capture.failure(
                            file + " is no plan for this GPU and version of TensorRT", device);
                }
                return new Plan(device, ownedRuntime, Owned.of(engine, new ICudaEngine()));
            } finally {
                Pointer.free(bytes);
            }
        }
    }

    private static void read(FileChannel channel, long address, long size, Path file)
            throws IOException {
        for (long from = 0; from < size; ) {
            long length = Math.min(1 << 30, size - from);
            ByteBuffer piece = Cuda.hostBuffer(address + from, length);
            while (piece.hasRemaining()) {
                if (channel.read(piece) < 0) {
                    throw new EOFException(file + " became shorter while it was read");
                }
            }
            from += length;
        }
    }

    private Profile profile(int index) {
        ICudaEngine e = engine.get();
        Optional<Set<String>> batched = BatchedTensors.read(e.getName());
        List<PlanTensor> inputs = new ArrayList<>();
        List<String> outputNames = new ArrayList<>();
        int batchSize = 0;
        for (int t = 0; t < e.getNbIOTensors(); t++) {
            String name = e.getIOTensorName(t);
            if (e.getTensorIOMode(name).value != TensorIOMode.kINPUT.value) {
                outputNames.add(name);
                continue;
            }
            Shape shape = shape(e.getTensorShape(name));
            if (Arrays.stream(shape.getShape()).anyMatch(size -> size < 0)) {
                shape = shape(e.getProfileShape(name, index, OptProfileSelector.kMAX));
            }
            boolean hasBatch = isBatched(e, name, batched);
            inputs.add(new PlanTensor(name, type(e, name), shape, hasBatch));
            if (batchSize == 0 && hasBatch) {
                batchSize = Math.toIntExact(shape.get(0));
            }
        }
        List<PlanTensor> outputs = new ArrayList<>();
        for (String name : outputNames) {
            long[] dimensions = shape(e.getTensorShape(name)).getShape().clone();
            boolean hasBatch = isBatched(e, name, batched);
            // What TensorRT says of an output's first dimension need not be open where it varies.
            if (hasBatch && batchSize > 0) {
                dimensions[0] = batchSize;
            }
            outputs.add(new PlanTensor(name, type(e, name), new Shape(dimensions), hasBatch));
        }
        return new Profile(index, batchSize == 0 ? 1 : batchSize, inputs, outputs);
    }

    /** As the plan's name tells; of plans that others built, what is open in the shape. */
    private static boolean isBatched(
            ICudaEngine engine, String tensor, Optional<Set<String>> batched) {
        if (engine.getTensorLocation(tensor).value != TensorLocation.kDEVICE.value) {
            throw new PlanBuildException(
                    "tensor '%s' holds a shape and lies on the host, expected tensors on the device only"
                            .formatted(tensor));
        }
        Dims64 shape = engine.getTensorShape(tensor);
        return batched.map(names -> names.contains(tensor))
                .orElse(shape.nbDims() > 0 && shape.d(0) < 0);
    }

    static Shape shape(Dims64 dimensions) {
        long[] shape = new long[dimensions.nbDims()];
        for (int d = 0; d < shape.length; d++) {
            shape[d] = dimensions.d(d);
        }
        return new Shape(shape);
    }

    private static DataType type(ICudaEngine engine, String tensor) {
        nvinfer.DataType type = engine.getTensorDataType(tensor);
        return PlanTypes.fromTensorRt(type.value, tensor);
    }

    /** The batch sizes that this plan runs, ascending; 1 if nothing has a batch dimension. */
    public List<Integer> batchSizes() {
        return profiles.stream().map(Profile::batchSize).sorted().toList();
    }

    /** Inputs for one of {@link #batchSizes}, in the graph's order. */
    public List<PlanTensor> inputs(int batchSize) {
        return profileOf(batchSize).inputs;
    }

    /** Outputs for one of {@link #batchSizes}, in the graph's order. */
    public List<PlanTensor> outputs(int batchSize) {
        return profileOf(batchSize).outputs;
    }

    Profile profileOf(int batchSize) {
        return profiles.stream()
                .filter(profile -> profile.batchSize == batchSize)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "batch size %d, the plan has %s"
                                                .formatted(batchSize, batchSizes())));
    }

    /** Layers after TensorRT has fused what it can. */
    public int layers() {
        return engine.get().getNbLayers();
    }

    /**
     * The engine inspector's JSON: every layer with its kernel, formats and shapes, if the plan was
     * built with {@link BuildOptions#detailed}; else their names.
     */
    public String layerInformation() {
        try (Owned<IEngineInspector> inspector =
                Owned.of(engine.get().createEngineInspector(), new IEngineInspector())) {
            return inspector.get().getEngineInformation(LayerInformationFormat.kJSON);
        }
    }

    /** Whether a context must be told which optimisation profile to use. */
    boolean hasSeveralProfiles() {
        return profiles.size() > 1;
    }

    Owned<IExecutionContext> newContext() {
        TensorRtLog log = TensorRtLog.get();
        try (TensorRtLog.Capture capture = log.capture(line -> {})) {
            IExecutionContext context =
                    engine.get()
                            .createExecutionContext(
                                    ExecutionContextAllocationStrategy.kUSER_MANAGED);
            if (Pointer.isNull(context)) {
                throw capture.failure("an execution context cannot be made", device);
            }
            return Owned.of(context, new IExecutionContext());
        }
    }

    public CudaDevice device() {
        return device;
    }

    @Override
    public void close() {
        device.makeCurrent();
        engine.close();
        runtime.close();
    }
}
