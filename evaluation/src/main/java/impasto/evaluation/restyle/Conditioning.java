package impasto.evaluation.restyle;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;

/**
 * What the temporal adapter is given.
 *
 * @param schedule {@code off}, {@code every-N} groups, {@code adaptive}, or {@code paper}
 */
public record Conditioning(String schedule) {

    /** Every frame on its own. */
    public static final Conditioning OFF = new Conditioning("off");

    @JsonCreator
    public Conditioning {
        Objects.requireNonNull(schedule, "schedule");
    }

    public boolean isOff() {
        return equals(OFF);
    }

    @JsonValue
    @Override
    public String toString() {
        return schedule;
    }
}
