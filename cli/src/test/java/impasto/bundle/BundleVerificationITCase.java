package impasto.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.local.BundleFolder;
import impasto.model.BundleException;
import impasto.model.EngineOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The project's own bundle, as it is and damaged. */
class BundleVerificationITCase {

    @TempDir private Path folder;
    private final StringWriter said = new StringWriter();

    @BeforeEach
    void copy() throws IOException {
        Path nano = BundleFolder.find(BundleFolder.DEFAULT);
        try (Stream<Path> files = Files.walk(nano)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve(nano.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    @Test
    void aBundleAsItWasPublishedIsSound() {
        assertThat(verify()).isEmpty();
        assertThat(said.toString())
                .contains("text_encoder", "vae_decoder", "dB from the reference", "ms a frame");
    }

    @Test
    void theBatchSizesOfTheEngineAreMeasuredAndNoOthers() {
        assertThat(
                        new BundleVerification(
                                        folder,
                                        new EngineOptions("OnnxRuntime", 1, List.of(1, 2), ""),
                                        new PrintWriter(said))
                                .run())
                .isEmpty();

        assertThat(said.toString())
                .contains("text_encoder", "ms for a batch of 2, by itself", "with batches of 2")
                .doesNotContain("batch of 8", "batches of 8,", "batches of 8.");
    }

    @Test
    void everyDamagedOrMissingFileIsNamedAndNothingIsLoaded() throws IOException {
        Files.write(folder.resolve("vae_decoder.onnx"), new byte[] {1, 2, 3});
        Files.delete(folder.resolve("denoiser.onnx"));
        Files.delete(folder.resolve("thumbnails/oil.jpg"));

        List<String> problems = verify();

        assertThat(problems).hasSize(3);
        assertThat(problems.get(0)).contains("denoiser.onnx is missing");
        assertThat(problems.get(1)).contains("vae_decoder.onnx has SHA-256", "expected");
        assertThat(problems.get(2)).contains("oil painting", "thumbnails/oil.jpg is missing");
        assertThat(said.toString()).doesNotContain("Loaded into");
    }

    @Test
    void aPictureThatIsNotTheReferencesIsAProblem() throws IOException {
        Files.copy(
                folder.resolve("golden/frame.png"),
                folder.resolve("golden/output.png"),
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(verify())
                .singleElement()
                .asString()
                .contains("golden frame", "dB from the reference, expected at least 60");
    }

    @Test
    void aGoldenFrameThatIsNoPictureIsNamed() throws IOException {
        Files.writeString(folder.resolve("golden/frame.png"), "not a picture");

        assertThat(verify()).singleElement().asString().contains("frame.png cannot be read");
    }

    @Test
    void aFolderWithoutManifestIsNoBundle() throws IOException {
        Files.delete(folder.resolve("pipeline.json"));

        assertThatThrownBy(this::verify)
                .isInstanceOf(BundleException.class)
                .hasMessageContaining("pipeline.json");
    }

    private List<String> verify() {
        return new BundleVerification(
                        folder, new EngineOptions("OnnxRuntime", 1), new PrintWriter(said))
                .run();
    }
}
