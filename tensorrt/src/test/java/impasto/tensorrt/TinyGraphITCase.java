package impasto.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The graphs that the GPU tests use are ONNX, as another engine reads it. */
class TinyGraphITCase {

    @TempDir Path folder;

    @Test
    void onnxRuntimeRunsAGraph() throws Exception {
        Path onnx = TinyGraph.affine(4, 2, 1).write(folder.resolve("tiny.onnx"));

        assertThat(run(onnx, 1, 2, 3, 4)).containsExactly(3, 5, 7, 9);
    }

    @Test
    void onnxRuntimeFindsExternalData() throws Exception {
        Path onnx =
                new TinyGraph()
                        .input("x", DataType.FLOAT32, -1, 4)
                        .externalConstant("w", new long[] {1}, folder.resolve("tiny.weights"), 3f)
                        .node("Mul", "product", "x", "w")
                        .cast("half", "product", DataType.FLOAT16)
                        .cast("y", "half", DataType.FLOAT32)
                        .output("y", DataType.FLOAT32, -1, 4)
                        .write(folder.resolve("tiny.onnx"));

        assertThat(run(onnx, 1, 2, 3, 4)).containsExactly(3, 6, 9, 12);
    }

    private static float[] run(Path onnx, float... values) throws Exception {
        try (Model model = Model.newInstance("tiny", "OnnxRuntime");
                NDManager manager = NDManager.newBaseManager(null, "OnnxRuntime")) {
            model.load(onnx);
            NDArray x = manager.create(values, new Shape(1, values.length));
            x.setName("x");
            return model.getBlock()
                    .forward(new ParameterStore(manager, false), new NDList(x), false)
                    .head()
                    .toFloatArray();
        }
    }
}
