package impasto.condition;

import java.util.Locale;

/** When conditioning embeddings are made anew. */
public enum RefreshSchedule {
    /** Never made: frames are restyled each on its own. */
    OFF,
    /** In every n-th group of a stream. */
    EVERY_GROUPS,
    /** When the stream's picture has moved away from the one for which they were made. */
    ADAPTIVE,
    /** As the code released with the paper does, by batches and not by streams: to compare with. */
    PAPER;

    /** As written in options: {@code every-groups}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
