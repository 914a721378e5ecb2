package impasto.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * The arrays of one piece of work, and the host memory that they were made from; closing frees
 * both. The engine may still be reading that memory until something computed from it has been read
 * back, so close it after that. Not thread-safe.
 */
final class BatchArrays implements AutoCloseable {

    private final NDManager manager;
    private final DirectBuffers.Loan buffers;

    BatchArrays(NDManager manager, DirectBuffers.Loan buffers) {
        this.manager = manager;
        this.buffers = buffers;
    }

    NDManager manager() {
        return manager;
    }

    /**
     * A batch of rows of bytes.
     *
     * @param shape of one row
     */
    NDArray ofRows(String name, List<byte[]> rows, Shape shape, DataType type) {
        ByteBuffer bytes = buffers.take(rows.size() * byteCount(shape, type));
        rows.forEach(bytes::put);
        return create(name, bytes.flip(), rows.size(), shape, type);
    }

    /** A batch of rows of float32. */
    NDArray ofFloats(String name, List<float[]> rows, Shape shape) {
        ByteBuffer bytes = buffers.take(rows.size() * byteCount(shape, DataType.FLOAT32));
        FloatBuffer values = bytes.asFloatBuffer();
        rows.forEach(values::put);
        return create(name, bytes, rows.size(), shape, DataType.FLOAT32);
    }

    private NDArray create(String name, ByteBuffer bytes, int rows, Shape row, DataType type) {
        NDArray array = manager.create(bytes, new Shape(rows).addAll(row), type);
        array.setName(name);
        return array;
    }

    static int byteCount(Shape shape, DataType type) {
        return Math.toIntExact(shape.size() * type.getNumOfBytes());
    }

    @Override
    public void close() {
        manager.close();
        buffers.close();
    }
}
