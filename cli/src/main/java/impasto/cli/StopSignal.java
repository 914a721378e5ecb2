package impasto.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/**
 * Ctrl-C and its kin, caught before the JVM begins to shut down: its shutdown hooks run all at
 * once, and the one of ONNX Runtime frees what a running model needs. The first signal asks for an
 * orderly end, a second one ends the process at once.
 *
 * <p>{@code sun.misc.Signal} is part of every JDK (module {@code jdk.unsupported}), but javac warns
 * of its use: hence the reflection.
 */
final class StopSignal implements AutoCloseable {

    /** By POSIX number; Windows knows INT and TERM only. */
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15, "HUP", 1);

    private static final int FATAL_SIGNAL = 128;

    private final Runnable stop;
    private final Map<Object, Object> previousHandlers = new HashMap<>();
    private volatile int received;

    private StopSignal(Runnable stop) {
        this.stop = stop;
    }

    /**
     * Calls {@code stop} at the first signal, in a thread of its own. Where signals cannot be
     * caught they do what they did before.
     */
    static StopSignal install(Runnable stop) {
        StopSignal caught = new StopSignal(stop);
        SIGNALS.forEach(caught::handle);
        return caught;
    }

    /** What a shell expects of a program that a signal ended; 0 if none came. */
    int exitCode() {
        return received == 0 ? 0 : FATAL_SIGNAL + received;
    }

    private void handle(String name, int number) {
        try {
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler =
                    Proxy.newProxyInstance(
                            StopSignal.class.getClassLoader(),
                            new Class<?>[] {handlerType},
                            (proxy, method, arguments) -> {
                                if (method.getDeclaringClass() == Object.class) {
                                    return method.invoke(this, arguments);
                                }
                                receive(number);
                                return null;
                            });
            Object signal =
                    Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
            previousHandlers.put(signal, handleMethod().invoke(null, signal, handler));
        } catch (ReflectiveOperationException | RuntimeException unavailable) {
            System.getLogger(StopSignal.class.getName())
                    .log(System.Logger.Level.DEBUG, "cannot catch signal " + name, unavailable);
        }
    }

    private void receive(int number) {
        if (received != 0) {
            Runtime.getRuntime().halt(FATAL_SIGNAL + number);
        }
        received = number;
        stop.run();
    }

    private static Method handleMethod() throws ReflectiveOperationException {
        return Class.forName("sun.misc.Signal")
                .getMethod(
                        "handle",
                        Class.forName("sun.misc.Signal"),
                        Class.forName("sun.misc.SignalHandler"));
    }

    /** Gives the signals back. */
    @Override
    public void close() {
        previousHandlers.forEach(
                (signal, previous) -> {
                    try {
                        handleMethod().invoke(null, signal, previous);
                    } catch (ReflectiveOperationException unavailable) {
                        throw new IllegalStateException("a signal was caught before", unavailable);
                    }
                });
        previousHandlers.clear();
    }
}
