package impasto.tensorrt.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class HostCastTest {

    @Test
    void float16AndBfloat16AreRoundedToTheNearest() {
        // Neighbours of 1 are 2^-10 away in float16, 2^-7 in bfloat16, which takes the even one of
        // two that are equally near.
        assertThat(convert(0x1.001p0f, DataType.FLOAT16).getShort()).isEqualTo((short) 0x3c00);
        assertThat(convert(0x1.003p0f, DataType.FLOAT16).getShort()).isEqualTo((short) 0x3c01);
        assertThat(convert(-2f, DataType.FLOAT16).getShort()).isEqualTo((short) 0xc000);
        assertThat(convert(0x1.0101p0f, DataType.BFLOAT16).getShort()).isEqualTo((short) 0x3f81);
        assertThat(convert(0x1.01p0f, DataType.BFLOAT16).getShort()).isEqualTo((short) 0x3f80);
        assertThat(convert(Float.NaN, DataType.BFLOAT16).getShort() & 0x7fff).isGreaterThan(0x7f80);
    }

    @Test
    void bfloat16BecomesTheFloatWithTheSameBits() {
        ByteBuffer values = ByteBuffer.allocate(2).order(ByteOrder.nativeOrder());
        values.putShort((short) 0xc0a0).flip();

        assertThat(HostCast.convert(values, DataType.BFLOAT16, DataType.FLOAT32).getFloat())
                .isEqualTo(-5f);
    }

    @Test
    void bytesAreUnsigned() {
        ByteBuffer values = ByteBuffer.wrap(new byte[] {(byte) 200});

        assertThat(HostCast.convert(values, DataType.UINT8, DataType.INT32).getInt())
                .isEqualTo(200);
    }

    @Test
    void largeIntegersKeepAllDigits() {
        ByteBuffer values = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
        values.putInt(Integer.MAX_VALUE).flip();

        assertThat(HostCast.convert(values, DataType.INT32, DataType.INT64).getLong())
                .isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void whatIsNotZeroIsTrue() {
        assertThat(convert(0.25f, DataType.BOOLEAN).get()).isEqualTo((byte) 1);
        assertThat(convert(0f, DataType.BOOLEAN).get()).isZero();
        assertThat(convert(7.9f, DataType.INT64).getLong()).isEqualTo(7);
    }

    private static ByteBuffer convert(float value, DataType type) {
        ByteBuffer values = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
        values.putFloat(value).flip();
        return HostCast.convert(values, DataType.FLOAT32, type);
    }
}
