package impasto.tensorrt.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("gpu")
class ArraysITCase {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = GpuModel.newManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16", "BFLOAT16", "UINT8", "INT64", "INT32", "BOOLEAN"})
    void bytesComeBackAsTheyWent(DataType type) {
        byte[] bytes = new byte[3 * 5 * type.getNumOfBytes()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (type == DataType.BOOLEAN ? i & 1 : 3 * i);
        }

        NDArray array = manager.create(ByteBuffer.wrap(bytes), new Shape(3, 5), type);

        assertThat(bytes(array)).isEqualTo(bytes);
        assertThat(array.getDataType()).isEqualTo(type);
        assertThat(array.getShape()).isEqualTo(new Shape(3, 5));
        assertThat(array.toByteBuffer().order()).isEqualTo(ByteOrder.nativeOrder());
    }

    @Test
    void theSourceMayBeOverwrittenAtOnce() {
        ByteBuffer source = ByteBuffer.allocateDirect(1 << 22).order(ByteOrder.nativeOrder());
        NDList arrays = new NDList();
        for (int i = 0; i < 20; i++) {
            source.putInt(0, i).clear();
            arrays.add(manager.create(source, new Shape(1 << 20), DataType.INT32));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(arrays.get(i).toByteBuffer().getInt()).isEqualTo(i);
        }
    }

    @Test
    void zerosAreZero() {
        assertThat(manager.zeros(new Shape(2, 3)).toFloatArray()).containsOnly(0f).hasSize(6);
    }

    @Test
    void samplesAreCutOutOfABatch() {
        NDArray batch = manager.create(new float[] {0, 1, 2, 3, 4, 5, 6, 7}, new Shape(4, 2));

        assertThat(batch.get("1:3").toFloatArray()).containsExactly(2, 3, 4, 5);
        assertThat(batch.get("-1").toFloatArray()).containsExactly(6, 7);
        assertThat(batch.get("2:").getShape()).isEqualTo(new Shape(2, 2));
        assertThat(batch.get(0).getShape()).isEqualTo(new Shape(2));
        assertThat(batch.get("1:3").get("1:2").toFloatArray()).containsExactly(4, 5);
        assertThatThrownBy(() -> batch.get("4:5"))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("(4, 2)");
    }

    @Test
    void aSliceOutlivesTheArrayThatItWasCutFrom() {
        NDArray batch = manager.create(new float[] {0, 1, 2, 3}, new Shape(2, 2));
        NDArray second = batch.get("1:2");
        batch.close();

        assertThat(second.toFloatArray()).containsExactly(2, 3);
        assertThatThrownBy(batch::toFloatArray).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void batchesAreJoined() {
        NDArray one = manager.create(new float[] {0, 1}, new Shape(1, 2));
        NDArray two = manager.create(new float[] {2, 3, 4, 5}, new Shape(2, 2));

        assertThat(one.concat(two).toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(NDArrays.concat(new NDList(two, one)).getShape()).isEqualTo(new Shape(3, 2));
        assertThatThrownBy(() -> one.concat(manager.create(new float[] {1}, new Shape(1, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(1, 2)")
                .hasMessageContaining("(1, 1)");
    }

    @Test
    void aDuplicateIsACopy() {
        NDArray array = manager.create(new float[] {1, 2});
        NDArray copy = array.duplicate();
        array.close();

        assertThat(copy.toFloatArray()).containsExactly(1, 2);
    }

    @Test
    void valuesAreConverted() {
        NDArray array = manager.create(new float[] {1.5f, -2, 300});
        array.setName("x");

        assertThat(
                        array.toType(DataType.FLOAT16, false)
                                .toType(DataType.FLOAT32, false)
                                .toFloatArray())
                .containsExactly(1.5f, -2, 300);
        assertThat(
                        array.toType(DataType.BFLOAT16, false)
                                .toType(DataType.FLOAT32, false)
                                .toFloatArray())
                .containsExactly(1.5f, -2, 300);
        assertThat(array.toType(DataType.INT64, false).toLongArray()).containsExactly(1, -2, 300);
        assertThat(array.toType(DataType.INT32, false).getName()).isEqualTo("x");
    }

    @Test
    void shapesChangeWithoutACopy() {
        NDArray array = manager.create(new float[] {0, 1, 2, 3, 4, 5}, new Shape(1, 2, 3));

        assertThat(array.reshape(3, -1).getShape()).isEqualTo(new Shape(3, 2));
        assertThat(array.squeeze(0).getShape()).isEqualTo(new Shape(2, 3));
        assertThat(array.expandDims(1).getShape()).isEqualTo(new Shape(1, 1, 2, 3));
        assertThat(array.reshape(6).toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThatThrownBy(() -> array.reshape(5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatTheEngineCannotDoIsNamed() {
        NDArray array = manager.create(new float[] {1, 2});

        assertThatThrownBy(() -> array.add(1))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("engine TensorRT does not support 'add' on arrays");
        assertThatThrownBy(() -> NDArrays.stack(new NDList(array, array)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("engine TensorRT does not support 'stack' on arrays");
        assertThatThrownBy(() -> manager.create(new double[] {1}))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("an array of float64, engine TensorRT has [");
    }

    static byte[] bytes(NDArray array) {
        ByteBuffer values = array.toByteBuffer();
        byte[] bytes = new byte[values.remaining()];
        values.get(bytes);
        return bytes;
    }
}
