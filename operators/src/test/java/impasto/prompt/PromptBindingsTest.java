package impasto.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.failure.BadInputException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptBindingsTest {
    private final PromptBindings bindings = new PromptBindings(100);

    @Test
    void anExactNameBeatsTheLongestGlobWhichBeatsAll() {
        bindings.put(prompt("all", 9, "*"));
        bindings.put(prompt("glob", 8, "cam-*"));
        bindings.put(prompt("longer", 7, "cam-1*"));
        bindings.put(prompt("exact", 6, "cam-12"));
        assertThat(winner("door")).isEqualTo("all");
        assertThat(winner("cam-2")).isEqualTo("glob");
        assertThat(winner("cam-1")).isEqualTo("longer");
        assertThat(winner("cam-12")).isEqualTo("exact");
    }

    @Test
    void overTheBoundThePromptThatWasSetLongestAgoIsForgottenWhateverFramesCame() {
        List<List<String>> kept = new ArrayList<>();
        for (String used : List.of("cam-1", "cam-2", "nobody")) {
            PromptBindings two = new PromptBindings(2);
            two.put(prompt("first", 1, "cam-1"));
            two.put(prompt("second", 2, "cam-2"));
            assertThat(two.evict()).isEmpty();
            two.put(prompt("first", 3, "cam-1"));
            var unused = two.resolve(used);
            two.put(prompt("third", 4, "*"));
            assertThat(two.evict()).contains("second");
            assertThat(two.evict()).isEmpty();
            assertThat(two.resolve("cam-2").orElseThrow().promptId()).isEqualTo("third");
            kept.add(two.prompts().stream().map(EncodedPrompt::promptId).sorted().toList());
        }
        assertThat(kept).containsOnly(List.of("first", "third"));
    }

    @Test
    void aPromptForAllOutlivesManyForSingleStreams() {
        PromptBindings four = new PromptBindings(4);
        four.put(prompt("all", 1, "*"));
        four.put(prompt("glob", 2, "cam-*"));
        List<String> evicted = new ArrayList<>();
        for (int version = 3; version < 10; version++) {
            four.put(prompt("p" + version, version, "cam-" + version));
            four.evict().ifPresent(evicted::add);
        }
        assertThat(evicted).containsExactly("p3", "p4", "p5", "p6", "p7");
        for (int version = 10; version < 14; version++) {
            four.put(prompt("p" + version, version, "g" + version + "*"));
            four.evict().ifPresent(evicted::add);
        }
        assertThat(evicted.subList(5, 9)).containsExactly("p8", "p9", "glob", "p10");
        assertThat(four.prompts())
                .extracting(EncodedPrompt::promptId)
                .containsExactlyInAnyOrder("all", "p11", "p12", "p13");
    }

    @Test
    void aPromptThatANewerOneWithItsTargetHidesGoesFirst() {
        PromptBindings three = new PromptBindings(3);
        three.put(prompt("camera", 1, "cam-1"));
        three.put(prompt("hidden", 2, "*"));
        three.put(prompt("hiding", 3, "*"));
        three.put(prompt("glob", 4, "cam-*"));
        assertThat(three.evict()).contains("hidden");
    }

    @Test
    void thePromptThatWasSetLastStaysWhateverItIsFor() {
        PromptBindings two = new PromptBindings(2);
        two.put(prompt("all", 1, "*"));
        two.put(prompt("glob", 2, "cam-*"));
        two.put(prompt("camera", 3, "cam-1"));
        assertThat(two.evict()).contains("glob");
        two.put(prompt("other", 4, "cam-2"));
        assertThat(two.evict()).contains("camera");
    }

    @Test
    void aPromptOlderThanAllThatFitIsForgottenAtOnce() {
        PromptBindings one = new PromptBindings(1);
        one.put(prompt("newer", 2, "*"));
        one.put(prompt("older", 1, "*"));
        assertThat(one.evict()).contains("older");
        assertThat(one.resolve("a").orElseThrow().promptId()).isEqualTo("newer");
    }

    @Test
    void withoutAMatchingPromptThereIsNone() {
        bindings.put(prompt("exact", 1, "cam-1"));
        assertThat(bindings.resolve("cam-2")).isEmpty();
    }

    @Test
    void theNewestWinsAmongEquals() {
        bindings.put(prompt("newer", 5, "*-b"));
        bindings.put(prompt("older", 4, "a-*"));
        assertThat(winner("a-b")).isEqualTo("newer");
        bindings.put(prompt("older", 6, "a-*"));
        assertThat(winner("a-b")).isEqualTo("older");
    }

    @Test
    void anOlderVersionDoesNotReplaceANewerOne() {
        assertThat(bindings.put(prompt("p", 5, "*"))).isTrue();
        assertThat(bindings.put(prompt("p", 4, "*"))).isFalse();
        assertThat(bindings.put(prompt("p", 5, "*"))).isFalse();
        assertThat(bindings.clear("p", 4)).isFalse();
        assertThat(bindings.resolve("a").orElseThrow().version()).isEqualTo(5);
    }

    @Test
    void aClearedPromptDoesNotComeBackByALateVersion() {
        bindings.put(prompt("p", 1, "*"));
        assertThat(bindings.clear("p", 3)).isTrue();
        assertThat(bindings.resolve("a")).isEmpty();
        assertThat(bindings.put(prompt("p", 2, "*"))).isFalse();
        assertThat(bindings.put(prompt("p", 4, "*"))).isTrue();
        assertThat(bindings.resolve("a")).isPresent();
    }

    @Test
    void aChangeIsSeenByStreamsThatWereResolvedBefore() {
        assertThat(bindings.resolve("a")).isEmpty();
        bindings.put(prompt("all", 1, "*"));
        assertThat(winner("a")).isEqualTo("all");
        bindings.put(prompt("all", 2, "b"));
        assertThat(bindings.resolve("a")).isEmpty();
    }

    @Test
    void manyStreamNamesDoNotChangeTheAnswers() {
        bindings.put(prompt("all", 1, "*"));
        bindings.put(prompt("seven", 2, "*7"));
        for (int i = 0; i < 3 * PromptBindings.CACHED_STREAMS; i++) {
            assertThat(winner("s" + i)).isEqualTo(i % 10 == 7 ? "seven" : "all");
        }
    }

    @Test
    void thePromptsInEffectCanBeListedForState() {
        bindings.put(prompt("a", 1, "*"));
        bindings.put(prompt("b", 2, "x"));
        bindings.clear("a", 3);
        assertThat(bindings.prompts()).extracting(EncodedPrompt::promptId).containsExactly("b");
    }

    @Test
    void anInvalidTargetChangesNothing() {
        assertThatThrownBy(() -> bindings.put(prompt("p", 1, "")))
                .isInstanceOf(BadInputException.class);
        assertThat(bindings.prompts()).isEmpty();
    }

    private String winner(String streamId) {
        return bindings.resolve(streamId).orElseThrow().promptId();
    }

    private static EncodedPrompt prompt(String promptId, long version, String target) {
        return new EncodedPrompt(promptId, version, target, "oil", 42, 1, new byte[4], new byte[8]);
    }
}
