package impasto.tensorrt.engine;

import impasto.tensorrt.plan.BuildListener;
import impasto.tensorrt.plan.BuildOptions;
import impasto.tensorrt.plan.PlanCache;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The options that {@link ai.djl.Model#load(Path, String, Map)} takes, as strings, beside those of
 * {@link BuildOptions}.
 *
 * @param build {@code batchSizes=1,8} and the others: how the plan is built
 * @param stream {@code stream=main}: the name of the CUDA stream on which the model runs. Models of
 *     one stream run one after another and share scratch memory; models of different streams run
 *     beside one another
 * @param slots {@code slots=2}: how many outputs of one batch size live at a time
 * @param bindDirectly {@code bind=direct}: a graph reads the output of another where it lies.
 *     {@code bind=copy} copies it first
 * @param replay {@code replay=true}: runs are replays of a CUDA graph. {@code false} lets TensorRT
 *     launch its kernels one by one
 * @param planCache {@code planCache=DIR}: where plans are kept; {@link PlanCache#defaultFolder} if
 *     it is not given
 * @param fileHashes an object and no string: {@code fileHashes}, a map from {@link Path} to the
 *     SHA-256, in hex, of files of the graph that the caller has read already, so that they are not
 *     read again to find the plan
 * @param buildListener an object and no string: {@code buildListener}, a {@link BuildListener} that
 *     follows the build of a plan; null if none is given
 */
record ModelOptions(
        BuildOptions build,
        String stream,
        int slots,
        boolean bindDirectly,
        boolean replay,
        Path planCache,
        Map<Path, String> fileHashes,
        BuildListener buildListener) {

    static final String STREAM = "stream";
    static final String SLOTS = "slots";
    static final String BIND = "bind";
    static final String REPLAY = "replay";
    static final String PLAN_CACHE = "planCache";
    static final String FILE_HASHES = "fileHashes";
    static final String BUILD_LISTENER = "buildListener";

    private static final Set<String> OWN_NAMES =
            Set.of(STREAM, SLOTS, BIND, REPLAY, PLAN_CACHE, FILE_HASHES, BUILD_LISTENER);

    /**
     * @param options null for none
     * @throws IllegalArgumentException naming the option, what was found and what was expected
     */
    static ModelOptions parse(Map<String, ?> options) {
        Map<String, ?> given = options == null ? Map.of() : options;
        for (String name : given.keySet()) {
            if (!OWN_NAMES.contains(name) && !BuildOptions.NAMES.contains(name)) {
                Set<String> known = new TreeSet<>(OWN_NAMES);
                known.addAll(BuildOptions.NAMES);
                throw new IllegalArgumentException(
                        "unknown option '%s', engine %s has %s"
                                .formatted(name, TrtEngine.ENGINE_NAME, known));
            }
        }
        String folder = text(given, PLAN_CACHE, "");
        Object listener = given.get(BUILD_LISTENER);
        return new ModelOptions(
                BuildOptions.parse(given),
                stream(text(given, STREAM, "main")),
                slots(text(given, SLOTS, "2")),
                oneOf(given, BIND, "direct", "copy").equals("direct"),
                oneOf(given, REPLAY, "true", "false").equals("true"),
                folder.isEmpty() ? PlanCache.defaultFolder() : Path.of(folder),
                fileHashes(given.get(FILE_HASHES)),
                (BuildListener) listener);
    }

    private static String text(Map<String, ?> options, String name, String otherwise) {
        Object value = options.get(name);
        return value == null ? otherwise : value.toString();
    }

    private static Map<Path, String> fileHashes(Object given) {
        Map<Path, String> hashes = new HashMap<>();
        if (given != null) {
            ((Map<?, ?>) given).forEach((file, hash) -> hashes.put((Path) file, (String) hash));
        }
        return hashes;
    }

    private static String stream(String name) {
        if (!name.matches("[a-zA-Z0-9_-]+")) {
            throw new IllegalArgumentException(
                    "option %s=%s, expected letters, digits, - and _".formatted(STREAM, name));
        }
        return name;
    }

    private static int slots(String text) {
        if (!text.matches("[1-9]|[1-5][0-9]|6[0-4]")) {
            throw new IllegalArgumentException(
                    "option %s=%s, expected a number from 1 to 64".formatted(SLOTS, text));
        }
        return Integer.parseInt(text);
    }

    /** The first value is the default. */
    private static String oneOf(Map<String, ?> options, String name, String first, String second) {
        String value = text(options, name, first);
        if (!value.equals(first) && !value.equals(second)) {
            throw new IllegalArgumentException(
                    "option %s=%s, expected %s or %s".formatted(name, value, first, second));
        }
        return value;
    }
}
