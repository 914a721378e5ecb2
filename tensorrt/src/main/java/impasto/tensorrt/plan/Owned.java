package impasto.tensorrt.plan;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import org.bytedeco.javacpp.Pointer;

/**
 * An object that TensorRT made and its caller has to delete.
 *
 * <p>The presets know how to delete what was made with {@code new} in Java, and not what TensorRT's
 * own factory functions return. The C++ destructors are virtual, so the deleting function of an
 * empty instance of the same class is the right one for both.
 *
 * @param <T> the preset's class
 */
final class Owned<T extends Pointer> implements AutoCloseable {

    private final T object;
    private final Object deallocator;
    private boolean closed;

    private Owned(T object, Object deallocator) {
        this.object = object;
        this.deallocator = deallocator;
    }

    /**
     * @param object from a factory function, not null
     * @param empty an instance of the same class that Java made; it is deleted here
     */
    static <T extends Pointer> Owned<T> of(T object, T empty) {
        try (empty) {
            Object ofEmpty = method(Pointer.class, "deallocator").invoke(empty);
            Class<?> type = ofEmpty.getClass();
            Constructor<?> constructor =
                    type.getDeclaredConstructor(Pointer.class, long.class, long.class);
            constructor.setAccessible(true);
            Object function = method(type, "deallocatorAddress").invoke(ofEmpty);
            return new Owned<>(object, constructor.newInstance(object, object.address(), function));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "JavaCPP's native deallocator is not as in 1.5.11, so objects of TensorRT cannot be deleted",
                    e);
        }
    }

    private static Method method(Class<?> type, String name) throws NoSuchMethodException {
        Method method = type.getDeclaredMethod(name);
        method.setAccessible(true);
        return method;
    }

    /** Where a factory function fails, some return null and some an address near it. */
    static boolean isMissing(Pointer object) {
        return Pointer.isNull(object) || object.address() < 4096;
    }

    T get() {
        if (closed) {
            throw new IllegalStateException(object.getClass().getSimpleName() + " was deleted");
        }
        return object;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try {
                method(deallocator.getClass(), "deallocate").invoke(deallocator);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(
                        "deleting a " + object.getClass().getSimpleName(), e);
            }
        }
    }
}
