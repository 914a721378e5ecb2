package impasto.job;

import impasto.operator.StylizeOptions;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;

/** All options of the job: which there are, and a configuration checked against them. */
public final class JobOptions {

    private static final List<Class<?>> HOLDERS = List.of(KafkaOptions.class, StylizeOptions.class);

    /** What a record holds besides the picture or the rejected record, generously. */
    private static final int RECORD_OVERHEAD_BYTES = 64 * 1024;

    private JobOptions() {}

    /** Every option, in the order in which a frame meets them. */
    public static List<ConfigOption<?>> all() {
        List<ConfigOption<?>> options = new ArrayList<>();
        for (Class<?> holder : HOLDERS) {
            for (Field field : holder.getFields()) {
                if (field.getType() == ConfigOption.class) {
                    try {
                        options.add((ConfigOption<?>) field.get(null));
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException("options are public", e);
                    }
                }
            }
        }
        return options;
    }

    /**
     * Checks what was configured.
     *
     * @param settings keys and values as written
     * @throws OptionException if a key is unknown, a value does not parse or is out of range, or a
     *     required option is missing; the message names it and what was expected
     */
    public static Configuration parse(Map<String, String> settings) {
        Map<String, ConfigOption<?>> known = new TreeMap<>();
        all().forEach(option -> known.put(option.key(), option));
        Configuration configuration = new Configuration();
        settings.forEach(
                (key, value) -> {
                    if (!known.containsKey(key) && !key.startsWith(KafkaOptions.CLIENT_PREFIX)) {
                        throw new OptionException(
                                "unknown option '%s', did you mean '%s'?"
                                        .formatted(key, nearest(key, known)));
                    }
                    configuration.setString(key, value);
                });
        for (ConfigOption<?> option : known.values()) {
            checkValue(configuration, option);
        }
        require(configuration, KafkaOptions.BOOTSTRAP_SERVERS);
        require(configuration, StylizeOptions.MODEL_BUNDLE);
        checkRange(configuration, StylizeOptions.MODEL_THREADS, 0, 1024);
        checkRange(configuration, StylizeOptions.BATCH_MAX_FRAMES, 1, 1024);
        checkBatchSizes(configuration);
        checkRange(configuration, StylizeOptions.BATCH_MAX_PER_STREAM, 0, 1024);
        checkRange(configuration, StylizeOptions.BATCH_QUEUE_PER_STREAM, 1, 1_000_000);
        checkRange(configuration, StylizeOptions.DECODE_MAX_IMAGE_PIXELS, 1, 1L << 30);
        checkRange(configuration, StylizeOptions.DECODE_THREADS, 0, 1024);
        checkRange(configuration, StylizeOptions.ENCODE_THREADS, 0, 1024);
        checkRange(configuration, StylizeOptions.ENCODE_JPEG_QUALITY, 1, 100);
        checkRange(configuration, StylizeOptions.PROMPTS_MAX_WAITING_FRAMES, 0, 1_000_000);
        checkRange(configuration, StylizeOptions.PROMPTS_MAX_ACTIVE, 1, 1_000_000);
        checkRange(configuration, StylizeOptions.SKIP_SIMILAR_BOUND, 0, 255);
        checkRange(configuration, StylizeOptions.CONDITIONING_EVERY_GROUPS, 1, 1_000_000);
        checkRange(configuration, StylizeOptions.CONDITIONING_GROUP_FRAMES, 0, 1024);
        checkRange(configuration, StylizeOptions.CONDITIONING_FLOW_THREADS, 0, 1024);
        checkRange(configuration, StylizeOptions.CONDITIONING_DRIFT_BOUND, 0, 255);
        checkRange(configuration, StylizeOptions.CONDITIONING_CUT_BOUND, 0, 1);
        checkRange(configuration, StylizeOptions.TEXT_EVERY_GROUPS, 1, 1_000_000);
        checkRange(configuration, StylizeOptions.TEXT_MAX_KEPT, 1, 1_000_000);
        checkPositive(configuration, StylizeOptions.CONDITIONING_RESET_AFTER);
        checkPositive(configuration, KafkaOptions.TRANSACTION_TIMEOUT);
        checkPositive(configuration, StylizeOptions.CHECKPOINT_DRAIN_DEADLINE);
        checkRecordSizes(configuration);
        return configuration;
    }

    private static void checkBatchSizes(Configuration configuration) {
        ConfigOption<List<Integer>> option = StylizeOptions.MODEL_BATCH_SIZES;
        List<Integer> sizes = configuration.getOptional(option).orElse(List.of());
        for (int size : sizes) {
            if (size < 1) {
                throw new OptionException(
                        "%s is '%s', expected numbers from 1, such as '1;8'"
                                .formatted(option.key(), configuration.toMap().get(option.key())));
            }
        }
        int maxFrames = configuration.get(StylizeOptions.BATCH_MAX_FRAMES);
        if (!sizes.isEmpty() && Collections.max(sizes) < maxFrames) {
            throw new OptionException(
                    "%s is '%s', expected one of at least %d, which is %s"
                            .formatted(
                                    option.key(),
                                    configuration.toMap().get(option.key()),
                                    maxFrames,
                                    StylizeOptions.BATCH_MAX_FRAMES.key()));
        }
    }

    private static void checkPositive(Configuration configuration, ConfigOption<Duration> option) {
        if (configuration.get(option).toMillis() < 1) {
            throw new OptionException(
                    "%s is '%s', expected at least 1 ms"
                            .formatted(option.key(), configuration.toMap().get(option.key())));
        }
    }

    /** A record that the producer refuses would fail the job again after every restart. */
    private static void checkRecordSizes(Configuration configuration) {
        MemorySize record = configuration.get(KafkaOptions.MAX_RECORD_SIZE);
        if (record.getBytes() > Integer.MAX_VALUE) {
            throw new OptionException(
                    "%s is %s, expected less than 2 gb"
                            .formatted(KafkaOptions.MAX_RECORD_SIZE.key(), record));
        }
        for (ConfigOption<MemorySize> part :
                List.of(
                        StylizeOptions.DECODE_MAX_IMAGE_SIZE,
                        KafkaOptions.DEAD_LETTER_MAX_RECORD)) {
            MemorySize size = configuration.get(part);
            if (size.getBytes() < 1
                    || size.getBytes() + RECORD_OVERHEAD_BYTES > record.getBytes()) {
                throw new OptionException(
                        "%s is %s, expected at least 1 byte and %d kb less than %s, which is %s"
                                .formatted(
                                        part.key(),
                                        size,
                                        RECORD_OVERHEAD_BYTES / 1024,
                                        KafkaOptions.MAX_RECORD_SIZE.key(),
                                        record));
            }
        }
    }

    private static String nearest(String key, Map<String, ConfigOption<?>> known) {
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        return known.keySet().stream()
                .min(Comparator.comparingInt(candidate -> distance.apply(key, candidate)))
                .orElseThrow();
    }

    private static void checkValue(Configuration configuration, ConfigOption<?> option) {
        try {
            configuration.getOptional(option);
        } catch (IllegalArgumentException e) {
            throw new OptionException(
                    "%s is '%s', expected %s"
                            .formatted(
                                    option.key(),
                                    configuration.toMap().get(option.key()),
                                    form(option)),
                    e);
        }
    }

    /**
     * What values of an option look like; those without a default are text, which always is one.
     */
    private static String form(ConfigOption<?> option) {
        Object example = option.defaultValue();
        if (option.equals(StylizeOptions.MODEL_BATCH_SIZES)) {
            return "numbers such as '1;8'";
        }
        if (example instanceof Enum<?> constant) {
            return Stream.of(constant.getDeclaringClass().getEnumConstants())
                    .map(Object::toString)
                    .collect(Collectors.joining(", ", "one of ", ""));
        }
        if (example instanceof Duration) {
            return "a duration such as '20 ms' or '1 min'";
        }
        if (example instanceof MemorySize) {
            return "a size such as '512 kb' or '8 mb'";
        }
        if (example instanceof Double) {
            return "a number such as 0.5";
        }
        return example instanceof Boolean ? "true or false" : "a whole number";
    }

    private static void require(Configuration configuration, ConfigOption<String> option) {
        if (configuration.getOptional(option).filter(value -> !value.isBlank()).isEmpty()) {
            throw new OptionException(
                    "%s is missing: %s"
                            .formatted(option.key(), OptionReference.description(option)));
        }
    }

    private static <T extends Number> void checkRange(
            Configuration configuration, ConfigOption<T> option, long least, long most) {
        T value = configuration.get(option);
        // written so that NaN is out of range
        if (!(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw new OptionException(
                    "%s is %s, expected %d to %d".formatted(option.key(), value, least, most));
        }
    }
}
