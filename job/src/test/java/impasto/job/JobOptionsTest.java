package impasto.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.operator.StylizeOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobOptionsTest {

    @Test
    void valuesAreReadAsWrittenInTheReference() {
        Configuration config =
                parse(
                        "batch.linger", "30 ms",
                        "delivery.guarantee", "exactly-once",
                        "decode.fit", "centre-crop");
        assertThat(config.get(StylizeOptions.BATCH_LINGER)).isEqualTo(Duration.ofMillis(30));
        assertThat(config.get(KafkaOptions.DELIVERY)).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
    }

    @Test
    void anUnknownKeyNamesTheNearestKnownOne() {
        assertThatThrownBy(() -> parse("batch.max-frame", "4"))
                .isInstanceOf(OptionException.class)
                .hasMessage("unknown option 'batch.max-frame', did you mean 'batch.max-frames'?");
    }

    @Test
    void settingsOfTheKafkaClientsPass() {
        assertThat(parse("kafka.client.security.protocol", "SSL").toMap())
                .containsEntry("kafka.client.security.protocol", "SSL");
    }

    @Test
    void aMissingBundleSaysWhatIsMissing() {
        assertThatThrownBy(() -> JobOptions.parse(Map.of("kafka.bootstrap-servers", "b:9092")))
                .isInstanceOf(OptionException.class)
                .hasMessageStartingWith("model.bundle is missing: Folder of the model bundle");
    }

    @ParameterizedTest
    @CsvSource({
        "overload.policy, explode, drop-oldest",
        "frames.start, yesterday, earliest",
        "delivery.guarantee, twice, exactly-once",
        "decode.fit, squeeze, letterbox",
        "batch.linger, a while, ms",
        "batch.max-frames, many, a whole number",
        "model.batch-sizes, some, numbers such as",
        "model.batch-sizes, 4;0, numbers from 1",
        "model.batch-sizes, 1;4, 'at least 8, which is batch.max-frames'",
        "frames.bounded, perhaps, true or false",
        "decode.max-image-size, big, 8 mb",
        "batch.max-frames, -1, 1 to 1024",
        "batch.queue-per-stream, 0, 1 to 1000000",
        "encode.jpeg-quality, 101, 1 to 100",
        "decode.max-image-size, 16 mb, delivery.max-record-size",
        "decode.max-image-size, 0 b, at least 1 byte",
        "dead-letters.max-record, 32 mb, delivery.max-record-size",
        "delivery.max-record-size, 3 gb, less than 2 gb",
        "conditioning.refresh, sometimes, every-groups",
        "conditioning.every-groups, 0, 1 to 1000000",
        "conditioning.cut-bound, 1.5, 0 to 1",
        "conditioning.cut-bound, NaN, 0 to 1",
        "conditioning.drift-bound, far, a number",
        "conditioning.reset-after, 0 ms, at least 1 ms",
        "text.refresh, sometimes, 'one of never, every-groups, every-batch, on-scene-cut'",
        "text.every-groups, 0, 1 to 1000000",
        "text.max-kept, 0, 1 to 1000000",
        "delivery.transaction-timeout, 0 ms, at least 1 ms",
        "checkpoint.drain-deadline, 0 ms, at least 1 ms"
    })
    void aBadValueNamesKeyFoundAndExpected(String key, String value, String expected) {
        assertThatThrownBy(() -> parse(key, value))
                .isInstanceOf(OptionException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value.substring(0, value.concat(" ").indexOf(' ')))
                .hasMessageContaining(expected);
    }

    private static Configuration parse(String... more) {
        Map<String, String> settings = new HashMap<>();
        settings.put("kafka.bootstrap-servers", "broker:9092");
        settings.put("model.bundle", "/bundles/nano");
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return JobOptions.parse(settings);
    }
}
