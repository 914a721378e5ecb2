package impasto.model;

import java.nio.file.Path;

/** The bundle that comes with the project, for tests on the real model. */
public final class TestBundle {

    private TestBundle() {}

    public static Path path() {
        return Path.of(
                System.getProperty(
                        "impasto.test.bundle",
                        Path.of(System.getProperty("impasto.home"), "models", "nano").toString()));
    }

    public static EngineOptions engine() {
        return new EngineOptions("OnnxRuntime", 2);
    }

    public static LoadedBundle acquire() {
        return LoadedBundle.acquire(path(), engine());
    }
}
