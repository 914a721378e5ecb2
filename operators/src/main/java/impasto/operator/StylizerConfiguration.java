package impasto.operator;

import impasto.batch.BatchPolicy;
import impasto.condition.ConditioningSettings;
import impasto.condition.RefreshSchedule;
import impasto.condition.TextRefresh;
import impasto.condition.TextSettings;
import impasto.decode.Fit;
import impasto.decode.ImageLimits;
import impasto.model.BundleManifest;
import impasto.stylize.OverloadPolicy;
import impasto.stylize.StylizerSettings;
import java.io.Serializable;
import java.time.Duration;

/**
 * The stages' settings as they travel to the worker, where the bundle completes them.
 *
 * @param maxBatch frames in a batch, or as many as the bundle takes where that is less
 * @param maxPerStream frames of one stream in a batch; 0 for no limit but the batch
 */
public record StylizerConfiguration(
        int maxBatch,
        Duration linger,
        int maxPerStream,
        int queuePerStream,
        OverloadPolicy overload,
        Conditioning conditioning,
        Text text,
        int similarBound,
        Fit fit,
        int maxImageBytes,
        long maxImagePixels,
        int jpegQuality,
        int decodeThreads,
        int encodeThreads)
        implements Serializable {

    /**
     * How frames are conditioned; as {@link ConditioningSettings}.
     *
     * @param groupFrames 0 for as many as a batch takes
     */
    public record Conditioning(
            RefreshSchedule schedule,
            int everyGroups,
            double driftBound,
            int groupFrames,
            double cutBound,
            Duration resetAfter,
            boolean halfSizeFlow,
            int flowThreads)
            implements Serializable {

        /** Every frame is restyled on its own. */
        public static final Conditioning OFF =
                new Conditioning(RefreshSchedule.OFF, 1, 0, 0, 1, Duration.ofSeconds(10), false, 1);

        ConditioningSettings toSettings(int maxBatch) {
            return new ConditioningSettings(
                    schedule,
                    everyGroups,
                    driftBound,
                    groupFrames == 0 ? maxBatch : groupFrames,
                    cutBound,
                    resetAfter,
                    halfSizeFlow,
                    flowThreads);
        }
    }

    /** When texts are encoded with streams' own frames; as {@link TextSettings}. */
    public record Text(TextRefresh refresh, int everyGroups, int maxKept) implements Serializable {

        /** Every stream takes the embedding that came with the prompt. */
        public static final Text NEVER = new Text(TextRefresh.NEVER, 1, 1);

        TextSettings toSettings() {
            return new TextSettings(refresh, everyGroups, maxKept);
        }
    }

    /** The stages' settings for a bundle. */
    public StylizerSettings toSettings(BundleManifest manifest) {
        int batch = Math.min(maxBatch, manifest.batch().max());
        return new StylizerSettings(
                new BatchPolicy(
                        batch,
                        linger,
                        maxPerStream == 0 ? batch : Math.min(maxPerStream, batch),
                        queuePerStream),
                overload,
                conditioning.toSettings(batch),
                text.toSettings(),
                similarBound,
                fit,
                new ImageLimits(maxImageBytes, maxImagePixels),
                jpegQuality,
                decodeThreads,
                encodeThreads);
    }
}
