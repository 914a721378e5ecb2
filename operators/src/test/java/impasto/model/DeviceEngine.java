package impasto.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.EngineProvider;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.dim.NDIndexSlice;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * ONNX Runtime with the manners of an engine on a device: batches can be sliced and joined, values
 * that the host asks for are noted, and a model's output expires when so many later batches of the
 * model have run as there are slots.
 */
final class DeviceEngine extends Engine {

    static final String NAME = "OnnxRuntimeAsDevice";

    /** As many as the pipeline asks TensorRT for. */
    private static final int SLOTS = StylizePipeline.DEPTH_ON_DEVICE + 1;

    /** Names of the arrays whose values the host has asked for, in order. */
    static final Queue<String> READ = new ConcurrentLinkedQueue<>();

    /** So many of the next attempts to read values fail. */
    static final AtomicInteger FAILING_READS = new AtomicInteger();

    /** What happens elsewhere while the host waits for the next values that it reads. */
    static final AtomicReference<Runnable> MEANWHILE = new AtomicReference<>();

    private final Engine actual = Engine.getEngine(EngineOptions.ONNX_RUNTIME);

    /** By which DJL finds it. */
    public static final class Provider implements EngineProvider {
        @Override
        public String getEngineName() {
            return NAME;
        }

        @Override
        public int getEngineRank() {
            return 1000;
        }

        @Override
        public Engine getEngine() {
            return new DeviceEngine();
        }
    }

    @Override
    public Engine getAlternativeEngine() {
        return null;
    }

    @Override
    public String getEngineName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return 1000;
    }

    @Override
    public String getVersion() {
        return actual.getVersion();
    }

    @Override
    public boolean hasCapability(String capability) {
        return false;
    }

    @Override
    public NDManager newBaseManager() {
        return manager(actual.newBaseManager());
    }

    @Override
    public NDManager newBaseManager(Device device) {
        return newBaseManager();
    }

    @Override
    public Model newModel(String name, Device device) {
        Model model = actual.newModel(name, null);
        Slots slots = new Slots();
        return proxy(
                Model.class,
                (self, method, arguments) ->
                        method.getName().equals("getBlock")
                                ? slots.block(model.getBlock())
                                : call(model, method, arguments));
    }

    /**
     * The outputs of one model that have not expired. All batches run on a plan for the largest.
     */
    private static final class Slots {
        private final Deque<AtomicBoolean> live = new ArrayDeque<>();

        Block block(Block block) {
            return proxy(
                    Block.class,
                    (self, method, arguments) -> {
                        if (!method.getName().equals("forward") || arguments.length != 3) {
                            return call(block, method, arguments);
                        }
                        NDList inputs = (NDList) arguments[1];
                        NDList given = new NDList();
                        inputs.forEach(input -> given.add(DeviceArray.of(input).usable()));
                        AtomicBoolean expired = next();
                        NDList outputs = new NDList();
                        for (NDArray output :
                                block.forward((ParameterStore) arguments[0], given, false)) {
                            outputs.add(DeviceArray.wrap(output, expired));
                        }
                        return outputs;
                    });
        }

        private synchronized AtomicBoolean next() {
            if (live.size() == SLOTS) {
                live.remove().set(true);
            }
            live.add(new AtomicBoolean());
            return live.getLast();
        }
    }

    private static NDManager manager(NDManager actual) {
        return proxy(NDManager.class, new DeviceArrays(actual));
    }

    private record DeviceArrays(NDManager actual) implements InvocationHandler {
        @Override
        public Object invoke(Object self, Method method, Object[] arguments) throws Throwable {
            Object result = call(actual, method, arguments);
            return method.getName().equals("create")
                    ? DeviceArray.wrap((NDArray) result, new AtomicBoolean())
                    : result;
        }
    }

    /**
     * An array.
     *
     * @param expired shared with the views of the same memory
     */
    private record DeviceArray(NDArray actual, AtomicBoolean expired) implements InvocationHandler {

        static NDArray wrap(NDArray actual, AtomicBoolean expired) {
            return proxy(NDArray.class, new DeviceArray(actual, expired));
        }

        static DeviceArray of(NDArray array) {
            return (DeviceArray) Proxy.getInvocationHandler(array);
        }

        NDArray usable() {
            if (expired.get()) {
                throw new IllegalStateException(
                        "array '%s' has expired".formatted(actual.getName()));
            }
            return actual;
        }

        @Override
        public Object invoke(Object self, Method method, Object[] arguments) throws Throwable {
            switch (method.getName()) {
                case "duplicate" -> {
                    return bytes(usable().getShape(), List.of(this), new AtomicBoolean());
                }
                case "reshape" -> {
                    return bytes((Shape) arguments[0], List.of(this), expired);
                }
                case "get" -> {
                    return slice((NDIndexSlice) ((NDIndex) arguments[0]).getIndices().get(0));
                }
                case "getNDArrayInternal" -> {
                    return proxy(
                            NDArrayEx.class,
                            (operations, operation, inputs) -> concat((NDList) inputs[0]));
                }
                case "attach" -> {
                    DeviceArrays manager = (DeviceArrays) Proxy.getInvocationHandler(arguments[0]);
                    actual.attach(manager.actual);
                    return null;
                }
                case "equals" -> {
                    // As DJL has it: arrays are equal if their values are.
                    return ((NDArray) self).contentEquals((NDArray) arguments[0]);
                }
                case "contentEquals" -> {
                    NDArray other = of((NDArray) arguments[0]).actual;
                    return usable().getShape().equals(other.getShape())
                            && read().contentEquals(other);
                }
                case "toByteBuffer", "toByteArray" -> {
                    return call(read(), method, arguments);
                }
                default -> {
                    return call(actual, method, arguments);
                }
            }
        }

        private NDArray read() {
            READ.add(String.valueOf(actual.getName()));
            if (FAILING_READS.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new EngineException("no memory to read with");
            }
            NDArray values = usable();
            Runnable meanwhile = MEANWHILE.getAndSet(null);
            if (meanwhile != null) {
                meanwhile.run();
            }
            return values;
        }

        private NDArray slice(NDIndexSlice rows) {
            ByteBuffer all = usable().toByteBuffer();
            Shape shape = actual.getShape();
            int row = all.remaining() / Math.toIntExact(shape.get(0));
            int from = Math.toIntExact(rows.getMin());
            int to = Math.toIntExact(rows.getMax());
            ByteBuffer part = all.slice(from * row, (to - from) * row);
            return create(part, new Shape(to - from).addAll(shape.slice(1)), expired);
        }

        private NDArray concat(NDList others) {
            List<DeviceArray> parts =
                    Stream.concat(Stream.of(this), others.stream().map(DeviceArray::of)).toList();
            long rows = parts.stream().mapToLong(part -> part.actual.getShape().get(0)).sum();
            return bytes(
                    new Shape(rows).addAll(actual.getShape().slice(1)), parts, new AtomicBoolean());
        }

        private NDArray bytes(Shape shape, List<DeviceArray> parts, AtomicBoolean expiry) {
            ByteBuffer bytes =
                    ByteBuffer.allocateDirect(BatchArrays.byteCount(shape, actual.getDataType()));
            parts.forEach(part -> bytes.put(part.usable().toByteBuffer()));
            return create(bytes.flip(), shape, expiry);
        }

        private NDArray create(ByteBuffer values, Shape shape, AtomicBoolean expiry) {
            ByteBuffer own = ByteBuffer.allocateDirect(values.remaining());
            own.order(ByteOrder.nativeOrder()).put(values).flip();
            NDArray array = actual.getManager().create(own, shape, actual.getDataType());
            array.setName(actual.getName());
            return wrap(array, expiry);
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
