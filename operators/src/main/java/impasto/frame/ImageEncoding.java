package impasto.frame;

/** How the bytes of a picture are encoded. */
public enum ImageEncoding {
    JPEG,
    PNG,
    WEBP
}
