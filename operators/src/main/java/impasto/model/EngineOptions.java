package impasto.model;

import java.util.Objects;

/**
 * How the graphs are run.
 *
 * @param engine DJL's name of the engine, for example {@code OnnxRuntime}
 * @param threads threads within one graph, for engines on the CPU; 0 takes one per core
 */
public record EngineOptions(String engine, int threads) {
    public EngineOptions {
        Objects.requireNonNull(engine, "engine");
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "%d threads, expected 0 (one per core) or more".formatted(threads));
        }
    }

    /** The threads to use on this machine. */
    int resolvedThreads() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
