package impasto.tensorrt.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrayAdapter;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.dim.NDIndexAll;
import ai.djl.ndarray.index.dim.NDIndexElement;
import ai.djl.ndarray.index.dim.NDIndexFixed;
import ai.djl.ndarray.index.dim.NDIndexSlice;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.ExpiredArrayException;
import impasto.tensorrt.cuda.CudaStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An array in device memory. It may not have been computed yet when a method returns it: work that
 * uses it waits for it on the device, and only reading it on the host makes the host wait.
 *
 * <p>Slices along the first dimension, and other shapes of the same elements, share its memory. The
 * output of a model lies in one of the model's slots and expires when the slot is used again, two
 * runs later by default: reading it then throws {@link ExpiredArrayException}. {@link #duplicate}
 * makes a copy that lives as long as its manager.
 */
public final class TrtNDArray extends NDArrayAdapter {

    private final TrtNDManager owner;
    private Storage storage;
    private long generation;
    private long offset;
    private long end;

    /** All of a storage, one reference to which it takes over. */
    TrtNDArray(TrtNDManager manager, Storage storage, Shape shape, DataType type) {
        this(manager, storage, 0, storage.bytes(), shape, type);
    }

    /**
     * A part of a storage, one reference to which it takes over.
     *
     * @param offset of the first element, in bytes
     * @param end of the bytes that may be read as more samples of the same tensor
     */
    TrtNDArray(
            TrtNDManager manager,
            Storage storage,
            long offset,
            long end,
            Shape shape,
            DataType type) {
        super(manager, manager.alternative(), shape, type, NDManager.nextUid());
        this.owner = manager;
        this.storage = storage;
        this.generation = storage.generation();
        this.offset = offset;
        this.end = end;
        manager.attachInternal(uid, this);
    }

    Storage storage() {
        return storage;
    }

    long address() {
        return storage.address() + offset;
    }

    /** Bytes from the first element to the end of the tensor that a model has written. */
    long room() {
        return end - offset;
    }

    long bytes() {
        return getShape().size() * getDataType().getNumOfBytes();
    }

    /** See {@link Storage#beginRead}. */
    void beginRead(CudaStream stream) {
        requireOpen();
        storage.beginRead(stream, generation, describe());
    }

    private String describe() {
        return name == null ? "of shape " + shape : name;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("array '%s' was closed".formatted(describe()));
        }
    }

    @Override
    public void attach(NDManager newManager) {
        detach();
        manager = newManager;
        newManager.attachInternal(getUid(), this);
    }

    @Override
    public void detach() {
        manager.detachInternal(getUid());
        manager = TrtNDManager.system();
    }

    /**
     * The values, in a buffer of the caller's. Waits until they have been computed.
     *
     * @throws ExpiredArrayException if they have been overwritten
     * @throws impasto.tensorrt.PoisonedDeviceError if computing them failed for good
     */
    @Override
    public ByteBuffer toByteBuffer(boolean tryDirect) {
        requireOpen();
        int bytes = Math.toIntExact(bytes());
        ByteBuffer values =
                (tryDirect ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes))
                        .order(ByteOrder.nativeOrder());
        owner.transfers().download(storage, generation, describe(), offset, values);
        return values.flip();
    }

    @Override
    public NDArray duplicate() {
        requireOpen();
        long bytes = bytes();
        Storage copy =
                owner.transfers()
                        .copies(storage, bytes, (stream, address) -> copyTo(stream, address));
        return named(new TrtNDArray(current(), copy, shape, dataType));
    }

    private void copyTo(CudaStream stream, long address) {
        beginRead(stream);
        try {
            stream.copy(address, address(), bytes());
        } finally {
            storage.endRead(stream);
        }
    }

    /**
     * @throws IllegalArgumentException if the other array is of another engine, type or shape
     */
    @Override
    public void copyTo(NDArray array) {
        if (!(array instanceof TrtNDArray target)
                || !target.getShape().equals(getShape())
                || target.getDataType() != getDataType()) {
            throw new IllegalArgumentException(
                    "copying %s %s to %s %s, expected the same type and shape in engine %s"
                            .formatted(
                                    getDataType(),
                                    getShape(),
                                    array.getDataType(),
                                    array.getShape(),
                                    TrtEngine.ENGINE_NAME));
        }
        NDArray copy = duplicate();
        target.intern(copy);
    }

    @Override
    public void intern(NDArray replaced) {
        requireOpen();
        TrtNDArray other = (TrtNDArray) replaced;
        storage.release();
        storage = other.storage;
        storage.retain();
        generation = other.generation;
        offset = other.offset;
        end = other.end;
        shape = other.getShape();
        dataType = other.getDataType();
        replaced.close();
    }

    private TrtNDManager current() {
        return manager instanceof TrtNDManager trt ? trt : owner;
    }

    private TrtNDArray named(TrtNDArray array) {
        array.setName(name);
        return array;
    }

    private TrtNDArray view(long from, Shape newShape) {
        requireOpen();
        storage.retain();
        TrtNDArray view =
                new TrtNDArray(current(), storage, offset + from, end, newShape, dataType);
        // The storage may have moved on since this array was made; the view is as old as it.
        view.generation = generation;
        return named(view);
    }

    /**
     * Samples of a batch: a number, or a range with step 1, in the first dimension and everything
     * in the others. The result views this array. Other indices are the alternative engine's.
     */
    @Override
    public NDArray get(NDManager target, NDIndex index) {
        List<NDIndexElement> elements = index.getIndices();
        boolean restWhole =
                elements.stream().skip(1).allMatch(element -> element instanceof NDIndexAll);
        if (!elements.isEmpty() && restWhole && shape.dimension() > 0) {
            NDIndexElement first = elements.get(0);
            if (first instanceof NDIndexAll) {
                return view(0, shape);
            }
            if (first instanceof NDIndexFixed fixed) {
                long at = fromEnd(fixed.getIndex());
                return slice(at, at + 1, index).reshape(shape.slice(1));
            }
            if (first instanceof NDIndexSlice range
                    && (range.getStep() == null || range.getStep() == 1)) {
                long from = range.getMin() == null ? 0 : fromEnd(range.getMin());
                long to = range.getMax() == null ? shape.get(0) : fromEnd(range.getMax());
                return slice(from, Math.min(to, shape.get(0)), index);
            }
        }
        if (noAlternative()) {
            throw Unsupported.operation("get with an index other than of whole samples");
        }
        return super.get(target, index);
    }

    @Override
    public NDArray get(NDIndex index) {
        return get(current(), index);
    }

    private boolean noAlternative() {
        return TrtEngine.get().getAlternativeEngine() == null;
    }

    private long fromEnd(long index) {
        return index < 0 ? index + shape.get(0) : index;
    }

    private TrtNDArray slice(long from, long to, NDIndex index) {
        if (from < 0 || from >= to || to > shape.get(0)) {
            throw new IndexOutOfBoundsException(
                    "samples %d to %d (%s) of an array of shape %s"
                            .formatted(from, to, index, shape));
        }
        long[] dimensions = shape.getShape().clone();
        long row = bytes() / dimensions[0];
        dimensions[0] = to - from;
        return view(from * row, new Shape(dimensions));
    }

    /** The same elements in another shape, of the same memory. */
    @Override
    public NDArray reshape(Shape newShape) {
        long[] dimensions = newShape.getShape().clone();
        long known = 1;
        int open = -1;
        for (int d = 0; d < dimensions.length; d++) {
            if (dimensions[d] == -1) {
                open = d;
            } else {
                known *= dimensions[d];
            }
        }
        if (open >= 0 && known > 0) {
            dimensions[open] = shape.size() / known;
        }
        Shape full = new Shape(dimensions);
        if (full.size() != shape.size()) {
            throw new IllegalArgumentException(
                    "an array of shape %s cannot take shape %s".formatted(shape, newShape));
        }
        return view(0, full);
    }

    @Override
    public NDArray expandDims(int axis) {
        int at = axis < 0 ? axis + shape.dimension() + 1 : axis;
        return reshape(shape.slice(0, at).add(1).addAll(shape.slice(at)));
    }

    @Override
    public NDArray squeeze(int[] axes) {
        List<Integer> dropped = Arrays.stream(axes).boxed().toList();
        long[] kept =
                IntStream.range(0, shape.dimension())
                        .filter(
                                d ->
                                        !dropped.contains(d)
                                                && !dropped.contains(d - shape.dimension()))
                        .mapToLong(shape::get)
                        .toArray();
        return reshape(new Shape(kept));
    }

    /** Joins arrays along the first dimension, in new memory. */
    TrtNDArray concatenate(NDList others, int axis) {
        if (axis != 0) {
            throw Unsupported.operation("concat along axis " + axis);
        }
        NDList parts = new NDList(this);
        for (NDArray other : others) {
            if (!(other instanceof TrtNDArray)
                    || other.getDataType() != dataType
                    || other.getShape().dimension() == 0
                    || !other.getShape().slice(1).equals(shape.slice(1))) {
                throw new IllegalArgumentException(
                        "joining %s %s with %s %s, expected the same type, and the same shape but for the first dimension"
                                .formatted(dataType, shape, other.getDataType(), other.getShape()));
            }
            parts.add(other);
        }
        long rows = parts.stream().mapToLong(part -> part.getShape().get(0)).sum();
        long[] dimensions = shape.getShape().clone();
        dimensions[0] = rows;
        Shape joined = new Shape(dimensions);
        Storage result =
                owner.transfers()
                        .copies(
                                storage,
                                joined.size() * dataType.getNumOfBytes(),
                                (stream, address) -> {
                                    long at = address;
                                    for (NDArray part : parts) {
                                        ((TrtNDArray) part).copyTo(stream, at);
                                        at += ((TrtNDArray) part).bytes();
                                    }
                                });
        return named(new TrtNDArray(current(), result, joined, dataType));
    }

    /** Converts between numbers on the host: it waits, and copies there and back. */
    @Override
    public NDArray toType(DataType type, boolean copy) {
        if (type == getDataType()) {
            return copy ? duplicate() : this;
        }
        ByteBuffer converted = HostCast.convert(toByteBuffer(), dataType, type);
        return named(current().create(converted, shape, type));
    }

    @Override
    public NDArrayEx getNDArrayInternal() {
        return Unsupported.internalOperations(
                this, () -> noAlternative() ? null : super.getNDArrayInternal());
    }

    /** Idempotent. Work that was given to the device still finds the values. */
    @Override
    public void close() {
        if (!isClosed) {
            super.close();
            storage.release();
        }
    }
}
