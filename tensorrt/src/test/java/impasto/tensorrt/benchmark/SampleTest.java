package impasto.tensorrt.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Float16Utils;
import impasto.tensorrt.benchmark.Sample.Likeness;
import impasto.tensorrt.plan.PlanTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sample as {@code impasto_models.dreamlite.samples.write_sample} writes it. */
class SampleTest {

    private static final String INDEX =
            """
            {
              "inputs": [
                {"name": "frame", "type": "uint8", "shape": [2, 3], "file": "input.frame.bin"}
              ],
              "outputs": [
                {"name": "embeddings", "type": "float16", "shape": [2, 2, 2], "file": "output.embeddings.bin"},
                {"name": "embeddings_mask", "type": "int64", "shape": [2, 2], "file": "output.embeddings_mask.bin"}
              ]
            }
            """;

    @TempDir Path folder;

    @BeforeEach
    void write() throws IOException {
        Files.writeString(folder.resolve("sample.json"), INDEX);
        Files.write(folder.resolve("input.frame.bin"), new byte[] {1, 2, 3, 4, 5, 6});
        Files.write(folder.resolve("output.embeddings.bin"), halves(0, 10, 5, 5, 0, 10, 7, 7));
        Files.write(folder.resolve("output.embeddings_mask.bin"), longs(1, 0, 1, 1));
    }

    @Test
    void aPlanForAnotherBatchGetsTheRowsInTurn() throws IOException {
        Sample sample = Sample.read(folder);

        assertThat(bytes(sample.input(frame(2)))).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(bytes(sample.input(frame(1)))).containsExactly(1, 2, 3);
        assertThat(bytes(sample.input(frame(3)))).containsExactly(1, 2, 3, 4, 5, 6, 1, 2, 3);
    }

    @Test
    void likenessIsOverTheRangeWhereTheMaskIsOne() throws IOException {
        Map<String, Likeness> likeness =
                compare(2, DataType.FLOAT32, floats(1, 10, 99, 99, 0, 10, 7, 7));

        // One value of six is off by 1, in a range of 10: 10 log10(100 / (1 / 6)).
        assertThat(likeness.get("embeddings").psnrDb()).isEqualTo(27.78, within(0.01));
        assertThat(likeness.get("embeddings").range()).isEqualTo(10);
        assertThat(likeness.get("embeddings").largestDifference()).isEqualTo(1);
        assertThat(likeness.get("embeddings").values()).isEqualTo(6);
        assertThat(likeness.get("embeddings_mask")).hasToString("equal");
    }

    @Test
    void aSmallerBatchIsComparedWithTheFirstRows() throws IOException {
        Map<String, Likeness> likeness = compare(1, DataType.FLOAT16, halves(0, 10, 1, 1));

        assertThat(likeness.get("embeddings")).hasToString("equal");
        assertThat(likeness.get("embeddings").values()).isEqualTo(2);
    }

    @Test
    void whatIsNotFiniteIsCountedAndHasNoRatio() throws IOException {
        Map<String, Likeness> likeness = compare(1, DataType.FLOAT32, floats(Float.NaN, 10, 1, 1));

        assertThat(likeness.get("embeddings").psnrDb()).isNull();
        assertThat(likeness.get("embeddings")).hasToString("1 of 2 values not finite");
    }

    @Test
    void anInputOfAnotherTypeShapeOrNameIsRefusedWithBoth() throws IOException {
        Sample sample = Sample.read(folder);

        assertThatThrownBy(() -> sample.input(tensor("frame", DataType.FLOAT32, new Shape(2, 3))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("frame uint8 (2, 3), the plan expects float32 (2, 3)");
        assertThatThrownBy(() -> sample.input(tensor("frame", DataType.UINT8, new Shape(2, 4))))
                .hasMessageContaining("frame uint8 (2, 3), the plan expects shape (2, 4)");
        assertThatThrownBy(() -> sample.input(tensor("anchor", DataType.UINT8, new Shape(2, 3))))
                .hasMessageContaining("has inputs [frame], the plan has one named 'anchor'");
    }

    @Test
    void aFileThatIsTooShortIsNamed() throws IOException {
        Files.write(folder.resolve("input.frame.bin"), new byte[5]);

        assertThatThrownBy(() -> Sample.read(folder).input(frame(2)))
                .hasMessageContaining("input.frame.bin has 5 bytes, expected 6");
    }

    @Test
    void aFolderWithoutSampleIsNamed() {
        assertThatThrownBy(() -> Sample.read(folder.resolve("nothing")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("sample.json is missing")
                .hasMessageContaining("--samples");
    }

    private Map<String, Likeness> compare(int batch, DataType type, byte[] embeddings)
            throws IOException {
        Map<PlanTensor, ByteBuffer> outputs = new LinkedHashMap<>();
        outputs.put(tensor("embeddings", type, new Shape(batch, 2, 2)), buffer(embeddings));
        outputs.put(
                tensor("embeddings_mask", DataType.INT64, new Shape(batch, 2)),
                buffer(batch == 1 ? longs(1, 0) : longs(1, 0, 1, 1)));
        return Sample.read(folder).compare(outputs);
    }

    private static PlanTensor frame(int batch) {
        return tensor("frame", DataType.UINT8, new Shape(batch, 3));
    }

    private static PlanTensor tensor(String name, DataType type, Shape shape) {
        return new PlanTensor(name, type, shape, true);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static byte[] halves(float... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putShort(Float16Utils.floatToHalf(value));
        }
        return bytes.array();
    }

    private static byte[] longs(long... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }
}
