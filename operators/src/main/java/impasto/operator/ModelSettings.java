package impasto.operator;

import impasto.model.EngineOptions;
import impasto.model.LoadedBundle;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Which model an operator loads on its worker.
 *
 * @param bundle folder on every worker
 * @param engine DJL's name of the engine
 * @param threads batches worked on at the same time, for engines on the CPU; 0 for one per core
 */
public record ModelSettings(String bundle, String engine, int threads) implements Serializable {
    public ModelSettings {
        Objects.requireNonNull(bundle, "bundle");
        Objects.requireNonNull(engine, "engine");
    }

    LoadedBundle acquire() {
        return LoadedBundle.acquire(Path.of(bundle), new EngineOptions(engine, threads));
    }
}
