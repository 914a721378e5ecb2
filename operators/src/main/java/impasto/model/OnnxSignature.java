package impasto.model;

import ai.djl.ndarray.types.DataType;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Inputs and outputs of an ONNX file, read from the file itself without loading its weights.
 * Engines tell less: DJL's ONNX Runtime gives names without shapes. Field numbers are those of
 * {@code onnx.proto}.
 *
 * @param weights elements of all initializers
 * @param float8 whether some of them are 8-bit floats, so that products in the graph are
 */
record OnnxSignature(
        List<TensorSpec> inputs, List<TensorSpec> outputs, long weights, boolean float8) {

    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int GRAPH_INPUT = 11;
    private static final int GRAPH_OUTPUT = 12;
    private static final int TENSOR_DIMENSIONS = 1;
    private static final int TENSOR_DATA_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int VALUE_NAME = 1;
    private static final int VALUE_TYPE = 2;
    private static final int TYPE_TENSOR = 1;
    private static final int TENSOR_ELEMENT_TYPE = 1;
    private static final int TENSOR_SHAPE = 2;
    private static final int SHAPE_DIMENSION = 1;
    private static final int DIMENSION_VALUE = 1;
    private static final int FLOAT8_E4M3 = 17;

    /**
     * @throws BundleException if the file is not an ONNX model
     */
    static OnnxSignature read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            CodedInputStream model = CodedInputStream.newInstance(in);
            model.setSizeLimit(Integer.MAX_VALUE);
            Parts parts = new Parts();
            forEachField(
                    model,
                    (number, input) -> {
                        if (number != MODEL_GRAPH) {
                            return false;
                        }
                        nested(input, OnnxSignature::graphField, parts);
                        return true;
                    });
            if (parts.outputs.isEmpty()) {
                throw new BundleException(
                        "%s has no graph with outputs, expected an ONNX model".formatted(file));
            }
            parts.inputs.removeIf(spec -> parts.initializers.contains(spec.name()));
            return new OnnxSignature(
                    List.copyOf(parts.inputs),
                    List.copyOf(parts.outputs),
                    parts.weights,
                    parts.float8);
        } catch (IOException e) {
            throw new BundleException(
                    "%s cannot be read as an ONNX model: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static final class Parts {
        final List<TensorSpec> inputs = new ArrayList<>();
        final List<TensorSpec> outputs = new ArrayList<>();
        final Set<String> initializers = new HashSet<>();
        long weights;
        boolean float8;
    }

    private static final class Initializer {
        String name = "";
        int elementType;
        long elements = 1;
    }

    private static final class Value {
        String name = "";
        int elementType;
        final List<Long> dimensions = new ArrayList<>();

        TensorSpec spec() throws IOException {
            return new TensorSpec(name, dataType(elementType), dimensions);
        }
    }

    private static boolean graphField(int number, CodedInputStream in, Parts parts)
            throws IOException {
        switch (number) {
            case GRAPH_INITIALIZER -> addInitializer(in, parts);
            case GRAPH_INPUT -> parts.inputs.add(value(in));
            case GRAPH_OUTPUT -> parts.outputs.add(value(in));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void addInitializer(CodedInputStream in, Parts parts) throws IOException {
        Initializer initializer = new Initializer();
        nested(in, OnnxSignature::initializerField, initializer);
        parts.initializers.add(initializer.name);
        parts.weights += initializer.elements;
        parts.float8 |= initializer.elementType == FLOAT8_E4M3;
    }

    private static boolean initializerField(
            int number, CodedInputStream in, Initializer initializer) throws IOException {
        switch (number) {
            case TENSOR_DIMENSIONS -> initializer.elements *= in.readInt64();
            case TENSOR_DATA_TYPE -> initializer.elementType = in.readEnum();
            case TENSOR_NAME -> initializer.name = in.readString();
            default -> {
                return false;
            }
        }
        return true;
    }

    private static TensorSpec value(CodedInputStream in) throws IOException {
        Value value = new Value();
        nested(in, OnnxSignature::valueField, value);
        return value.spec();
    }

    private static boolean valueField(int number, CodedInputStream in, Value value)
            throws IOException {
        switch (number) {
            case VALUE_NAME -> value.name = in.readString();
            case VALUE_TYPE -> nested(in, OnnxSignature::typeField, value);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean typeField(int number, CodedInputStream in, Value value)
            throws IOException {
        if (number != TYPE_TENSOR) {
            return false;
        }
        nested(in, OnnxSignature::tensorField, value);
        return true;
    }

    private static boolean tensorField(int number, CodedInputStream in, Value value)
            throws IOException {
        switch (number) {
            case TENSOR_ELEMENT_TYPE -> value.elementType = in.readEnum();
            case TENSOR_SHAPE -> nested(in, OnnxSignature::shapeField, value);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean shapeField(int number, CodedInputStream in, Value value)
            throws IOException {
        if (number != SHAPE_DIMENSION) {
            return false;
        }
        value.dimensions.add(TensorSpec.ANY);
        nested(in, OnnxSignature::dimensionField, value);
        return true;
    }

    private static boolean dimensionField(int number, CodedInputStream in, Value value)
            throws IOException {
        if (number != DIMENSION_VALUE) {
            return false;
        }
        value.dimensions.set(value.dimensions.size() - 1, in.readInt64());
        return true;
    }

    private static DataType dataType(int onnxType) throws IOException {
        return switch (onnxType) {
            case 1 -> DataType.FLOAT32;
            case 2 -> DataType.UINT8;
            case 3 -> DataType.INT8;
            case 6 -> DataType.INT32;
            case 7 -> DataType.INT64;
            case 9 -> DataType.BOOLEAN;
            case 10 -> DataType.FLOAT16;
            case 11 -> DataType.FLOAT64;
            case 16 -> DataType.BFLOAT16;
            default -> throw new IOException("element type " + onnxType + " is not supported");
        };
    }

    /** Reads one field's value and says so, or leaves it to be skipped. */
    private interface FieldReader<T> {
        boolean read(int number, CodedInputStream in, T target) throws IOException;
    }

    /** {@link FieldReader} for the outermost message. */
    private interface TopReader {
        boolean read(int number, CodedInputStream in) throws IOException;
    }

    private static void forEachField(CodedInputStream in, TopReader reader) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (!reader.read(WireFormat.getTagFieldNumber(tag), in)) {
                in.skipField(tag);
            }
        }
    }

    private static <T> void nested(CodedInputStream in, FieldReader<T> reader, T target)
            throws IOException {
        int end = in.pushLimit(in.readRawVarint32());
        forEachField(in, (number, input) -> reader.read(number, input, target));
        in.popLimit(end);
    }
}
