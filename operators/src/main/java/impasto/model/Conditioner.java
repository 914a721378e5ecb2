package impasto.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.decode.Pixels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Makes the temporal adapter's inputs of a batch: it warps and encodes for the frames that are to
 * be encoded, takes what was kept for those that reuse it, and keeps what later frames need.
 */
final class Conditioner implements AutoCloseable {

    private final LoadedBundle bundle;
    private final BundleManifest.FrameSize size;
    private final List<TensorSpec> conditions;
    private final DataType strengthType;
    private final SampleStore store;
    private final float[] still;
    private final List<Sample> nothing;
    private final BatchArrays offArrays;
    private final Map<Integer, NDList> offBySize = new HashMap<>();

    Conditioner(LoadedBundle bundle, DirectBuffers buffers) {
        this.bundle = bundle;
        this.size = bundle.manifest().frame();
        this.conditions = bundle.manifest().graph(GraphRole.CONDITION_ENCODER).outputs();
        this.strengthType = bundle.manifest().denoiserInput(BundleContract.STRENGTH).type();
        this.store = new SampleStore(bundle.newManager(), !bundle.onHost());
        this.still = new float[2 * size.width() * size.height()];
        this.nothing =
                conditions.stream()
                        .map(
                                spec ->
                                        Sample.of(
                                                new byte
                                                        [BatchArrays.byteCount(
                                                                row(spec), spec.type())]))
                        .toList();
        this.offArrays = new BatchArrays(bundle.newManager(), buffers.loan());
    }

    /** Shape of one frame's part of a tensor. */
    private static Shape row(TensorSpec spec) {
        return new Shape(spec.dimensions().subList(1, spec.dimensions().size()));
    }

    /** The frame's picture as a kept output, without any computation. */
    List<Sample> picture(Pixels pixels) {
        return List.of(Sample.of(pixels.rgb()));
    }

    /**
     * The flows of the frames that are encoded, whose futures must be done; null if none is
     * encoded.
     */
    NDArray flow(BatchArrays arrays, List<Batch.Item> items) {
        List<float[]> flows =
                items.stream()
                        .map(Batch.Item::condition)
                        .filter(Condition::encodes)
                        .map(
                                condition ->
                                        condition.flow() == null ? still : condition.flow().join())
                        .toList();
        return flows.isEmpty() ? null : stackFlows(arrays, flows);
    }

    private NDArray stackFlows(BatchArrays arrays, List<float[]> flows) {
        return arrays.ofFloats(
                BundleContract.FLOW, flows, new Shape(size.height(), size.width(), 2));
    }

    /**
     * The denoiser's inputs: the conditions of every resolution, and strengths. All that the frames
     * depend on must be done.
     *
     * @param flow from {@link #flow}
     */
    NDList inputs(BatchArrays arrays, List<Batch.Item> items, NDArray flow) {
        if (items.stream().allMatch(item -> item.condition().isOff())) {
            return off(items.size());
        }
        List<Batch.Item> encoded =
                items.stream().filter(item -> item.condition().encodes()).toList();
        NDList fresh = encoded.isEmpty() ? new NDList() : encode(arrays, encoded, flow);
        NDList inputs = encoded.size() == items.size() ? fresh : gather(arrays, items, fresh);
        inputs.add(strengths(arrays, items));
        return inputs;
    }

    /** Encodes the frames and keeps the embeddings that are to be kept. */
    NDList encode(BatchArrays arrays, List<Batch.Item> items, NDArray flow) {
        List<Sample> anchors = new ArrayList<>(items.size());
        List<float[]> corrected = new ArrayList<>(items.size());
        boolean missing = false;
        for (Batch.Item item : items) {
            Condition condition = item.condition();
            List<Sample> anchor = condition.anchor() == null ? null : condition.anchor().samples();
            boolean itself = anchor == null;
            missing |= itself && condition.anchor() != null;
            anchors.add(itself ? Sample.of(item.pixels().rgb()) : anchor.get(0));
            corrected.add(itself ? still : condition.flow().join());
        }
        NDArray anchor =
                store.join(
                        arrays,
                        BundleContract.ANCHOR,
                        anchors,
                        new Shape(size.height(), size.width(), 3),
                        DataType.UINT8);
        // An anchor that the model failed on leaves its frames with themselves, and those stand
        // still.
        NDArray motion = missing ? stackFlows(arrays, corrected) : flow;
        NDList embeddings = bundle.run(GraphRole.CONDITION_ENCODER, new NDList(anchor, motion));
        keep(items, embeddings);
        return embeddings;
    }

    private void keep(List<Batch.Item> items, NDList embeddings) {
        if (items.stream().allMatch(item -> item.condition().embeddings() == null)) {
            return;
        }
        List<IntFunction<Sample>> samples =
                conditions.stream()
                        .map(spec -> store.samplesOf(embeddings.get(spec.name())))
                        .toList();
        for (int i = 0; i < items.size(); i++) {
            Kept kept = items.get(i).condition().embeddings();
            if (kept != null) {
                int row = i;
                kept.complete(samples.stream().map(of -> of.apply(row)).toList());
            }
        }
    }

    /** Keeps the outputs that are to be kept. */
    void keepOutputs(List<Batch.Item> items, NDArray frames) {
        if (items.stream().allMatch(item -> item.condition().output() == null)) {
            return;
        }
        IntFunction<Sample> samples = store.samplesOf(frames);
        for (int i = 0; i < items.size(); i++) {
            Kept kept = items.get(i).condition().output();
            if (kept != null) {
                kept.complete(List.of(samples.apply(i)));
            }
        }
    }

    /** Puts what was encoded now, what was kept and what is off into one batch. */
    private NDList gather(BatchArrays arrays, List<Batch.Item> items, NDList fresh) {
        NDList gathered = new NDList();
        for (int c = 0; c < conditions.size(); c++) {
            TensorSpec spec = conditions.get(c);
            IntFunction<Sample> encoded =
                    fresh.isEmpty() ? null : store.samplesOf(fresh.get(spec.name()));
            List<Sample> samples = new ArrayList<>(items.size());
            List<Sample> temporary = new ArrayList<>();
            int row = 0;
            for (Batch.Item item : items) {
                Condition condition = item.condition();
                if (condition.encodes()) {
                    temporary.add(encoded.apply(row++));
                    samples.add(temporary.get(temporary.size() - 1));
                } else {
                    samples.add(
                            (hasNothing(condition) ? nothing : condition.reused().samples())
                                    .get(c));
                }
            }
            gathered.add(store.join(arrays, spec.name(), samples, row(spec), spec.type()));
            temporary.forEach(Sample::close);
        }
        return gathered;
    }

    private static boolean hasNothing(Condition condition) {
        return condition.isOff()
                || (condition.reused() != null && condition.reused().samples() == null);
    }

    private NDArray strengths(BatchArrays arrays, List<Batch.Item> items) {
        List<float[]> strengths =
                items.stream()
                        .map(Batch.Item::condition)
                        .map(
                                condition ->
                                        new float[] {
                                            hasNothing(condition) ? 0 : condition.strength()
                                        })
                        .toList();
        return arrays.ofFloats(BundleContract.STRENGTH, strengths, new Shape());
    }

    /**
     * The inputs where the adapter has no say in the whole batch: strength 0, conditions all zero.
     * They are the same for every batch of a size and live as long as this.
     */
    private NDList off(int frames) {
        synchronized (offBySize) {
            NDList inputs =
                    offBySize.computeIfAbsent(
                            frames,
                            size -> {
                                NDList made =
                                        new NDList(
                                                zeros(
                                                        BundleContract.STRENGTH,
                                                        new Shape(),
                                                        strengthType,
                                                        size));
                                conditions.forEach(
                                        spec ->
                                                made.add(
                                                        zeros(
                                                                spec.name(),
                                                                row(spec),
                                                                spec.type(),
                                                                size)));
                                return made;
                            });
            return new NDList(inputs);
        }
    }

    private NDArray zeros(String name, Shape row, DataType type, int frames) {
        byte[] zeros = new byte[BatchArrays.byteCount(row, type)];
        return offArrays.ofRows(name, Collections.nCopies(frames, zeros), row, type);
    }

    @Override
    public void close() {
        offArrays.close();
        store.close();
    }
}
