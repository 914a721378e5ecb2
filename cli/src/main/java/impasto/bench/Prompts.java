package impasto.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What the streams of a measurement are asked for. */
public enum Prompts {
    /** A text for each stream. */
    PLAIN,
    /** The same, and every frame is on its way to it from another text. */
    TRANSITION,
    /** Two texts for each stream, blended half and half. */
    BLEND;

    /** As written on the command line: {@code transition}. */
    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
