package impasto.job;

import java.time.Duration;
import java.util.Locale;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.base.DeliveryGuarantee;

/** Options of the four topics. */
public final class KafkaOptions {

    private KafkaOptions() {}

    /** Every option with this prefix goes to the Kafka clients without it. */
    public static final String CLIENT_PREFIX = "kafka.client.";

    public static final ConfigOption<String> BOOTSTRAP_SERVERS =
            ConfigOptions.key("kafka.bootstrap-servers")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Brokers to begin with: host:port,host:port.");

    public static final ConfigOption<String> GROUP_ID =
            ConfigOptions.key("kafka.group-id")
                    .stringType()
                    .defaultValue("impasto")
                    .withDescription(
                            "Consumer group under which positions are committed, and prefix of transactions.");

    public static final ConfigOption<String> SCHEMA_REGISTRY_URL =
            ConfigOptions.key("kafka.schema-registry-url")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Confluent-compatible schema registry. With it, records have Confluent's wire format; without it, Avro's single-object encoding.");

    public static final ConfigOption<String> FRAMES_TOPIC =
            ConfigOptions.key("topics.frames")
                    .stringType()
                    .defaultValue("frames")
                    .withDescription("Topic from which frames are read.");

    public static final ConfigOption<String> PROMPTS_TOPIC =
            ConfigOptions.key("topics.prompts")
                    .stringType()
                    .defaultValue("prompts")
                    .withDescription("Compacted topic from which prompts are read.");

    public static final ConfigOption<String> STYLIZED_FRAMES_TOPIC =
            ConfigOptions.key("topics.stylized-frames")
                    .stringType()
                    .defaultValue("stylized-frames")
                    .withDescription("Topic to which results are written.");

    public static final ConfigOption<String> DEAD_LETTERS_TOPIC =
            ConfigOptions.key("topics.dead-letters")
                    .stringType()
                    .defaultValue("dead-letters")
                    .withDescription("Topic to which records go that could not be used.");

    public static final ConfigOption<Start> FRAMES_START =
            ConfigOptions.key("frames.start")
                    .enumType(Start.class)
                    .defaultValue(Start.COMMITTED)
                    .withDescription(
                            "Where a job without a checkpoint begins to read frames: at the group's 'committed' position (the end if there is none), 'earliest' or 'latest'.");

    public static final ConfigOption<Boolean> BOUNDED =
            ConfigOptions.key("frames.bounded")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription(
                            "Read up to the end that the topics have when the job starts, then finish.");

    public static final ConfigOption<DeliveryGuarantee> DELIVERY =
            ConfigOptions.key("delivery.guarantee")
                    .enumType(DeliveryGuarantee.class)
                    .defaultValue(DeliveryGuarantee.AT_LEAST_ONCE)
                    .withDescription(
                            "'at-least-once' writes results at once and may repeat some after a failure; 'exactly-once' writes them in transactions that end with each checkpoint.");

    public static final ConfigOption<Duration> TRANSACTION_TIMEOUT =
            ConfigOptions.key("delivery.transaction-timeout")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(15))
                    .withDescription(
                            "How long a transaction may stay open. At most the brokers' transaction.max.timeout.ms, and longer than a checkpoint interval and a recovery together.");

    public static final ConfigOption<MemorySize> MAX_RECORD_SIZE =
            ConfigOptions.key("delivery.max-record-size")
                    .memoryType()
                    .defaultValue(MemorySize.ofMebiBytes(16))
                    .withDescription(
                            "Largest record that is written. At most the topics' max.message.bytes, and larger than decode.max-image-size.");

    public static final ConfigOption<MemorySize> DEAD_LETTER_MAX_RECORD =
            ConfigOptions.key("dead-letters.max-record")
                    .memoryType()
                    .defaultValue(MemorySize.parse("512kb"))
                    .withDescription("How much of a record a dead letter carries.");

    /** Where reading begins without a checkpoint. */
    public enum Start {
        COMMITTED,
        EARLIEST,
        LATEST;

        /** As written in options: {@code committed}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
