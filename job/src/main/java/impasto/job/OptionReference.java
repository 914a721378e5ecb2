package impasto.job;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;

/** The option reference in the docs, generated from the options themselves. */
public final class OptionReference {

    private OptionReference() {}

    /** The page {@code docs/options.md}. */
    public static String markdown() {
        return """
                # Options

                Given to the job as `--key value`, or as lines `key: value` of a file named by `--options-file`.
                Options that begin with `%s` go to the Kafka clients without that prefix, for example
                `%ssecurity.protocol`. Checkpoints, restarts, parallelism and state are Flink's own options.

                | option | default | what it does |
                | --- | --- | --- |
                %s
                """
                .formatted(
                        KafkaOptions.CLIENT_PREFIX,
                        KafkaOptions.CLIENT_PREFIX,
                        rows(JobOptions.all()));
    }

    private static String rows(List<ConfigOption<?>> options) {
        return options.stream()
                .map(
                        option ->
                                "| `%s` | %s | %s |"
                                        .formatted(
                                                option.key(),
                                                defaultValue(option),
                                                description(option)))
                .collect(Collectors.joining("\n"));
    }

    private static String defaultValue(ConfigOption<?> option) {
        if (!option.hasDefaultValue()) {
            return "none";
        }
        return option.defaultValue() instanceof Duration duration
                ? "`" + TimeUtils.formatWithHighestUnit(duration) + "`"
                : "`" + option.defaultValue() + "`";
    }

    static String description(ConfigOption<?> option) {
        return new HtmlFormatter().format(option.description()).replace("&#x27;", "'");
    }
}
