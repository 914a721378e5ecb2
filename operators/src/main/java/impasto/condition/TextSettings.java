package impasto.condition;

import java.util.Objects;

/**
 * How texts are encoded with streams' own frames.
 *
 * @param everyGroups for {@link TextRefresh#EVERY_GROUPS}: in every group (1), every second (2), …
 * @param maxKept embeddings that are kept
 */
public record TextSettings(TextRefresh refresh, int everyGroups, int maxKept) {

    /** Every stream takes the embedding that came with the prompt. */
    public static final TextSettings NEVER = new TextSettings(TextRefresh.NEVER, 1, 1);

    public TextSettings {
        Objects.requireNonNull(refresh, "refresh");
        if (everyGroups < 1 || maxKept < 1) {
            throw new IllegalArgumentException(
                    "everyGroups is %d and maxKept %d, expected at least 1"
                            .formatted(everyGroups, maxKept));
        }
    }

    /** Whether texts are kept for later frames of their stream. */
    public boolean keeps() {
        return refresh == TextRefresh.EVERY_GROUPS || refresh == TextRefresh.ON_SCENE_CUT;
    }
}
