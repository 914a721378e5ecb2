package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a bundle is said when it is loaded: altered copies of the project's own. */
class LoadedBundleITCase {

    @TempDir private Path folder;

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.list(TestBundle.path())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void oneProcessLoadsABundleOnce() {
        try (LoadedBundle first = load();
                LoadedBundle second = load()) {
            assertThat(second).isSameAs(first);
        }
    }

    @Test
    void aMissingGraphIsNamed() throws IOException {
        alter(manifest -> ((ObjectNode) manifest.get("graphs")).remove("vae_decoder"));
        assertRefused("vae_decoder", "expected one named 'vae_decoder'");
    }

    @Test
    void aWrongTypeNamesGraphInputFoundAndExpected() throws IOException {
        alter(
                manifest ->
                        ((ObjectNode) manifest.at("/graphs/vae_encoder/inputs/0"))
                                .put("type", "float32"));
        assertRefused("vae_encoder", "input 'frame'", "found float32", "expected uint8");
    }

    @Test
    void aChangedFileIsToldFromTheDeclaredOne() throws IOException {
        alter(
                manifest ->
                        ((ObjectNode) manifest.at("/graphs/denoiser"))
                                .put("sha256", "0".repeat(64)));
        assertRefused("denoiser.onnx", "SHA-256", "0".repeat(64));
    }

    @Test
    void whyTheEngineCannotLoadAGraphIsSaid() throws IOException {
        Path file = folder.resolve("denoiser.onnx");
        String graph = Files.readString(file, StandardCharsets.ISO_8859_1);
        replaceDenoiser(
                graph.replace("InstanceNormalization", "InstanceNormalisation")
                        .getBytes(StandardCharsets.ISO_8859_1));
        assertRefused("OnnxRuntime", "denoiser", file.toString(), "InstanceNormalisation");
    }

    @Test
    void productsInFloat8AreRefusedWhereTheEngineHasNone() throws IOException {
        // One more initializer, which a parser adds to those before: type 17, named x, one byte.
        byte[] float8 = {
            0x3a, 10, 0x2a, 8, 0x10, 17, 0x42, 1, 'x', 0x4a, 1, 0,
        };
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        graph.write(Files.readAllBytes(folder.resolve("denoiser.onnx")));
        graph.write(float8);
        replaceDenoiser(graph.toByteArray());
        assertRefused("denoiser", "float8", "OnnxRuntime does not", "expected engine TensorRT");
    }

    private void replaceDenoiser(byte[] graph) throws IOException {
        Files.write(folder.resolve("denoiser.onnx"), graph);
        String hash = HexFormat.of().formatHex(Sha256.digest().digest(graph));
        alter(manifest -> ((ObjectNode) manifest.at("/graphs/denoiser")).put("sha256", hash));
    }

    @Test
    void aFileThatIsWrittenAfterItWasReadIsReadAgain() throws IOException {
        load().close();
        changeWeights(folder.resolve("denoiser.onnx"));
        assertRefused("denoiser.onnx", "SHA-256");
    }

    /** Put in unseen, so that only who reads the file again can tell. */
    @Test
    void aFileIsReadOnceInAProcess() throws IOException {
        load().close();
        Path file = folder.resolve("denoiser.onnx");
        FileTime time = Files.getLastModifiedTime(file);
        changeWeights(file);
        Files.setLastModifiedTime(file, time);
        load().close();
    }

    private static void changeWeights(Path graph) throws IOException {
        byte[] bytes = Files.readAllBytes(graph);
        bytes[bytes.length / 2] ^= 1;
        Files.write(graph, bytes);
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        Files.delete(folder.resolve("vae_encoder.onnx"));
        assertRefused("vae_encoder.onnx", "is missing");
    }

    @Test
    void aFolderThatIsNoBundleIsNamed() throws IOException {
        Files.delete(folder.resolve("pipeline.json"));
        assertRefused(folder.toString(), "pipeline.json");
    }

    private void alter(Consumer<ObjectNode> change) throws IOException {
        TestBundle.alter(folder, change);
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(this::load)
                .isInstanceOf(BundleException.class)
                .message()
                .contains(List.of(parts));
    }

    private LoadedBundle load() {
        return LoadedBundle.acquire(folder, TestBundle.engine());
    }
}
