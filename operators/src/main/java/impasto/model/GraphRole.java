package impasto.model;

import java.util.Locale;

/**
 * What a graph is for; a bundle has one graph of each, and more text encoders if it has buckets.
 */
public enum GraphRole {
    TEXT_ENCODER,
    VAE_ENCODER,
    CONDITION_ENCODER,
    DENOISER,
    VAE_DECODER;

    /** The graph's name in the manifest, for example {@code text_encoder}. */
    public String manifestName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
