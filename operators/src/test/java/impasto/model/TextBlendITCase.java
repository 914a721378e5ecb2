package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Blends of real embeddings; those of the bundle are float32. */
class TextBlendITCase {

    private static TextEmbedding oil;
    private static TextEmbedding pencil;
    private static TextBlend blend;
    private static LoadedBundle bundle;

    @BeforeAll
    static void encode() {
        bundle = TestBundle.acquire();
        blend = new TextBlend(bundle.manifest());
        try (TextEncoder encoder = new TextEncoder(bundle)) {
            oil = encoder.encode("oil painting");
            pencil = encoder.encode("a pencil sketch with many fine lines");
        }
    }

    @AfterAll
    static void free() {
        bundle.close();
    }

    @Test
    void theEndsOfTheWayAreTheTextsThemselves() {
        assertSameTokens(blend.between(oil, pencil, 0), oil);
        assertSameTokens(blend.between(oil, pencil, 1), pencil);
    }

    @Test
    void theWayTurnsEvenlyAndKeepsTheLength() {
        TextEmbedding half = blend.between(oil, pencil, 0.5);
        int token = tokens(oil) - 1;
        assertThat(cosine(oil, half, token)).isCloseTo(cosine(pencil, half, token), within(0.05));
        double a = length(oil, token);
        double b = length(pencil, token);
        assertThat(length(half, token)).isBetween(0.95 * Math.min(a, b), 1.05 * Math.max(a, b));
    }

    @Test
    void aBlendAttendsToAsManyTokensAsTheLongestText() {
        assertThat(tokens(blend.between(oil, pencil, 0.5)))
                .isEqualTo(Math.max(tokens(oil), tokens(pencil)))
                .isGreaterThan(tokens(oil));
    }

    @Test
    void weightsAreThoseOfAll() {
        TextEmbedding even = blend.weighted(List.of(oil, pencil), List.of(2f, 2f));
        assertThat(even.embeddings()).isEqualTo(blend.between(oil, pencil, 0.5).embeddings());
        TextEmbedding mostlyOil = blend.weighted(List.of(oil, pencil, oil), List.of(1f, 1f, 2f));
        int token = tokens(oil) - 1;
        assertThat(cosine(oil, mostlyOil, token)).isGreaterThan(cosine(pencil, mostlyOil, token));
    }

    /** Where the text has tokens of its own. */
    private static void assertSameTokens(TextEmbedding found, TextEmbedding expected) {
        int count = tokens(expected) * dimension();
        for (int i = 0; i < count; i++) {
            assertThat(value(found, i)).isCloseTo(value(expected, i), within(1e-4f));
        }
    }

    private static int dimension() {
        return bundle.manifest().text().embedding().dimension();
    }

    private static float value(TextEmbedding text, int i) {
        return ByteBuffer.wrap(text.embeddings())
                .order(ByteOrder.LITTLE_ENDIAN)
                .getFloat(i * Float.BYTES);
    }

    private static int tokens(TextEmbedding text) {
        ByteBuffer mask = ByteBuffer.wrap(text.mask()).order(ByteOrder.LITTLE_ENDIAN);
        int count = 0;
        while (mask.hasRemaining()) {
            count += (int) mask.getLong();
        }
        return count;
    }

    private static double length(TextEmbedding text, int token) {
        return Math.sqrt(product(text, text, token));
    }

    private static double cosine(TextEmbedding a, TextEmbedding b, int token) {
        return product(a, b, token) / (length(a, token) * length(b, token));
    }

    private static double product(TextEmbedding a, TextEmbedding b, int token) {
        double sum = 0;
        for (int i = 0; i < dimension(); i++) {
            int at = token * dimension() + i;
            sum += (double) value(a, at) * value(b, at);
        }
        return sum;
    }
}
