package impasto.tensorrt.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import impasto.tensorrt.TinyGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxFileTest {

    @TempDir Path folder;

    @Test
    void theHashCoversTheFileAndItsExternalData() throws IOException {
        Path weights = folder.resolve("tiny.weights");
        Path onnx = external(weights).write(folder.resolve("tiny.onnx"));
        String hash = OnnxFile.hash(onnx, Map.of());

        assertThat(OnnxFile.externalData(onnx)).containsExactly("tiny.weights");
        Files.write(weights, new byte[] {1, 2, 3, 4});
        assertThat(OnnxFile.hash(onnx, Map.of())).isNotEqualTo(hash);
    }

    @Test
    void theHashDependsOnTheGraph() throws IOException {
        Path first = TinyGraph.affine(4, 2, 1).write(folder.resolve("first.onnx"));
        Path second = TinyGraph.affine(4, 2, 2).write(folder.resolve("second.onnx"));
        Path firstAgain = TinyGraph.affine(4, 2, 1).write(folder.resolve("again.onnx"));

        assertThat(OnnxFile.hash(first, Map.of())).isNotEqualTo(OnnxFile.hash(second, Map.of()));
        assertThat(OnnxFile.hash(firstAgain, Map.of())).isEqualTo(OnnxFile.hash(first, Map.of()));
    }

    @Test
    void aFileOfWhichTheHashIsKnownIsNotReadAgain() throws IOException {
        Path weights = folder.resolve("tiny.weights");
        Path onnx = external(weights).write(folder.resolve("tiny.onnx"));
        String hash = OnnxFile.hash(onnx, Map.of());
        String ofWeights =
                HexFormat.of().formatHex(OnnxFile.sha256().digest(Files.readAllBytes(weights)));

        Files.write(weights, new byte[] {1, 2, 3, 4});
        assertThat(OnnxFile.hash(onnx, Map.of(weights, ofWeights))).isEqualTo(hash);
    }

    @Test
    void missingExternalDataIsNamed() throws IOException {
        Path weights = folder.resolve("tiny.weights");
        Path onnx = external(weights).write(folder.resolve("tiny.onnx"));
        Files.delete(weights);

        assertThatThrownBy(() -> OnnxFile.hash(onnx, Map.of()))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("tiny.weights")
                .hasMessageContaining("tiny.onnx, which refers to it");
    }

    @Test
    void anotherKindOfFileIsRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.onnx"), "These are not the weights.");

        assertThatThrownBy(() -> OnnxFile.hash(text, Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("notes.onnx is no ONNX file");
    }

    private static TinyGraph external(Path weights) {
        return new TinyGraph()
                .input("x", DataType.FLOAT32, -1, 1)
                .externalConstant("w", new long[] {1}, weights, 2f)
                .node("Mul", "y", "x", "w")
                .output("y", DataType.FLOAT32, -1, 1);
    }
}
