package impasto.tensorrt.benchmark;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Float16Utils;
import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.annotations.SerializedName;
import impasto.tensorrt.plan.PlanTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Inputs of a graph and what the reference makes of them, as the exporter writes them: {@code
 * sample.json}, which names raw little-endian files with NumPy's types and shapes. A plan for
 * another batch size gets the sample's rows, in turn where it takes more of them.
 */
final class Sample {

    private static final String INDEX = "sample.json";

    /** An output of this name with this ending says where the output counts. */
    private static final String MASK = "_mask";

    private final Path folder;
    private final Index index;

    private record Index(List<Tensor> inputs, List<Tensor> outputs) {}

    private record Tensor(String name, String type, long[] shape, String file) {
        DataType dataType() {
            return switch (type) {
                case "float32" -> DataType.FLOAT32;
                case "float16" -> DataType.FLOAT16;
                case "int64" -> DataType.INT64;
                case "int32" -> DataType.INT32;
                case "uint8" -> DataType.UINT8;
                case "int8" -> DataType.INT8;
                case "bool" -> DataType.BOOLEAN;
                default ->
                        throw new IllegalArgumentException(
                                "sample tensor '%s' has type %s, expected float32, float16, int64, int32, uint8, int8 or bool"
                                        .formatted(name, type));
            };
        }

        @Override
        public String toString() {
            return "%s %s %s".formatted(name, type, new Shape(shape));
        }
    }

    /**
     * How like an output is to the reference's.
     *
     * @param psnrDb peak signal-to-noise ratio over the expected values' range, in dB; null where
     *     every value is equal, or one is not finite
     * @param range of the expected values
     * @param largestDifference of a finite value from the expected one
     * @param values that were compared: where there is a mask, those of places where it is 1
     * @param notFinite values that are infinite or no number
     */
    record Likeness(
            @SerializedName("psnr_db") Double psnrDb,
            double range,
            @SerializedName("largest_difference") double largestDifference,
            long values,
            @SerializedName("not_finite") long notFinite) {

        @Override
        public String toString() {
            if (notFinite > 0) {
                return "%d of %d values not finite".formatted(notFinite, values);
            }
            return psnrDb == null ? "equal" : "%.1f dB".formatted(psnrDb);
        }
    }

    private Sample(Path folder, Index index) {
        this.folder = folder;
        this.index = index;
    }

    /**
     * @param folder with {@code sample.json}
     * @throws IOException if it is not there or not of the exporter's form
     */
    static Sample read(Path folder) throws IOException {
        Path file = folder.resolve(INDEX);
        try {
            Index index = new Gson().fromJson(Files.readString(file), Index.class);
            if (index == null || index.inputs == null || index.outputs == null) {
                throw new IOException(file + " has no inputs and outputs, expected both");
            }
            return new Sample(folder, index);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "%s is missing, expected a folder samples/GRAPH that the exporter has written with --samples"
                            .formatted(file),
                    e);
        } catch (JsonParseException e) {
            throw new IOException("%s is not what the exporter writes: %s".formatted(file, e), e);
        }
    }

    /**
     * The values of an input.
     *
     * @throws IOException if the sample has none of that name, type and shape
     */
    ByteBuffer input(PlanTensor tensor) throws IOException {
        Tensor given = find(index.inputs, "input", tensor);
        if (given.dataType() != tensor.type()) {
            throw new IOException(
                    "%s has input %s, the plan expects %s %s"
                            .formatted(folder, given, tensor.type(), tensor.shape()));
        }
        return values(given, tensor);
    }

    /**
     * Compares all outputs of a run.
     *
     * @param found each output's values, little endian
     * @return by output; masks that others go by are compared too
     * @throws IOException if the sample has none of that name and shape
     */
    Map<String, Likeness> compare(Map<PlanTensor, ByteBuffer> found) throws IOException {
        Map<String, Likeness> likeness = new LinkedHashMap<>();
        for (Map.Entry<PlanTensor, ByteBuffer> output : found.entrySet()) {
            PlanTensor tensor = output.getKey();
            Tensor expected = find(index.outputs, "output", tensor);
            likeness.put(
                    tensor.name(),
                    compare(
                            numbers(
                                    tensor.type(),
                                    output.getValue().duplicate().order(ByteOrder.LITTLE_ENDIAN)),
                            numbers(expected.dataType(), values(expected, tensor)),
                            mask(tensor.name(), found.keySet())));
        }
        return likeness;
    }

    /** The reference's mask for an output, or null. */
    private double[] mask(String output, Iterable<PlanTensor> tensors) throws IOException {
        for (PlanTensor tensor : tensors) {
            if (tensor.name().equals(output + MASK)) {
                Tensor mask = find(index.outputs, "output", tensor);
                return numbers(mask.dataType(), values(mask, tensor));
            }
        }
        return null;
    }

    /**
     * @param mask of the leading dimensions, or null
     */
    private static Likeness compare(double[] found, double[] expected, double[] mask) {
        int valuesPerPlace = mask == null ? 1 : expected.length / mask.length;
        double lowest = Double.POSITIVE_INFINITY;
        double highest = Double.NEGATIVE_INFINITY;
        double squares = 0;
        double largest = 0;
        long values = 0;
        long notFinite = 0;
        for (int i = 0; i < expected.length; i++) {
            if (mask != null && mask[i / valuesPerPlace] == 0) {
                continue;
            }
            values++;
            lowest = Math.min(lowest, expected[i]);
            highest = Math.max(highest, expected[i]);
            double difference = Math.abs(found[i] - expected[i]);
            if (Double.isFinite(difference)) {
                squares += difference * difference;
                largest = Math.max(largest, difference);
            } else {
                notFinite++;
            }
        }
        double range = values == 0 ? 0 : highest - lowest;
        Double psnr =
                squares == 0 || notFinite > 0
                        ? null
                        : Double.valueOf(10 * Math.log10(range * range * values / squares));
        return new Likeness(psnr, range, largest, values, notFinite);
    }

    private Tensor find(List<Tensor> tensors, String kind, PlanTensor tensor) throws IOException {
        Tensor found =
                tensors.stream()
                        .filter(given -> given.name.equals(tensor.name()))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "%s has %ss %s, the plan has one named '%s'"
                                                        .formatted(
                                                                folder,
                                                                kind,
                                                                tensors.stream()
                                                                        .map(Tensor::name)
                                                                        .toList(),
                                                                tensor.name())));
        long[] shape = tensor.shape().getShape().clone();
        if (tensor.batched() && found.shape.length > 0 && found.shape[0] > 0) {
            shape[0] = found.shape[0];
        }
        if (!Arrays.equals(shape, found.shape)) {
            throw new IOException(
                    "%s has %s %s, the plan expects shape %s"
                            .formatted(folder, kind, found, tensor.shape()));
        }
        return found;
    }

    /** As many rows as the plan takes. */
    private ByteBuffer values(Tensor given, PlanTensor tensor) throws IOException {
        Path file = folder.resolve(given.file);
        byte[] bytes = Files.readAllBytes(file);
        long expected = new Shape(given.shape).size() * given.dataType().getNumOfBytes();
        if (bytes.length != expected) {
            throw new IOException(
                    "%s has %d bytes, expected %d for %s"
                            .formatted(file, bytes.length, expected, given));
        }
        ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (!tensor.batched() || given.shape[0] == tensor.shape().get(0)) {
            return values;
        }
        int row = Math.toIntExact(expected / given.shape[0]);
        int rows = Math.toIntExact(tensor.shape().get(0));
        ByteBuffer turned =
                ByteBuffer.allocate(Math.multiplyExact(row, rows)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows; i++) {
            turned.put(bytes, Math.toIntExact(i % given.shape[0]) * row, row);
        }
        return turned.flip();
    }

    private static double[] numbers(DataType type, ByteBuffer values) {
        double[] numbers = new double[values.remaining() / type.getNumOfBytes()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] =
                    switch (type) {
                        case FLOAT32 -> values.getFloat();
                        case FLOAT16 -> Float16Utils.halfToFloat(values.getShort());
                        case BFLOAT16 -> Float.intBitsToFloat(values.getShort() << 16);
                        case INT64 -> values.getLong();
                        case INT32 -> values.getInt();
                        case UINT8 -> values.get() & 0xff;
                        default -> values.get();
                    };
        }
        return numbers;
    }
}
