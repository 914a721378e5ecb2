package impasto.tensorrt.engine;

import ai.djl.ndarray.NDArrayAdapter;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.internal.NDArrayEx;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Supplier;

/** What arrays answer where this engine cannot compute. */
final class Unsupported {

    private static final NDManager NO_ALTERNATIVE = noAlternative();

    private Unsupported() {}

    static UnsupportedOperationException operation(String name) {
        return new UnsupportedOperationException(
                "engine %s does not support '%s' on arrays: it runs whole graphs. Do it in the graph, on the host, or add an engine with arithmetic, such as ai.djl.pytorch:pytorch-engine, which DJL then uses for it"
                        .formatted(TrtEngine.ENGINE_NAME, name));
    }

    /**
     * Takes the place of the alternative engine's manager where there is none, and names the
     * operation for which DJL wanted it.
     */
    static NDManager alternativeManager() {
        return NO_ALTERNATIVE;
    }

    private static NDManager noAlternative() {
        return (NDManager)
                Proxy.newProxyInstance(
                        NDManager.class.getClassLoader(),
                        new Class<?>[] {NDManager.class},
                        (proxy, method, arguments) -> {
                            switch (method.getName()) {
                                case "close" -> {
                                    return null;
                                }
                                case "toString" -> {
                                    return "no alternative engine";
                                }
                                case "hashCode" -> {
                                    return System.identityHashCode(proxy);
                                }
                                case "equals" -> {
                                    return proxy == arguments[0];
                                }
                                default -> throw operation(wantedBy());
                            }
                        });
    }

    /** The method of an array that led here. */
    private static String wantedBy() {
        String adapter = NDArrayAdapter.class.getName();
        return StackWalker.getInstance()
                .walk(
                        frames ->
                                frames.filter(frame -> frame.getClassName().equals(adapter))
                                        .map(StackWalker.StackFrame::getMethodName)
                                        .filter(name -> !name.equals("getAlternativeArray"))
                                        .findFirst()
                                        .orElse("this"));
    }

    /** DJL's internal operations, of which this engine has one. */
    static NDArrayEx internalOperations(TrtNDArray array, Supplier<NDArrayEx> alternative) {
        return (NDArrayEx)
                Proxy.newProxyInstance(
                        NDArrayEx.class.getClassLoader(),
                        new Class<?>[] {NDArrayEx.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("concat") && arguments.length == 2) {
                                return array.concatenate(
                                        (NDList) arguments[0], (Integer) arguments[1]);
                            }
                            if (method.getName().equals("getArray")) {
                                return array;
                            }
                            NDArrayEx other = alternative.get();
                            if (other == null) {
                                throw operation(method.getName());
                            }
                            try {
                                return method.invoke(other, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }
}
