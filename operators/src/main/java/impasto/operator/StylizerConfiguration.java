package impasto.operator;

import impasto.batch.BatchPolicy;
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
        Fit fit,
        int maxImageBytes,
        long maxImagePixels,
        int jpegQuality,
        int decodeThreads,
        int encodeThreads)
        implements Serializable {

    StylizerSettings toSettings(BundleManifest manifest) {
        int batch = Math.min(maxBatch, manifest.batch().max());
        return new StylizerSettings(
                new BatchPolicy(
                        batch,
                        linger,
                        maxPerStream == 0 ? batch : Math.min(maxPerStream, batch),
                        queuePerStream),
                overload,
                fit,
                new ImageLimits(maxImageBytes, maxImagePixels),
                jpegQuality,
                decodeThreads,
                encodeThreads);
    }
}
