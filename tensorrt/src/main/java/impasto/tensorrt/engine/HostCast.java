package impasto.tensorrt.engine;

import ai.djl.ndarray.types.DataType;
import ai.djl.util.Float16Utils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Converts values between element types on the host. */
final class HostCast {

    private HostCast() {}

    /**
     * Floating point to integer cuts off the fraction and wraps as Java does; anything that is not
     * zero is true. float16 and bfloat16 are rounded to the nearest.
     */
    static ByteBuffer convert(ByteBuffer values, DataType from, DataType to) {
        int elements = values.remaining() / from.getNumOfBytes();
        ByteBuffer result =
                ByteBuffer.allocate(elements * to.getNumOfBytes()).order(ByteOrder.nativeOrder());
        boolean whole = isWhole(from) && isWhole(to);
        for (int i = 0; i < elements; i++) {
            if (whole) {
                putWhole(result, to, whole(values, from));
            } else {
                put(result, to, isWhole(from) ? whole(values, from) : real(values, from));
            }
        }
        return result.flip();
    }

    private static boolean isWhole(DataType type) {
        return switch (type) {
            case UINT8, INT8, INT32, INT64, BOOLEAN -> true;
            case FLOAT32, FLOAT16, BFLOAT16 -> false;
            default -> throw Unsupported.operation("cast of " + type);
        };
    }

    private static double real(ByteBuffer values, DataType type) {
        return switch (type) {
            case FLOAT32 -> values.getFloat();
            case FLOAT16 -> Float16Utils.halfToFloat(values.getShort());
            default -> Float.intBitsToFloat(values.getShort() << 16);
        };
    }

    private static long whole(ByteBuffer values, DataType type) {
        return switch (type) {
            case UINT8 -> values.get() & 0xff;
            case INT32 -> values.getInt();
            case INT64 -> values.getLong();
            default -> values.get();
        };
    }

    private static void put(ByteBuffer result, DataType type, double value) {
        switch (type) {
            case FLOAT32 -> result.putFloat((float) value);
            case FLOAT16 -> result.putShort(Float16Utils.floatToHalf((float) value));
            case BFLOAT16 -> result.putShort(bfloat16((float) value));
            case BOOLEAN -> result.put((byte) (value != 0 ? 1 : 0));
            default -> putWhole(result, type, (long) value);
        }
    }

    private static void putWhole(ByteBuffer result, DataType type, long value) {
        switch (type) {
            case INT64 -> result.putLong(value);
            case INT32 -> result.putInt((int) value);
            case BOOLEAN -> result.put((byte) (value != 0 ? 1 : 0));
            default -> result.put((byte) value);
        }
    }

    /** Rounds to the nearest, ties to even. */
    static short bfloat16(float value) {
        int bits = Float.floatToIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 1);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
