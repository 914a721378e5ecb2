package impasto.evaluation.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One line of {@code results.jsonl}.
 *
 * @param metrics by {@link Metric#key}
 * @param series values by frame or chunk, by name
 * @param spec how to measure it again
 * @param bundle name, version and SHA-256 of the bundle
 * @param versions of what computed it
 * @param machine on which it was measured
 * @param commit of the project
 * @param clipSha256 over the clip's encoded frames, or null without a clip
 * @param measuredAt ISO 8601
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonPropertyOrder({"table", "clip", "setting", "metrics", "series", "seed"})
public record Row(
        @JsonProperty(required = true) String table,
        @JsonProperty(required = true) String clip,
        @JsonProperty(required = true) String setting,
        @JsonProperty(required = true) Map<String, Double> metrics,
        Map<String, List<Double>> series,
        long seed,
        @JsonProperty(required = true) RowSpec spec,
        @JsonProperty(required = true) Map<String, String> bundle,
        Map<String, String> versions,
        Map<String, String> machine,
        String commit,
        @JsonProperty("clip_sha256") String clipSha256,
        @JsonProperty("measured_at") String measuredAt) {

    public Row {
        metrics = new LinkedHashMap<>(metrics);
        series = series == null ? Map.of() : new LinkedHashMap<>(series);
        versions = versions == null ? Map.of() : versions;
        machine = machine == null ? Map.of() : machine;
    }

    /** Null where the row has none. */
    public Double metric(Metric metric) {
        return metrics.get(metric.key());
    }
}
