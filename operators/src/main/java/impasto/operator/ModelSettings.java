package impasto.operator;

import impasto.model.EngineOptions;
import impasto.model.LoadedBundle;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Which model an operator loads on its worker.
 *
 * @param bundle folder on every worker
 * @param engine DJL's name of the engine
 * @param threads batches worked on at the same time, for engines on the CPU; 0 for one per core
 * @param batchSizes for which an engine on a GPU has plans; empty for the bundle's largest only
 * @param planCache folder in which such an engine keeps plans; empty for its own choice
 */
public record ModelSettings(
        String bundle, String engine, int threads, List<Integer> batchSizes, String planCache)
        implements Serializable {
    public ModelSettings {
        Objects.requireNonNull(bundle, "bundle");
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(planCache, "planCache");
        batchSizes = List.copyOf(batchSizes);
    }

    /** For an engine that has no plans. */
    public ModelSettings(String bundle, String engine, int threads) {
        this(bundle, engine, threads, List.of(), "");
    }

    /** How the engine is to load it. */
    public EngineOptions engineOptions() {
        return new EngineOptions(engine, threads, batchSizes, planCache);
    }

    LoadedBundle acquire() {
        return LoadedBundle.acquire(Path.of(bundle), engineOptions());
    }
}
