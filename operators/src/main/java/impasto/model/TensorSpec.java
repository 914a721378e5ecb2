package impasto.model;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Name, type and shape of one input or output of a graph.
 *
 * @param dimensions sizes; {@link #ANY} where the graph leaves the size open, as for the batch
 */
public record TensorSpec(String name, DataType type, List<Long> dimensions) {

    /** A dimension whose size the graph leaves open. */
    public static final long ANY = -1;

    public TensorSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        dimensions = List.copyOf(dimensions);
    }

    static TensorSpec of(String name, DataType type, long... dimensions) {
        return new TensorSpec(
                name,
                type,
                java.util.Arrays.stream(dimensions).boxed().collect(Collectors.toList()));
    }

    /** Reads the manifest's form: dimensions are numbers, or names where the size is open. */
    @JsonCreator
    static TensorSpec fromJson(
            @JsonProperty(value = "name", required = true) String name,
            @JsonProperty(value = "type", required = true) String type,
            @JsonProperty(value = "shape", required = true) List<Object> shape) {
        List<Long> dimensions =
                shape.stream()
                        .map(size -> size instanceof Number number ? number.longValue() : ANY)
                        .toList();
        return new TensorSpec(name, typeNamed(type), dimensions);
    }

    private static DataType typeNamed(String name) {
        try {
            return DataType.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new BundleException(
                    "tensor type '%s', expected one such as float32, float16, int64, uint8"
                            .formatted(name),
                    e);
        }
    }

    /** Whether a tensor of {@code found}'s form fits here: same name, type, rank and sizes. */
    boolean accepts(TensorSpec found) {
        if (!name.equals(found.name)
                || type != found.type
                || dimensions.size() != found.dimensions.size()) {
            return false;
        }
        for (int i = 0; i < dimensions.size(); i++) {
            long expected = dimensions.get(i);
            if (expected != ANY && expected != found.dimensions.get(i)) {
                return false;
            }
        }
        return true;
    }

    /** For messages: {@code float32 [?, 16, 32, 32]}. */
    String form() {
        return dimensions.stream()
                .map(size -> size == ANY ? "?" : Long.toString(size))
                .collect(
                        Collectors.joining(", ", type.name().toLowerCase(Locale.ROOT) + " [", "]"));
    }
}
