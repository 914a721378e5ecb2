package impasto.condition;

import java.util.Locale;

/** When a stream's text is encoded anew, with a frame of the stream in the text encoder. */
public enum TextRefresh {
    /** Never: every stream takes the embedding that came with the prompt. */
    NEVER,
    /** With the first frame of every n-th group of a stream. */
    EVERY_GROUPS,
    /** With every frame, as the paper does: a batch of frames needs as many texts. */
    EVERY_BATCH,
    /** With the first frame of a scene. */
    ON_SCENE_CUT;

    /** As written in options: {@code every-groups}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
