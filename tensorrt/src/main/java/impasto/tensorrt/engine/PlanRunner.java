package impasto.tensorrt.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.cuda.DeviceMemory;
import impasto.tensorrt.plan.Plan;
import impasto.tensorrt.plan.PlanContext;
import impasto.tensorrt.plan.PlanTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs a plan on arrays. For each batch size there is one execution context with memory at fixed
 * addresses: an input slab, into which inputs are copied unless they lie in a model's slot or are
 * constants, and some slots for outputs, used in turn.
 *
 * <p>Thread-safe; runs are given to the stream in the order of the calls.
 */
final class PlanRunner implements AutoCloseable {

    /** What TensorRT asks of addresses. */
    private static final int ALIGNMENT = 256;

    /**
     * An array that was read so often is one that stays, and worth a graph of its own. Few enough
     * that the graphs are captured while a job warms up.
     */
    private static final int READS_OF_A_CONSTANT = 8;

    private final String model;
    private final Plan plan;
    private final CudaStream stream;
    private final Transfers transfers;
    private final ModelOptions options;
    private final List<Integer> batchSizes;
    private final Map<Integer, Lane> lanes = new HashMap<>();
    private boolean closed;

    /** Takes over the plan. */
    PlanRunner(String model, Plan plan, CudaStream stream, ModelOptions options) {
        this.model = model;
        this.plan = plan;
        this.stream = stream;
        this.transfers = Transfers.of(plan.device());
        this.options = options;
        this.batchSizes = plan.batchSizes();
    }

    /** The inputs at the largest batch size. */
    List<PlanTensor> inputs() {
        return plan.inputs(batchSizes.get(batchSizes.size() - 1));
    }

    /** The outputs at the largest batch size. */
    List<PlanTensor> outputs() {
        return plan.outputs(batchSizes.get(batchSizes.size() - 1));
    }

    /** One batch size. */
    private final class Lane {
        final int batchSize;
        final PlanContext context;
        final List<Slot> slots = new ArrayList<>();
        final Map<String, DeviceMemory> inputSlab = new TreeMap<>();
        int next;

        Lane(int batchSize) {
            this.batchSize = batchSize;
            this.context = new PlanContext(plan, batchSize, stream);
        }

        /** The slot whose turn it is. */
        Slot nextSlot() {
            if (slots.size() < options.slots()) {
                slots.add(new Slot(this, slots.size()));
            }
            Slot slot = slots.get(next % options.slots());
            next = (next + 1) % options.slots();
            return slot;
        }

        /** Where an input is copied to. Rows that a smaller batch leaves alone hold old values. */
        long inputAddress(PlanTensor tensor) {
            DeviceMemory memory = inputSlab.get(tensor.name());
            if (memory == null) {
                memory =
                        DeviceMemory.allocate(
                                stream,
                                Math.max(1, tensor.bytes()),
                                "input '%s' of model %s".formatted(tensor.name(), model));
                inputSlab.put(tensor.name(), memory);
                stream.zero(memory.address(), tensor.bytes());
            }
            return memory.address();
        }

        void close() {
            context.close();
            slots.forEach(slot -> slot.storage.free());
            inputSlab.values().forEach(DeviceMemory::close);
        }
    }

    /** Memory for all outputs of one run. */
    private final class Slot {
        final Storage storage;
        final List<Long> offsets = new ArrayList<>();

        Slot(Lane lane, int number) {
            long bytes = 0;
            for (PlanTensor output : lane.context.outputs()) {
                offsets.add(bytes);
                bytes += (output.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            }
            String name =
                    "slot %d of model %s for batches of %d"
                            .formatted(number, model, lane.batchSize);
            storage =
                    new Storage(
                            transfers,
                            DeviceMemory.allocate(stream, Math.max(1, bytes), name),
                            name);
        }
    }

    /**
     * Gives a run to the stream, and returns without waiting for it.
     *
     * @param given all inputs, by name, or in the plan's order without names
     * @param owner of the outputs
     * @return named arrays in a slot, with as many samples as the inputs
     * @throws IllegalArgumentException if an input is missing, unknown, or of another type or shape
     * @throws impasto.tensorrt.ExpiredArrayException if an input has been overwritten
     */
    NDList run(NDList given, TrtNDManager owner) {
        plan.device().makeCurrent();
        try (TrtNDManager converted = owner.newSubManager(owner.getDevice())) {
            List<TrtNDArray> inputs = inOrder(given, converted);
            int samples = samples(inputs);
            int batchSize = batchSizeFor(samples);
            synchronized (stream) {
                requireOpen();
                Lane lane = lanes.computeIfAbsent(batchSize, Lane::new);
                Slot slot = lane.nextSlot();
                slot.storage.beginWrite(stream);
                slot.storage.expireViews();
                enqueue(lane, slot, inputs);
                slot.storage.endWrite(stream);
                return outputs(lane, slot, samples, owner);
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("model %s was closed".formatted(model));
        }
    }

    private List<TrtNDArray> inOrder(NDList given, TrtNDManager converted) {
        List<PlanTensor> expected = inputs();
        List<String> names = new ArrayList<>();
        expected.forEach(tensor -> names.add(tensor.name()));
        boolean named = given.stream().anyMatch(array -> array.getName() != null);
        if (given.size() != expected.size()
                || (named && !given.stream().allMatch(array -> names.contains(array.getName())))) {
            throw new IllegalArgumentException(
                    "model %s got inputs %s, expected %s"
                            .formatted(
                                    model, given.stream().map(NDArray::getName).toList(), names));
        }
        List<TrtNDArray> inputs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            NDArray array = named ? given.get(names.get(i)) : given.get(i);
            if (array == null) {
                throw new IllegalArgumentException(
                        "model %s got no input '%s'".formatted(model, names.get(i)));
            }
            if (array.getDataType() != expected.get(i).type()) {
                throw new IllegalArgumentException(
                        "model %s got input '%s' as %s, expected %s"
                                .formatted(
                                        model,
                                        names.get(i),
                                        array.getDataType(),
                                        expected.get(i).type()));
            }
            TrtNDArray input = converted.from(array);
            if (input.getDevice().getDeviceId() != plan.device().ordinal()) {
                throw new IllegalArgumentException(
                        "model %s got input '%s' on %s, expected it on %s"
                                .formatted(model, names.get(i), input.getDevice(), plan.device()));
            }
            inputs.add(input);
        }
        return inputs;
    }

    /** Checks all shapes; the samples of the batched inputs. */
    private int samples(List<TrtNDArray> inputs) {
        long samples = -1;
        for (int i = 0; i < inputs.size(); i++) {
            PlanTensor expected = inputs().get(i);
            Shape shape = inputs.get(i).getShape();
            long[] dimensions = expected.shape().getShape().clone();
            if (expected.batched() && shape.dimension() > 0) {
                if (samples < 0) {
                    samples = shape.get(0);
                }
                dimensions[0] = samples;
            }
            if (!shape.equals(new Shape(dimensions))) {
                throw new IllegalArgumentException(
                        "model %s got input '%s' of shape %s, expected %s"
                                .formatted(model, expected.name(), shape, new Shape(dimensions)));
            }
        }
        return samples < 0 ? batchSizes.get(0) : Math.toIntExact(samples);
    }

    private int batchSizeFor(int samples) {
        return batchSizes.stream()
                .filter(size -> size >= samples && samples > 0)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "model %s got a batch of %d, its plan takes up to %d (option batchSizes)"
                                                .formatted(
                                                        model,
                                                        samples,
                                                        batchSizes.get(batchSizes.size() - 1))));
    }

    private void enqueue(Lane lane, Slot slot, List<TrtNDArray> inputs) {
        List<Long> addresses = new ArrayList<>();
        int reading = 0;
        try {
            for (TrtNDArray input : inputs) {
                input.beginRead(stream);
                reading++;
                PlanTensor tensor = lane.context.inputs().get(addresses.size());
                addresses.add(
                        isBound(input, tensor) ? input.address() : copied(lane, input, tensor));
            }
            slot.offsets.forEach(offset -> addresses.add(slot.storage.address() + offset));
            RunTimeline.mark(
                    model,
                    lane.batchSize,
                    stream,
                    () -> {
                        if (options.replay()) {
                            lane.context.run(addresses);
                        } else {
                            lane.context.enqueue(addresses);
                        }
                    });
        } finally {
            endReads(inputs.subList(0, reading));
        }
    }

    /** Ends all of them, whichever fails. */
    private void endReads(List<TrtNDArray> inputs) {
        if (!inputs.isEmpty()) {
            try {
                inputs.get(0).storage().endRead(stream);
            } finally {
                endReads(inputs.subList(1, inputs.size()));
            }
        }
    }

    /** Whether the plan reads an input where it lies, which takes a graph for that address. */
    private boolean isBound(TrtNDArray input, PlanTensor tensor) {
        return options.bindDirectly()
                && (input.storage().isSlot() || input.storage().reads() > READS_OF_A_CONSTANT)
                && input.address() % ALIGNMENT == 0
                && input.room() >= tensor.bytes();
    }

    private long copied(Lane lane, TrtNDArray input, PlanTensor tensor) {
        long address = lane.inputAddress(tensor);
        if (input.bytes() > 0) {
            stream.copy(address, input.address(), input.bytes());
        }
        return address;
    }

    private static NDList outputs(Lane lane, Slot slot, int samples, TrtNDManager owner) {
        NDList outputs = new NDList();
        List<PlanTensor> tensors = lane.context.outputs();
        for (int i = 0; i < tensors.size(); i++) {
            PlanTensor tensor = tensors.get(i);
            long[] dimensions = tensor.shape().getShape().clone();
            if (tensor.batched()) {
                dimensions[0] = samples;
            }
            TrtNDArray output =
                    new TrtNDArray(
                            owner,
                            slot.storage,
                            slot.offsets.get(i),
                            slot.offsets.get(i) + tensor.bytes(),
                            new Shape(dimensions),
                            tensor.type());
            output.setName(tensor.name());
            outputs.add(output);
        }
        return outputs;
    }

    /** Waits for the runs. Idempotent. */
    @Override
    public void close() {
        synchronized (stream) {
            if (!closed) {
                closed = true;
                plan.device().makeCurrent();
                lanes.values().forEach(Lane::close);
                plan.close();
            }
        }
    }
}
