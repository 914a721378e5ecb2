package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.util.Float16Utils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blends of two texts of three places, each in every precision that a denoiser takes. */
class TextBlendTest {

    private static final int LENGTH = 3;
    private static final int DIMENSION = 2;

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
    void oneThirdOfTheWayIsOneThirdOfTheAngle(DataType type) {
        TextEmbedding east = text(type, 1, 2, 0, 4, 0, 7, 7);
        TextEmbedding north = text(type, 2, 0, 2, 0, -4, 7, 7);

        TextEmbedding blend = new TextBlend(LENGTH, DIMENSION, type).between(east, north, 1 / 3.0);

        float cos30 = (float) Math.cos(Math.PI / 6);
        float[] values = values(type, blend);
        assertThat(values[0]).isCloseTo(2 * cos30, within(0.01f));
        assertThat(values[1]).isCloseTo(1, within(0.01f));
        // The shorter text takes part with its last token, which points east and is 2 long.
        assertThat(values[2]).isCloseTo(2 * (float) Math.sin(Math.PI / 3), within(0.01f));
        assertThat(values[3]).isCloseTo(-4 * (float) Math.sin(Math.PI / 6), within(0.01f));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
    void whereNoTextHasATokenTheBlendIsZeroAndNotAttendedTo(DataType type) {
        TextEmbedding blend =
                new TextBlend(LENGTH, DIMENSION, type)
                        .between(
                                text(type, 1, 1, 0, 7, 7, 7, 7),
                                text(type, 2, 0, 1, 1, 0, 7, 7),
                                0.5);

        assertThat(values(type, blend)).endsWith(0, 0);
        ByteBuffer mask = ByteBuffer.wrap(blend.mask()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(mask.getLong()).isOne();
        assertThat(mask.getLong()).isOne();
        assertThat(mask.getLong()).isZero();
    }

    private static TextEmbedding text(DataType type, int tokens, float... values) {
        ByteBuffer embeddings =
                ByteBuffer.allocate(values.length * type.getNumOfBytes())
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (type) {
                case FLOAT32 -> embeddings.putFloat(value);
                case FLOAT16 -> embeddings.putShort(Float16Utils.floatToHalf(value));
                default -> embeddings.putShort((short) (Float.floatToIntBits(value) >>> 16));
            }
        }
        ByteBuffer mask = ByteBuffer.allocate(LENGTH * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < LENGTH; i++) {
            mask.putLong(i < tokens ? 1 : 0);
        }
        return new TextEmbedding(embeddings.array(), mask.array());
    }

    private static float[] values(DataType type, TextEmbedding text) {
        ByteBuffer embeddings = ByteBuffer.wrap(text.embeddings()).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[LENGTH * DIMENSION];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (type) {
                        case FLOAT32 -> embeddings.getFloat();
                        case FLOAT16 -> Float16Utils.halfToFloat(embeddings.getShort());
                        default -> Float.intBitsToFloat(embeddings.getShort() << 16);
                    };
        }
        return values;
    }
}
