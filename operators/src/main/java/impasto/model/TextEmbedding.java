package impasto.model;

/**
 * A prompt's text as the denoiser takes it.
 *
 * @param embeddings {@code [L, D]} in the bundle's precision, row-major, little-endian
 * @param mask {@code int64 [L]}, little-endian
 */
public record TextEmbedding(byte[] embeddings, byte[] mask) {}
