package impasto.tensorrt.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.cuda.CudaDevice;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/** Makes arrays in device memory, and gives the memory back when it is closed. */
public class TrtNDManager extends BaseNDManager {

    /** Element types that arrays can have. */
    private static final Set<DataType> TYPES =
            Set.of(
                    DataType.FLOAT32,
                    DataType.FLOAT16,
                    DataType.BFLOAT16,
                    DataType.UINT8,
                    DataType.INT8,
                    DataType.INT32,
                    DataType.INT64,
                    DataType.BOOLEAN);

    private static final class SystemHolder {
        static final SystemManager INSTANCE = new SystemManager();
    }

    private TrtNDManager(NDManager parent, Device device) {
        super(parent, device);
        if (!getDevice().isGpu()) {
            throw new IllegalArgumentException(
                    "device %s, engine %s expects a GPU"
                            .formatted(getDevice(), TrtEngine.ENGINE_NAME));
        }
    }

    static TrtNDManager system() {
        return SystemHolder.INSTANCE;
    }

    Transfers transfers() {
        return Transfers.of(CudaDevice.of(getDevice().getDeviceId()));
    }

    NDManager alternative() {
        return alternativeManager == null ? Unsupported.alternativeManager() : alternativeManager;
    }

    /** Memory of the host, in native byte order; not pinned. */
    @Override
    public ByteBuffer allocateDirect(int capacity) {
        return ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
    }

    /** The array itself if it is this engine's, else a copy of its values on the device. */
    @Override
    public TrtNDArray from(NDArray array) {
        if (array == null || array instanceof TrtNDArray) {
            return (TrtNDArray) array;
        }
        TrtNDArray result = create(array.toByteBuffer(), array.getShape(), array.getDataType());
        result.setName(array.getName());
        return result;
    }

    /**
     * Copies values to the device. The buffer may be used again at once.
     *
     * @throws UnsupportedOperationException for an element type that TensorRT has not
     */
    @Override
    public TrtNDArray create(Buffer data, Shape shape, DataType dataType) {
        requireKnown(dataType);
        int elements = Math.toIntExact(shape.size());
        BaseNDManager.validateBuffer(data, dataType, elements);
        Buffer values = data.duplicate();
        Storage storage =
                transfers()
                        .upload(
                                elements * dataType.getNumOfBytes(),
                                staging -> BaseNDManager.copyBuffer(values, staging));
        return new TrtNDArray(this, storage, shape, dataType);
    }

    @Override
    public TrtNDArray zeros(Shape shape, DataType dataType) {
        requireKnown(dataType);
        Storage storage = transfers().zeros(shape.size() * dataType.getNumOfBytes());
        return new TrtNDArray(this, storage, shape, dataType);
    }

    private static void requireKnown(DataType type) {
        if (!TYPES.contains(type)) {
            throw new UnsupportedOperationException(
                    "an array of %s, engine %s has %s"
                            .formatted(type, TrtEngine.ENGINE_NAME, TYPES));
        }
    }

    @Override
    public TrtNDManager newSubManager(Device subDevice) {
        TrtNDManager manager = new TrtNDManager(this, subDevice);
        attachInternal(manager.uid, manager);
        return manager;
    }

    @Override
    public final Engine getEngine() {
        return TrtEngine.get();
    }

    @Override
    public void close() {
        super.close();
        if (alternativeManager != null) {
            alternativeManager.close();
            alternativeManager = null;
        }
    }

    /** The root of all others. */
    private static final class SystemManager extends TrtNDManager implements SystemNDManager {

        SystemManager() {
            super(null, null);
        }

        @Override
        public void close() {}
    }
}
