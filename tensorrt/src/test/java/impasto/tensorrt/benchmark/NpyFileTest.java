package impasto.tensorrt.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.plan.PlanTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyFileTest {

    private static final PlanTensor TENSOR =
            new PlanTensor("latents", DataType.FLOAT32, new Shape(1, 3), true);

    @TempDir Path folder;

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Path file = folder.resolve("latents.npy");
        NpyFile.write(file, TENSOR, floats(1.5f, -2f, 3f));

        ByteBuffer read = NpyFile.read(file, TENSOR);

        assertThat(read.getFloat()).isEqualTo(1.5f);
        assertThat(read.getFloat()).isEqualTo(-2f);
        assertThat(read.getFloat()).isEqualTo(3f);
        assertThat(Files.size(file) % 64).isEqualTo(3 * Float.BYTES);
    }

    /** The bytes of {@code numpy.save("x.npy", numpy.float32([[1, 2, 3]]))}, NumPy 2.3. */
    @Test
    void aFileOfNumPyIsRead() throws IOException {
        String header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }"
                        + " ".repeat(58)
                        + "\n";
        ByteBuffer bytes = ByteBuffer.allocate(128 + 12).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        bytes.put((byte) 1).put((byte) 0).putShort((short) 118);
        bytes.put(header.getBytes(StandardCharsets.US_ASCII)).put(floats(1, 2, 3));
        Path file = Files.write(folder.resolve("x.npy"), bytes.array());

        assertThat(NpyFile.read(file, TENSOR).getFloat()).isEqualTo(1f);
    }

    @Test
    void anotherShapeIsRefusedWithBoth() throws IOException {
        Path file = folder.resolve("latents.npy");
        NpyFile.write(file, TENSOR, floats(1, 2, 3));

        assertThatThrownBy(
                        () ->
                                NpyFile.read(
                                        file,
                                        new PlanTensor(
                                                "latents", DataType.FLOAT32, new Shape(3), false)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'shape': (1, 3)")
                .hasMessageContaining("expects")
                .hasMessageContaining("'shape': (3,)");
    }

    private static ByteBuffer floats(float... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.flip();
    }
}
