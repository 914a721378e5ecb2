package impasto.prompt;

import java.util.Objects;

/**
 * A change of the prompts in effect, in the order of their topic. Its fields are of types that
 * Flink serializes as they are.
 *
 * @param promptId which prompt; null exactly if caught up
 * @param version of the change; 0 if caught up
 * @param prompt null exactly unless set
 */
public record PromptUpdate(Kind kind, String promptId, long version, EncodedPrompt prompt) {

    /** What an update says. */
    public enum Kind {
        /** The prompt is new or replaced. */
        SET,
        /** The prompt is no more. */
        CLEAR,
        /** All prompts that there were when the job started have been sent. */
        CAUGHT_UP
    }

    public PromptUpdate {
        Objects.requireNonNull(kind, "kind");
        if ((promptId == null) != (kind == Kind.CAUGHT_UP)
                || (prompt == null) != (kind != Kind.SET)) {
            throw new IllegalArgumentException(
                    "update %s with%s promptId and with%s prompt"
                            .formatted(
                                    kind,
                                    promptId == null ? "out" : " a",
                                    prompt == null ? "out" : " a"));
        }
    }

    public static PromptUpdate set(EncodedPrompt prompt) {
        return new PromptUpdate(Kind.SET, prompt.promptId(), prompt.version(), prompt);
    }

    public static PromptUpdate clear(String promptId, long version) {
        return new PromptUpdate(Kind.CLEAR, promptId, version, null);
    }

    public static PromptUpdate caughtUp() {
        return new PromptUpdate(Kind.CAUGHT_UP, null, 0, null);
    }
}
