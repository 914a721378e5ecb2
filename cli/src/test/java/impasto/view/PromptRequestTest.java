package impasto.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class PromptRequestTest {
    private final ObjectNode json =
            new ObjectMapper().createObjectNode().put("target", "*").put("text", "ink");

    @Test
    void aSecondPromptOnTheSameTargetHasTheSameId() {
        String first = PromptRequest.parse(json).event().getPromptId();
        String second = PromptRequest.parse(json.put("text", "oil")).event().getPromptId();

        assertThat(first).isEqualTo(second).isEqualTo("page:*");
    }

    @Test
    void aSeedOfAllSixtyFourBitsComesThroughAsText() {
        json.put("seed", "-9223372036854775808");

        assertThat(PromptRequest.parse(json).seed()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void anIdNeverExceedsTheSchemasBound() {
        json.put("target", "x".repeat(PromptRequest.MAX_TARGET_LENGTH));

        assertThat(PromptRequest.parse(json).event().getPromptId()).hasSizeLessThanOrEqualTo(255);
    }

    @Test
    void whatCannotBeUsedIsRefusedInWords() {
        refuses("text", "  ", "Type what");
        refuses("text", "x".repeat(1001), "1001 characters");
        refuses("text", "two\nlines", "one line");
        refuses("target", "", "Choose the streams");
        refuses("target", "x".repeat(251), "251 characters");
        refuses("target", "a\u0000b", "control character");
        refuses("seed", "1.5", "'1.5'");
        refuses("seed", "9".repeat(5000), "whole number");
    }

    private void refuses(String field, String value, String words) {
        ObjectNode bad = json.deepCopy().put(field, value);
        assertThatThrownBy(() -> PromptRequest.parse(bad))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(words)
                .message()
                .hasSizeLessThan(200);
    }
}
