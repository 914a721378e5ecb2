package impasto.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptTest {
    @Test
    void aPromptNeedsNeitherSeedNorReferenceImage() {
        assertThat(prompt("p", 0, "oil painting", 1, null).style().seed()).isNull();
    }

    @ParameterizedTest
    @ValueSource(floats = {-0.1f, 1.1f, Float.NaN, Float.POSITIVE_INFINITY})
    void aStrengthOutOfRangeIsAnInvalidPrompt(float strength) {
        BadInputException e =
                catchThrowableOfType(
                        BadInputException.class, () -> prompt("p", 0, "oil", strength, null));
        assertThat(e.reason()).isEqualTo(DeadLetterReason.INVALID_PROMPT);
        assertThat(e).hasMessage("strength is " + strength + ", expected 0 to 1");
    }

    @Test
    void otherInvalidValuesAreNamed() {
        assertThatThrownBy(() -> prompt("", 0, "oil", 1, null))
                .hasMessage("prompt_id has 0 characters, expected 1 to 255");
        assertThatThrownBy(() -> prompt("a\u0000", 0, "oil", 1, null))
                .hasMessage("prompt_id has control characters, expected none");
        assertThatThrownBy(() -> prompt("p", -1, "oil", 1, null))
                .hasMessage("version is -1, expected 0 or more");
        assertThatThrownBy(() -> prompt("p", 0, " \n", 1, null))
                .hasMessage("text is blank, expected words");
        assertThatThrownBy(() -> prompt("p", 0, "x".repeat(4097), 1, null))
                .hasMessage("text has 4097 characters, expected at most 4096");
        assertThatThrownBy(() -> prompt("p", 0, "oil", 1, new byte[0]))
                .hasMessageContaining("reference_image has 0 bytes");
    }

    @Test
    void whatIsWrongWithABlendATransitionOrAScheduleIsNamed() {
        Prompt.Part oil = new Prompt.Part("oil", 1);
        assertThatThrownBy(() -> new Prompt.Part("oil", 0))
                .hasMessage("weight is 0.0, expected more than 0");
        assertThatThrownBy(() -> new Prompt.Style(Collections.nCopies(10, oil), null, 1, 0))
                .hasMessage("blend has 9 texts, expected at most 8");
        assertThatThrownBy(() -> new Prompt.Style(List.of(oil), null, 1, Float.NaN))
                .hasMessage("transition_seconds is NaN, expected 0 to 3600.0");
        Prompt.Style style = new Prompt.Style(List.of(oil), null, 1, 0);
        List<Prompt.Step> disorder =
                List.of(new Prompt.Step(2000, style), new Prompt.Step(1000, style));
        assertThatThrownBy(() -> new Prompt("p", 0, PromptTarget.ALL, style, null, disorder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("1970-01-01T00:00:01Z after one from 1970-01-01T00:00:02Z");
    }

    private static Prompt prompt(
            String id, long version, String text, float strength, byte[] referenceImage) {
        return new Prompt(id, version, PromptTarget.ALL, text, null, strength, referenceImage);
    }
}
