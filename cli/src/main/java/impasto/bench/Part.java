package impasto.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What is measured. */
public enum Part {
    /** Each graph of the model by itself. */
    GRAPHS("each graph alone"),
    /** The model's lanes on pixels, without decode and encode. */
    MODEL("the model alone"),
    /** Decode, model and encode. */
    STAGES("decode, model, encode"),
    /** The stages within Flink, between Kafka's topics. */
    JOB("the whole job"),
    /** The same weights in PyTorch, where that is installed. */
    TORCH("the same weights in PyTorch");

    private final String phrase;

    Part(String phrase) {
        this.phrase = phrase;
    }

    String phrase() {
        return phrase;
    }

    /** As written on the command line: {@code stages}. */
    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
