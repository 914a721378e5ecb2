package impasto.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Takes batches apart into samples, and puts samples together to batches. On a device they stay
 * there: its arrays must support slices along the batch ({@link NDArray#get}), {@link
 * NDArrays#concat}, {@link NDArray#duplicate} and {@link NDArray#reshape}. ONNX Runtime's arrays do
 * not, so there the host copies bytes.
 */
final class SampleStore implements AutoCloseable {

    private final NDManager manager;
    private final boolean onDevice;

    /**
     * @param manager in which samples live; closed with this
     * @param onDevice whether the engine's arrays can be sliced and concatenated
     */
    SampleStore(NDManager manager, boolean onDevice) {
        this.manager = manager;
        this.onDevice = onDevice;
    }

    private static NDArray slice(NDArray batch, int row) {
        return batch.get(new NDIndex().addSliceDim(row, row + 1));
    }

    /** Access to the samples of a batch, which must live as long as the samples. */
    IntFunction<Sample> viewsOf(NDArray batch) {
        return onDevice ? row -> new Sample(slice(batch, row), null) : copiesOf(batch);
    }

    /** Access to the samples of a batch, which must live as long as the access only. */
    IntFunction<Sample> copiesOf(NDArray batch) {
        if (onDevice) {
            return row -> {
                try (NDArray view = slice(batch, row)) {
                    NDArray sample = view.duplicate();
                    sample.attach(manager);
                    return new Sample(sample, null);
                }
            };
        }
        ByteBuffer bytes = batch.toByteBuffer();
        int size = bytes.remaining() / Math.toIntExact(batch.getShape().get(0));
        return row -> {
            byte[] sample = new byte[size];
            bytes.get(row * size, sample);
            return Sample.of(sample);
        };
    }

    /**
     * As {@link #copiesOf}, of samples that are shorter in their first dimension than they should
     * be, with zeros behind them.
     *
     * @param whole shape of one sample with its zeros
     * @param zeros what is missing of the first dimension, on a device; null on the host
     */
    IntFunction<Sample> paddedCopiesOf(NDArray batch, Shape whole, NDArray zeros) {
        if (onDevice) {
            return row -> {
                try (NDArray view = slice(batch, row);
                        NDArray part = view.reshape(view.getShape().slice(1));
                        NDArray joined = NDArrays.concat(new NDList(part, zeros), 0)) {
                    NDArray sample = joined.reshape(new Shape(1).addAll(whole));
                    sample.attach(manager);
                    return new Sample(sample, null);
                }
            };
        }
        IntFunction<Sample> parts = copiesOf(batch);
        int size = BatchArrays.byteCount(whole, batch.getDataType());
        return row -> Sample.of(Arrays.copyOf(parts.apply(row).bytes(), size));
    }

    /**
     * A batch of samples.
     *
     * @param shape of one sample, without the batch's dimension
     */
    NDArray join(
            BatchArrays arrays, String name, List<Sample> samples, Shape shape, DataType type) {
        if (!onDevice || samples.stream().allMatch(sample -> sample.array() == null)) {
            return arrays.ofRows(name, samples.stream().map(Sample::bytes).toList(), shape, type);
        }
        List<NDArray> rows = new ArrayList<>(samples.size());
        for (Sample sample : samples) {
            rows.add(
                    sample.array() != null
                            ? sample.array()
                            : arrays.ofRows(name, List.of(sample.bytes()), shape, type));
        }
        NDArray joined =
                rows.size() == 1 ? rows.get(0).duplicate() : NDArrays.concat(new NDList(rows), 0);
        joined.attach(arrays.manager());
        joined.setName(name);
        return joined;
    }

    @Override
    public void close() {
        manager.close();
    }
}
