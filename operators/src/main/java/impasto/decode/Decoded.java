package impasto.decode;

import java.util.Objects;

/**
 * A picture at the model's size.
 *
 * @param content where the input's picture lies in {@code pixels}: all of them, or what is between
 *     the bars of a letterbox
 */
public record Decoded(Pixels pixels, Region content) {
    public Decoded {
        Objects.requireNonNull(pixels, "pixels");
        Objects.requireNonNull(content, "content");
    }
}
