package impasto.view;

import impasto.schemas.DeadLetter;
import impasto.schemas.Frame;
import impasto.schemas.PromptEvent;
import impasto.schemas.StylizedFrame;
import java.util.Objects;
import java.util.function.Function;

/**
 * How records are read and written: the value of a Kafka record and what it means. A decoder that
 * cannot read a value throws a RuntimeException; the viewer counts the record and goes on. Decoders
 * are called from one thread, the encoder from several.
 *
 * @param frame reads the frames topic
 * @param stylizedFrame reads the output topic
 * @param promptEvent reads the prompts topic
 * @param deadLetter reads the dead-letter topic
 * @param promptEncoder writes the prompts topic
 */
public record Codecs(
        Function<byte[], Frame> frame,
        Function<byte[], StylizedFrame> stylizedFrame,
        Function<byte[], PromptEvent> promptEvent,
        Function<byte[], DeadLetter> deadLetter,
        Function<PromptEvent, byte[]> promptEncoder) {
    /** Refuses missing functions. */
    public Codecs {
        Objects.requireNonNull(frame, "frame");
        Objects.requireNonNull(stylizedFrame, "stylizedFrame");
        Objects.requireNonNull(promptEvent, "promptEvent");
        Objects.requireNonNull(deadLetter, "deadLetter");
        Objects.requireNonNull(promptEncoder, "promptEncoder");
    }
}
