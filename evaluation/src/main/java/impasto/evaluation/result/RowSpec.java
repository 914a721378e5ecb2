package impasto.evaluation.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import impasto.evaluation.restyle.Setting;
import java.util.Objects;

/**
 * All that is needed to measure a row again.
 *
 * @param table name of the table
 * @param clip name of the clip; {@link #NO_CLIP} where none is used
 * @param label of the setting in the table
 * @param measurement what is done
 * @param prompt empty where none is used
 * @param frames that are measured; of cameras, those that all of them offer
 * @param cameras 0 where there are none
 * @param part of the model that is timed alone, or null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RowSpec(
        @JsonProperty(required = true) String table,
        @JsonProperty(required = true) String clip,
        @JsonProperty(required = true) String label,
        @JsonProperty(required = true) Measurement measurement,
        @JsonProperty(required = true) String prompt,
        @JsonProperty(required = true) long seed,
        @JsonProperty(required = true) int frames,
        @JsonProperty(required = true) Setting setting,
        @JsonProperty(required = true) int cameras,
        String part) {

    /** In place of a clip's name. */
    public static final String NO_CLIP = "-";

    /** What is done with clip and setting. */
    public enum Measurement {
        /** The input itself is measured. */
        INPUT,
        /** The clip is restyled; speed and steadiness. */
        RESTYLE,
        /** Also the distance to conditioning that is recomputed for every group. */
        SWEEP,
        /** Also statistics by chunk. */
        DRIFT,
        /** Also the frames after a cut against the same frames alone. */
        CUT,
        /** Speed and latency only. */
        THROUGHPUT,
        /** Paced cameras. */
        CAMERAS,
        /** One part of the model, or of the host's work, alone. */
        PART
    }

    public RowSpec {
        Objects.requireNonNull(table, "table");
        Objects.requireNonNull(clip, "clip");
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(measurement, "measurement");
        Objects.requireNonNull(setting, "setting");
    }

    /** What names a row within an evaluation. */
    public String key() {
        return table + " / " + clip + " / " + label;
    }
}
