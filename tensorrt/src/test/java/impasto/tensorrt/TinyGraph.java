package impasto.tensorrt;

import ai.djl.ndarray.types.DataType;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes small ONNX files for tests: opset 17, tensors of float32 unless said otherwise. A
 * dimension of -1 is the batch.
 */
public final class TinyGraph {

    private final Message graph = new Message();

    /** A protobuf message that is being written. */
    private static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

        Message text(int field, String value) {
            return write(() -> out.writeString(field, value));
        }

        Message number(int field, long value) {
            return write(() -> out.writeInt64(field, value));
        }

        Message bytes(int field, byte[] value) {
            return write(() -> out.writeBytes(field, ByteString.copyFrom(value)));
        }

        Message message(int field, Message value) {
            return bytes(field, value.toBytes());
        }

        private Message write(Write write) {
            try {
                write.run();
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        byte[] toBytes() {
            write(out::flush);
            return bytes.toByteArray();
        }

        private interface Write {
            void run() throws IOException;
        }
    }

    public TinyGraph() {
        graph.text(2, "tiny");
    }

    public TinyGraph input(String name, DataType type, long... shape) {
        graph.message(11, valueInfo(name, type, shape));
        return this;
    }

    public TinyGraph output(String name, DataType type, long... shape) {
        graph.message(12, valueInfo(name, type, shape));
        return this;
    }

    /** A node with one output and no attributes. */
    public TinyGraph node(String operator, String output, String... inputs) {
        graph.message(1, nodeMessage(operator, output, inputs));
        return this;
    }

    /** A Cast node. */
    public TinyGraph cast(String output, String input, DataType to) {
        Message attribute =
                new Message().text(1, "to").number(3, onnxType(to)).number(20, /* INT */ 2);
        graph.message(1, nodeMessage("Cast", output, input).message(5, attribute));
        return this;
    }

    /** Constant float32 values. */
    public TinyGraph constant(String name, long[] shape, float... values) {
        graph.message(5, tensor(name, shape).bytes(9, littleEndian(values)));
        return this;
    }

    /** Constant float32 values that lie in another file, from its beginning. */
    public TinyGraph externalConstant(String name, long[] shape, Path file, float... values) {
        try {
            Files.write(file, littleEndian(values));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Message location = new Message().text(1, "location").text(2, file.getFileName().toString());
        graph.message(5, tensor(name, shape).message(13, location).number(14, /* EXTERNAL */ 1));
        return this;
    }

    /** Writes the file and returns it. */
    public Path write(Path file) throws IOException {
        Message opset = new Message().number(2, 17);
        byte[] model =
                new Message()
                        .number(1, /* IR version */ 8)
                        .message(7, graph)
                        .message(8, opset)
                        .toBytes();
        return Files.write(file, model);
    }

    /** {@code y = x * scale + offset} over [batch, width]. */
    public static TinyGraph affine(int width, float scale, float offset) {
        return new TinyGraph()
                .input("x", DataType.FLOAT32, -1, width)
                .constant("scale", new long[] {1}, scale)
                .constant("offset", new long[] {1}, offset)
                .node("Mul", "scaled", "x", "scale")
                .node("Add", "y", "scaled", "offset")
                .output("y", DataType.FLOAT32, -1, width);
    }

    private static Message nodeMessage(String operator, String output, String... inputs) {
        Message node = new Message();
        for (String input : inputs) {
            node.text(1, input);
        }
        return node.text(2, output).text(3, "make_" + output).text(4, operator);
    }

    private static Message tensor(String name, long[] shape) {
        Message tensor = new Message();
        for (long dimension : shape) {
            tensor.number(1, dimension);
        }
        return tensor.number(2, onnxType(DataType.FLOAT32)).text(8, name);
    }

    private static Message valueInfo(String name, DataType type, long... shape) {
        Message dimensions = new Message();
        for (long size : shape) {
            dimensions.message(
                    1, size < 0 ? new Message().text(2, "batch") : new Message().number(1, size));
        }
        Message tensorType = new Message().number(1, onnxType(type)).message(2, dimensions);
        return new Message().text(1, name).message(2, new Message().message(1, tensorType));
    }

    private static int onnxType(DataType type) {
        return switch (type) {
            case FLOAT32 -> 1;
            case UINT8 -> 2;
            case INT8 -> 3;
            case INT32 -> 6;
            case INT64 -> 7;
            case BOOLEAN -> 9;
            case FLOAT16 -> 10;
            case BFLOAT16 -> 16;
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    private static byte[] littleEndian(float... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }
}
