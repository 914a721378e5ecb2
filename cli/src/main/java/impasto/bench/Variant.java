package impasto.bench;

import impasto.operator.StylizeOptions;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A way to restyle that is measured.
 *
 * @param batch most frames in a batch
 * @param text when a stream's own frames are read with its prompt, as the job's {@code
 *     text.refresh}: {@code never}, {@code every-batch}
 * @param conditioning when embeddings are made anew, as the job's {@code conditioning.refresh},
 *     where it has a number with that behind a colon: {@code off}, {@code every-groups:8}
 */
record Variant(int batch, String text, String conditioning) {

    static final String TEXT_NEVER = "never";

    /** Not a constant of the operators' options, so that a job without it can be measured too. */
    private static final String TEXT_REFRESH = "text.refresh";

    /** The options that make a job so; all others are as they are. */
    Map<String, String> jobOptions() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put(StylizeOptions.BATCH_MAX_FRAMES.key(), Integer.toString(batch));
        if (!text.equals(TEXT_NEVER)) {
            options.put(TEXT_REFRESH, text);
        }
        String[] parts = conditioning.split(":", 2);
        options.put(StylizeOptions.CONDITIONING_REFRESH.key(), parts[0]);
        if (parts.length == 2) {
            options.put(StylizeOptions.CONDITIONING_EVERY_GROUPS.key(), parts[1]);
        }
        return options;
    }

    /** For people. */
    String phrase() {
        return "batches of %d, text %s, conditioning %s".formatted(batch, text, conditioning);
    }

    /** For a file's name. */
    String fileName() {
        return "b%d-text-%s-conditioning-%s".formatted(batch, text, conditioning.replace(':', '-'));
    }
}
