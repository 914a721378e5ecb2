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
import java.util.List;
import java.util.function.IntFunction;

/**
 * Takes batches apart into samples, and puts samples together to batches. On a device they stay
 * there: its arrays must support slices along the batch ({@link NDArray#get}, a copy, or one that
 * keeps alive what it is a slice of), {@link NDArrays#concat} and {@link NDArray#duplicate}. ONNX
 * Runtime's arrays do not, so there the host copies bytes.
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

    /** Access to the samples of a batch, which must live as long as the access. */
    IntFunction<Sample> samplesOf(NDArray batch) {
        if (onDevice) {
            return row -> {
                NDArray sample = slice(batch, row);
                sample.attach(manager);
                return new Sample(sample, null);
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
