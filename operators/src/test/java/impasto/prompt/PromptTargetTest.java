package impasto.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.failure.BadInputException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptTargetTest {
    @ParameterizedTest
    @CsvSource({
        "cam-1, cam-1, true",
        "cam-1, cam-12, false",
        "cam-?, cam-1, true",
        "cam-?, cam-12, false",
        "cam-?, cam-, false",
        "cam-*, cam-, true",
        "cam-*, cam-12, true",
        "*-door, lobby-door, true",
        "*-door, lobby-doors, false",
        "a*b*c, a1b2b3c, true",
        "a*b*c, a1c2b, false",
        "*, anything, true",
        "a.c, abc, false",
        "CAM, cam, false",
        "*a, *ba, true"
    })
    void aStreamMatchesByNameOrGlob(String pattern, String streamId, boolean matches) {
        assertThat(PromptTarget.parse(pattern).matches(streamId)).isEqualTo(matches);
    }

    @Test
    void globsMatchWhatTheSameRegularExpressionMatches() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            String glob = word(random, "ab*?", random.nextInt(1, 8));
            String name = word(random, "ab", random.nextInt(1, 8));
            boolean expected = Pattern.matches(glob.replace("*", ".*").replace('?', '.'), name);
            assertThat(PromptTarget.parse(glob).matches(name))
                    .as("%s on %s", glob, name)
                    .isEqualTo(expected);
        }
    }

    @Test
    void aHostileGlobDoesNotTakeForever() {
        PromptTarget target = PromptTarget.parse("*a".repeat(127) + "b");
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> target.matches("a".repeat(255)));
    }

    @Test
    void theMoreSpecificTargetIsTheGreater() {
        List<PromptTarget> sorted =
                Stream.of("cam-1", "*", "cam-*", "cam-1*", "?", "c*")
                        .map(PromptTarget::parse)
                        .sorted()
                        .toList();
        assertThat(sorted)
                .extracting(PromptTarget::pattern)
                .containsExactly("*", "?", "c*", "cam-*", "cam-1*", "cam-1");
        assertThat(PromptTarget.parse("a*")).isEqualByComparingTo(PromptTarget.parse("*b"));
        assertThat(PromptTarget.parse("**")).isEqualByComparingTo(PromptTarget.ALL);
    }

    @Test
    void invalidPatternsAreRefusedWithTheReason() {
        assertThatThrownBy(() -> PromptTarget.parse(""))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "target has 0 characters, expected a stream's name or a glob of 1 to 255");
        assertThatThrownBy(() -> PromptTarget.parse("x".repeat(256)))
                .hasMessageContaining("256 characters");
        assertThatThrownBy(() -> PromptTarget.parse("cam\n1"))
                .hasMessage("target has control characters, expected none");
    }

    private static String word(Random random, String alphabet, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return word.toString();
    }
}
