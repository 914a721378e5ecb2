package impasto.model;

import java.util.Objects;

/**
 * How the graphs are run.
 *
 * @param engine DJL's name of the engine, for example {@code OnnxRuntime}
 * @param threads batches that are worked on at the same time, for engines on the CPU, where each
 *     graph runs on one thread: cores share no work, so none waits for another. 0 takes one per
 *     core
 */
public record EngineOptions(String engine, int threads) {

    /** The engine that needs nothing but a CPU. */
    public static final String ONNX_RUNTIME = "OnnxRuntime";

    public EngineOptions {
        Objects.requireNonNull(engine, "engine");
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "%d threads, expected 0 (one per core) or more".formatted(threads));
        }
    }

    /** Batches that are worked on at the same time on this machine. */
    int workers() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
