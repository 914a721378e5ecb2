package impasto.job;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Entry point for {@code flink run}. */
public final class ImpastoJob {

    private static final String OPTIONS_FILE = "--options-file";
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

    private ImpastoJob() {}

    public static void main(String[] args) throws Exception {
        Configuration config = JobOptions.parse(settings(args));
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment();
        configure(environment);
        Topology.build(environment, config);
        environment.execute("impasto");
    }

    /** Settles what the job relies on, and defaults for what the cluster leaves open. */
    public static void configure(StreamExecutionEnvironment environment) {
        environment.configure(
                new Configuration()
                        .set(PipelineOptions.OBJECT_REUSE, true)
                        .set(PipelineOptions.GENERIC_TYPES, false));
        if (environment
                .getConfiguration()
                .getOptional(CheckpointingOptions.CHECKPOINTING_INTERVAL)
                .isEmpty()) {
            environment.enableCheckpointing(CHECKPOINT_INTERVAL.toMillis());
        }
    }

    /**
     * Reads {@code --key value} pairs and files of {@code key: value} lines; what comes later wins.
     *
     * @throws OptionException if an argument is not of that form
     */
    static Map<String, String> settings(String[] args) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || args[i].contains("=")) {
                throw new OptionException("argument '%s', expected --key value".formatted(args[i]));
            }
            if (i + 1 == args.length) {
                throw new OptionException("argument '%s' has no value".formatted(args[i]));
            }
            if (args[i].equals(OPTIONS_FILE)) {
                settings.putAll(file(Path.of(args[i + 1])));
            } else {
                settings.put(args[i].substring(2), args[i + 1]);
            }
        }
        return settings;
    }

    private static Map<String, String> file(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new OptionException("options file %s cannot be read: %s".formatted(file, e), e);
        } catch (IllegalArgumentException e) {
            throw new OptionException(
                    "options file %s, expected lines 'key: value' in which \\\\ stands for a backslash: %s"
                            .formatted(file, e.getMessage()),
                    e);
        }
        Map<String, String> settings = new LinkedHashMap<>();
        properties
                .stringPropertyNames()
                .forEach(key -> settings.put(key, properties.getProperty(key)));
        return settings;
    }
}
