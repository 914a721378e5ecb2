package impasto.decode;

import java.util.Locale;

/** How a picture of another shape is brought to the model's shape. */
public enum Fit {
    /** Fills the model's picture: what stands out on the longer side is cut off evenly. */
    CENTRE_CROP,
    /** Keeps the whole picture: black bars fill the shorter side evenly. */
    LETTERBOX;

    /** As written in options: {@code centre-crop}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
