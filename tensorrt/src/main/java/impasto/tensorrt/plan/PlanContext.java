package impasto.tensorrt.plan;

import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.DeviceException;
import impasto.tensorrt.cuda.Cuda;
import impasto.tensorrt.cuda.CudaGraph;
import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.cuda.DeviceMemory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plan made ready to run at one batch size on one stream. A run is a replay of a captured graph:
 * TensorRT itself is asked once for each set of addresses that the tensors lie at, and the graphs
 * of the last few sets are kept.
 *
 * <p>Not thread-safe: callers hold the stream's monitor.
 */
public final class PlanContext implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PlanContext.class);

    /** Sets of addresses whose graphs are kept: several producers with two slots each. */
    static final int KEPT_GRAPHS = 32;

    private final Plan plan;
    private final CudaStream stream;
    private final Plan.Profile profile;
    private final Owned<IExecutionContext> context;
    private final ScratchMemory scratch;
    private final long scratchBytes;
    private final Map<List<Long>, CudaGraph> graphs = new LinkedHashMap<>(16, 0.75f, true);
    private DeviceMemory scratchBlock;
    private boolean warm;
    private boolean closed;

    public PlanContext(Plan plan, int batchSize, CudaStream stream) {
        this.plan = plan;
        this.stream = stream;
        this.profile = plan.profileOf(batchSize);
        plan.device().makeCurrent();
        this.context = plan.newContext();
        boolean ready = false;
        try {
            chooseShapes();
            ready = true;
        } finally {
            if (!ready) {
                context.close();
            }
        }
        this.scratchBytes = context.get().updateDeviceMemorySizeForShapes();
        this.scratch = ScratchMemory.of(stream);
        scratch.addUser();
    }

    private void chooseShapes() {
        // What follows is ordered on the stream, so that it may run beside other streams' work.
        if (plan.hasSeveralProfiles()
                && !context.get().setOptimizationProfileAsync(profile.index(), stream.handle())) {
            throw new DeviceException(
                    "optimisation profile %d is refused".formatted(profile.index()));
        }
        for (PlanTensor input : profile.inputs()) {
            Dims64 shape = new Dims64();
            shape.nbDims(input.shape().dimension());
            for (int d = 0; d < input.shape().dimension(); d++) {
                shape.d(d, input.shape().get(d));
            }
            if (!context.get().setInputShape(input.name(), shape)) {
                throw new DeviceException(
                        "input '%s' may not have shape %s".formatted(input.name(), input.shape()));
            }
        }
        for (PlanTensor output : profile.outputs()) {
            Shape found = Plan.shape(context.get().getTensorShape(output.name()));
            if (!found.equals(output.shape())) {
                LOG.warn(
                        "TensorRT says that output '{}' has shape {}, expected {}",
                        output.name(),
                        found,
                        output.shape());
            }
        }
    }

    /** Bytes that this batch size needs of the stream's scratch memory. */
    public long scratchBytes() {
        return scratchBytes;
    }

    public List<PlanTensor> inputs() {
        return profile.inputs();
    }

    public List<PlanTensor> outputs() {
        return profile.outputs();
    }

    /**
     * Adds a run to the stream and returns.
     *
     * @param addresses of all inputs, then of all outputs, in their order; 256-byte aligned
     */
    public void run(List<Long> addresses) {
        useScratch();
        CudaGraph graph = graphs.get(addresses);
        if (graph == null) {
            graph = capture(addresses);
            graphs.put(List.copyOf(addresses), graph);
            if (graphs.size() > KEPT_GRAPHS) {
                // It may still be running.
                stream.synchronize();
                graphs.remove(graphs.keySet().iterator().next()).close();
            }
        }
        graph.launch(stream);
    }

    /** Adds a run to the stream without a graph, as TensorRT does it by itself. */
    public void enqueue(List<Long> addresses) {
        useScratch();
        bind(addresses);
        TensorRtLog log = TensorRtLog.get();
        try (TensorRtLog.Capture capture = log.capture(line -> {})) {
            if (!context.get().enqueueV3(stream.handle())) {
                throw capture.failure("TensorRT cannot run a plan", plan.device());
            }
        }
    }

    private CudaGraph capture(List<Long> addresses) {
        if (!warm) {
            // The first run loads kernels and sets lazy state, neither of which can be captured.
            enqueue(addresses);
            warm = true;
        }
        // TensorRT may not change, for the capture, what a run under way still reads.
        stream.synchronize();
        stream.beginCapture();
        boolean enqueued = false;
        try {
            enqueue(addresses);
            enqueued = true;
        } finally {
            if (!enqueued) {
                abandonCapture();
            }
        }
        return stream.endCapture();
    }

    private void abandonCapture() {
        try {
            stream.endCapture().close();
        } catch (DeviceException alreadyFailing) {
            // What made the capture fail is on its way to the caller.
        }
    }

    private void bind(List<Long> addresses) {
        int i = 0;
        for (List<PlanTensor> tensors : List.of(profile.inputs(), profile.outputs())) {
            for (PlanTensor tensor : tensors) {
                Pointer address = Cuda.pointer(addresses.get(i++));
                if (!context.get().setTensorAddress(tensor.name(), address)) {
                    throw new DeviceException(
                            "tensor '%s' may not lie at address %#x"
                                    .formatted(tensor.name(), address.address()));
                }
            }
        }
    }

    private void useScratch() {
        DeviceMemory block = scratch.atLeast(scratchBytes);
        if (block != scratchBlock) {
            context.get().setDeviceMemoryV2(Cuda.pointer(block.address()), block.bytes());
            scratchBlock = block;
            dropGraphs();
        }
    }

    private void dropGraphs() {
        if (!graphs.isEmpty()) {
            stream.synchronize();
            graphs.values().forEach(CudaGraph::close);
            graphs.clear();
        }
    }

    /** Waits for the stream. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            plan.device().makeCurrent();
            stream.synchronize();
            dropGraphs();
            context.close();
            scratch.removeUser();
        }
    }
}
