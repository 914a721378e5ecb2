package impasto.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The same weights in PyTorch, by the Python package of {@code models/}, where that is installed.
 */
final class TorchBenchmark {

    private static final long LIMIT_SECONDS = 600;

    private TorchBenchmark() {}

    /**
     * Frames per second of the model's graphs in PyTorch, without decode and encode.
     *
     * @param python an interpreter, for example of the package's virtual environment
     * @param batch frames in a batch
     * @return empty if the package or PyTorch is not there
     */
    static Optional<JsonNode> run(String python, Path bundle, int batch)
            throws IOException, InterruptedException {
        Path result = Files.createTempFile("impasto-torch", ".json");
        try {
            Process process =
                    new ProcessBuilder(
                                    python,
                                    "-m",
                                    "impasto_models.bench",
                                    "--bundle",
                                    bundle.toString(),
                                    "--batch",
                                    Integer.toString(batch),
                                    "--json",
                                    result.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            if (process.exitValue() != 0 || Files.size(result) == 0) {
                return Optional.empty();
            }
            return Optional.of(JsonMapper.builder().build().readTree(result.toFile()));
        } catch (IOException e) {
            // No such interpreter: there is nothing to compare with.
            return Optional.empty();
        } finally {
            Files.deleteIfExists(result);
        }
    }
}
