package impasto.tensorrt.plan;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The names of the tensors whose first dimension is the batch, kept as the name of a network. */
final class BatchedTensors {

    private static final String PREFIX = "impasto";

    /** No tensor's name has it. */
    private static final String SEPARATOR = "\u001f";

    private BatchedTensors() {}

    static String write(List<String> names) {
        return PREFIX + SEPARATOR + String.join(SEPARATOR, names);
    }

    /** Empty for a network that was not built here. */
    static Optional<Set<String>> read(String networkName) {
        if (networkName == null || !networkName.startsWith(PREFIX + SEPARATOR)) {
            return Optional.empty();
        }
        String names = networkName.substring(PREFIX.length() + SEPARATOR.length());
        return Optional.of(Set.of(names.split(SEPARATOR, -1)));
    }
}
