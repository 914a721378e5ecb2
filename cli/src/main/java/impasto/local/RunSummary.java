package impasto.local;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import impasto.schemas.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a bounded run did; {@code summary.json}.
 *
 * @param framesIn acknowledged by the broker
 * @param framesRepeated outputs that came again after a failure; not among the others
 * @param fps outputs per second between the first and the last
 * @param latencyMillis of stylized frames, from the append of the input to that of the output
 * @param engine that ran the model, with its version
 * @param prompts by stream
 */
public record RunSummary(
        @JsonProperty("frames_in") long framesIn,
        @JsonProperty("frames_stylized") long framesStylized,
        @JsonProperty("frames_passed_through") long framesPassedThrough,
        @JsonProperty("frames_skipped") long framesSkipped,
        @JsonProperty("frames_dropped") long framesDropped,
        @JsonProperty("frames_dead_lettered") long framesDeadLettered,
        @JsonProperty("frames_repeated") long framesRepeated,
        double fps,
        @JsonProperty("latency_ms") Latency latencyMillis,
        @JsonProperty("seconds_to_first_frame") double secondsToFirstFrame,
        String bundle,
        @JsonProperty("bundle_version") String bundleVersion,
        String engine,
        Map<String, String> prompts) {

    /** Percentiles in milliseconds. */
    public record Latency(long p50, long p95, long p99) {}

    static RunSummary of(
            Ledger ledger,
            long framesIn,
            double secondsToFirstFrame,
            String bundle,
            String bundleVersion,
            String engine,
            Map<String, String> prompts) {
        return new RunSummary(
                framesIn,
                ledger.count(Outcome.STYLIZED),
                ledger.count(Outcome.PASSED_THROUGH),
                ledger.count(Outcome.SKIPPED),
                ledger.count(Outcome.DROPPED),
                ledger.deadLettered(),
                ledger.repeated(),
                Math.round(ledger.framesPerSecond() * 100) / 100.0,
                new Latency(
                        ledger.latencyMillis(50),
                        ledger.latencyMillis(95),
                        ledger.latencyMillis(99)),
                Math.round(secondsToFirstFrame * 10) / 10.0,
                bundle,
                bundleVersion,
                engine,
                prompts);
    }

    /** Whether every frame that went in came out exactly once. */
    public boolean addsUp() {
        return framesIn
                == framesStylized
                        + framesPassedThrough
                        + framesSkipped
                        + framesDropped
                        + framesDeadLettered;
    }

    /** Writes the summary as JSON. */
    public void write(Path file) throws IOException {
        JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValue(file.toFile(), this);
    }
}
