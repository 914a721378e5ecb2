package impasto.model;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

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

    /** Changes the manifest of a bundle that a test has copied. */
    static void alter(Path folder, Consumer<ObjectNode> change) throws IOException {
        JsonMapper json = new JsonMapper();
        Path file = folder.resolve("pipeline.json");
        ObjectNode manifest = (ObjectNode) json.readTree(file.toFile());
        change.accept(manifest);
        json.writeValue(file.toFile(), manifest);
    }
}
