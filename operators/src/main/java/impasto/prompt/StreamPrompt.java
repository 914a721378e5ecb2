package impasto.prompt;

import java.util.Objects;

/**
 * The prompt of one frame of a stream, perhaps on the way from another.
 *
 * @param prompt what is asked for
 * @param before what the stream comes from; null unless it is on the way
 * @param progress of the way, from 0 to less than 1; 1 if there is none
 * @param look a number that changes where the stream's look changes from one frame to the next
 * @param track of the stream before this frame; null if nothing is tracked
 */
public record StreamPrompt(
        EncodedPrompt prompt, Before before, double progress, long look, PromptTrack.State track) {
    public StreamPrompt {
        Objects.requireNonNull(prompt, "prompt");
        if ((before == null) != (progress == 1)) {
            throw new IllegalArgumentException(
                    "progress %s with%s a prompt before"
                            .formatted(progress, before == null ? "out" : ""));
        }
    }

    /** A prompt that holds as it is. */
    public static StreamPrompt of(EncodedPrompt prompt) {
        return new StreamPrompt(prompt, null, 1, prompt.look(), null);
    }

    /** Of the temporal adapter, which changes on the way. */
    public float strength() {
        return before == null
                ? prompt.strength()
                : (float) (before.strength + progress * (prompt.strength() - before.strength));
    }

    /**
     * What is left of an earlier prompt.
     *
     * @param parts as those of a prompt
     */
    public record Before(
            byte[] embeddings, byte[] embeddingsMask, float strength, Prompt.Part[] parts) {
        public Before {
            parts = parts == null ? Prompt.Part.NONE : parts;
            Objects.requireNonNull(embeddings, "embeddings");
            Objects.requireNonNull(embeddingsMask, "embeddingsMask");
        }

        /** What is not made of texts that are known. */
        public Before(byte[] embeddings, byte[] embeddingsMask, float strength) {
            this(embeddings, embeddingsMask, strength, Prompt.Part.NONE);
        }
    }
}
