package impasto.bench;

import impasto.operator.StylizeOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;

/**
 * A way to restyle that is measured.
 *
 * @param batch most frames in a batch
 * @param text when a stream's own frames are read with its prompt, as the job's {@code
 *     text.refresh}, where it has a number with that behind a colon: {@code never}, {@code
 *     every-batch}
 * @param conditioning when embeddings are made anew, as the job's {@code conditioning.refresh},
 *     where it has a number with that behind a colon: {@code off}, {@code every-groups:8}
 * @param prompts of the stages; the job's are plain
 */
record Variant(int batch, String text, String conditioning, Prompts prompts) {

    static final String TEXT_NEVER = "never";

    /** A blend whose texts are not read with frames is encoded before any frame comes. */
    boolean isMeasured() {
        return prompts != Prompts.BLEND || !text.equals(TEXT_NEVER);
    }

    /** The options that make a job so; all others are as they are. */
    Map<String, String> jobOptions() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put(StylizeOptions.BATCH_MAX_FRAMES.key(), Integer.toString(batch));
        put(text, StylizeOptions.TEXT_REFRESH, StylizeOptions.TEXT_EVERY_GROUPS, options);
        put(
                conditioning,
                StylizeOptions.CONDITIONING_REFRESH,
                StylizeOptions.CONDITIONING_EVERY_GROUPS,
                options);
        return options;
    }

    private static void put(
            String schedule,
            ConfigOption<?> when,
            ConfigOption<Integer> groups,
            Map<String, String> options) {
        String[] parts = schedule.split(":", 2);
        options.put(when.key(), parts[0]);
        if (parts.length == 2) {
            options.put(groups.key(), parts[1]);
        }
    }

    /** For people. */
    String phrase() {
        return "batches of %d, text %s, conditioning %s, prompts %s"
                .formatted(batch, text, conditioning, prompts);
    }

    /** For a file's name. */
    String fileName() {
        return "b%d-text-%s-conditioning-%s-prompts-%s"
                .formatted(batch, text.replace(':', '-'), conditioning.replace(':', '-'), prompts);
    }
}
