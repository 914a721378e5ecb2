package impasto.stylize;

import impasto.batch.BatchPolicy;
import impasto.condition.ConditioningSettings;
import impasto.condition.TextSettings;
import impasto.decode.Fit;
import impasto.decode.ImageLimits;
import java.util.Objects;

/**
 * How a {@link Stylizer} works.
 *
 * @param similarBound a frame whose cells' mean colours differ by no more grey levels from those of
 *     the stream's last restyled frame is answered with its picture; 0 restyles every frame
 * @param jpegQuality of the results, 1 to 100
 * @param decodeThreads threads that decode
 * @param encodeThreads threads that encode
 */
public record StylizerSettings(
        BatchPolicy batch,
        OverloadPolicy overload,
        ConditioningSettings conditioning,
        TextSettings text,
        int similarBound,
        Fit fit,
        ImageLimits limits,
        int jpegQuality,
        int decodeThreads,
        int encodeThreads) {
    public StylizerSettings {
        Objects.requireNonNull(batch, "batch");
        Objects.requireNonNull(overload, "overload");
        Objects.requireNonNull(conditioning, "conditioning");
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(fit, "fit");
        Objects.requireNonNull(limits, "limits");
        if (similarBound < 0 || similarBound > 255) {
            throw new IllegalArgumentException(
                    "similarBound is %d, expected 0 to 255".formatted(similarBound));
        }
        if (decodeThreads < 1 || encodeThreads < 1) {
            throw new IllegalArgumentException(
                    "%d threads to decode and %d to encode, expected at least 1 each"
                            .formatted(decodeThreads, encodeThreads));
        }
    }

    /** Settings under which every stream takes the text that came with its prompt. */
    public StylizerSettings(
            BatchPolicy batch,
            OverloadPolicy overload,
            ConditioningSettings conditioning,
            int similarBound,
            Fit fit,
            ImageLimits limits,
            int jpegQuality,
            int decodeThreads,
            int encodeThreads) {
        this(
                batch,
                overload,
                conditioning,
                TextSettings.NEVER,
                similarBound,
                fit,
                limits,
                jpegQuality,
                decodeThreads,
                encodeThreads);
    }

    /** Settings under which every frame is restyled on its own. */
    public StylizerSettings(
            BatchPolicy batch,
            OverloadPolicy overload,
            Fit fit,
            ImageLimits limits,
            int jpegQuality,
            int decodeThreads,
            int encodeThreads) {
        this(
                batch,
                overload,
                ConditioningSettings.OFF,
                0,
                fit,
                limits,
                jpegQuality,
                decodeThreads,
                encodeThreads);
    }
}
