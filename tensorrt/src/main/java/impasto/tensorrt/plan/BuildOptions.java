package impasto.tensorrt.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How a plan is built. All of it is part of the plan's key.
 *
 * @param batchSizes ascending, distinct, each at least 1; a plan runs batches of these sizes
 * @param optimizationLevel 0 to 5: how long TensorRT searches for faster kernels
 * @param workspaceMebibytes most scratch memory that a kernel may take; 0 for TensorRT's default
 * @param auxiliaryStreams streams on which a plan may run parts beside one another; -1 leaves it to
 *     TensorRT
 * @param tf32 whether float32 products may round their factors to TF32
 * @param detailed whether the plan keeps what the engine inspector tells of its layers
 * @param alwaysDynamic whether a plan for one batch size keeps the batch dimension open all the
 *     same
 */
public record BuildOptions(
        List<Integer> batchSizes,
        int optimizationLevel,
        int workspaceMebibytes,
        int auxiliaryStreams,
        boolean tf32,
        boolean detailed,
        boolean alwaysDynamic) {

    public static final String BATCH_SIZES = "batchSizes";
    public static final String OPTIMIZATION_LEVEL = "optimizationLevel";
    public static final String WORKSPACE_MEBIBYTES = "workspaceMebibytes";
    public static final String AUXILIARY_STREAMS = "auxiliaryStreams";
    public static final String TF32 = "tf32";
    public static final String DETAILED = "detailed";
    public static final String ALWAYS_DYNAMIC = "alwaysDynamic";

    /** The names that {@link #parse} knows. */
    public static final Set<String> NAMES =
            Set.of(
                    BATCH_SIZES,
                    OPTIMIZATION_LEVEL,
                    WORKSPACE_MEBIBYTES,
                    AUXILIARY_STREAMS,
                    TF32,
                    DETAILED,
                    ALWAYS_DYNAMIC);

    public BuildOptions {
        batchSizes = List.copyOf(batchSizes);
        if (batchSizes.isEmpty()
                || batchSizes.get(0) < 1
                || !List.copyOf(new TreeSet<>(batchSizes)).equals(batchSizes)) {
            throw new IllegalArgumentException(
                    "option %s=%s, expected sizes from 1, ascending, each once"
                            .formatted(BATCH_SIZES, batchSizes));
        }
        if (optimizationLevel < 0 || optimizationLevel > 5) {
            throw new IllegalArgumentException(
                    "option %s=%d, expected 0 to 5"
                            .formatted(OPTIMIZATION_LEVEL, optimizationLevel));
        }
        if (workspaceMebibytes < 0) {
            throw new IllegalArgumentException(
                    "option %s=%d, expected 0 or more"
                            .formatted(WORKSPACE_MEBIBYTES, workspaceMebibytes));
        }
        if (auxiliaryStreams < -1) {
            throw new IllegalArgumentException(
                    "option %s=%d, expected -1 or more"
                            .formatted(AUXILIARY_STREAMS, auxiliaryStreams));
        }
    }

    /** TensorRT's own defaults, for these batch sizes. */
    public static BuildOptions forBatchSizes(Integer... batchSizes) {
        return parse(
                Map.of(
                        BATCH_SIZES,
                        String.join(",", Arrays.stream(batchSizes).map(String::valueOf).toList())));
    }

    /**
     * From strings, as model options come. Names that are not in {@link #NAMES} are somebody
     * else's; {@code batchSizes} is "1" unless given.
     *
     * @throws IllegalArgumentException naming option, value and what was expected
     */
    public static BuildOptions parse(Map<String, ?> options) {
        return new BuildOptions(
                batchSizes(text(options, BATCH_SIZES, "1")),
                number(options, OPTIMIZATION_LEVEL, 3),
                number(options, WORKSPACE_MEBIBYTES, 0),
                number(options, AUXILIARY_STREAMS, -1),
                flag(options, TF32, true),
                flag(options, DETAILED, false),
                flag(options, ALWAYS_DYNAMIC, false));
    }

    private static List<Integer> batchSizes(String text) {
        TreeSet<Integer> sizes = new TreeSet<>();
        for (String size : text.split(",", -1)) {
            sizes.add(integer(BATCH_SIZES, text, size.strip(), "whole numbers such as 1,8"));
        }
        return new ArrayList<>(sizes);
    }

    private static String text(Map<String, ?> options, String name, String otherwise) {
        Object value = options.get(name);
        return value == null ? otherwise : value.toString();
    }

    private static int number(Map<String, ?> options, String name, int otherwise) {
        String text = text(options, name, Integer.toString(otherwise));
        return integer(name, text, text.strip(), "a whole number");
    }

    private static int integer(String name, String whole, String text, String expected) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "option %s=%s, expected %s".formatted(name, whole, expected), e);
        }
    }

    private static boolean flag(Map<String, ?> options, String name, boolean otherwise) {
        String text = text(options, name, Boolean.toString(otherwise));
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException(
                    "option %s=%s, expected true or false".formatted(name, text));
        }
        return text.equals("true");
    }

    /** One line that is the same for the same options, for keys and logs. */
    public String canonical() {
        Map<String, Object> all = new TreeMap<>();
        all.put(BATCH_SIZES, String.join(",", batchSizes.stream().map(String::valueOf).toList()));
        all.put(OPTIMIZATION_LEVEL, optimizationLevel);
        all.put(WORKSPACE_MEBIBYTES, workspaceMebibytes);
        all.put(AUXILIARY_STREAMS, auxiliaryStreams);
        all.put(TF32, tf32);
        all.put(DETAILED, detailed);
        all.put(ALWAYS_DYNAMIC, alwaysDynamic);
        return all.toString();
    }
}
