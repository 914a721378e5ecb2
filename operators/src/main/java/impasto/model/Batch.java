package impasto.model;

import impasto.decode.Pixels;
import impasto.prompt.EncodedPrompt;
import java.util.List;
import java.util.Objects;

/** Frames that go through the model together. Each has its own prompt. */
public record Batch(List<Item> items) {
    public Batch {
        items = List.copyOf(items);
        if (items.isEmpty()) {
            throw new IllegalArgumentException("a batch of 0 frames, expected at least one");
        }
    }

    /**
     * @param pixels at the model's size
     * @param prompt null only for a frame that is not restyled, of which conditions are encoded
     * @param condition what the temporal adapter gets; the pipeline closes it with the batch
     * @param text in the place of the prompt's, or null; the pipeline closes it with the batch
     */
    public record Item(Pixels pixels, EncodedPrompt prompt, Condition condition, FrameText text) {
        public Item {
            Objects.requireNonNull(pixels, "pixels");
            Objects.requireNonNull(condition, "condition");
        }

        /** A frame with the prompt's own text. */
        public Item(Pixels pixels, EncodedPrompt prompt, Condition condition) {
            this(pixels, prompt, condition, null);
        }

        /** A frame with the prompt's own text and without temporal conditioning. */
        public Item(Pixels pixels, EncodedPrompt prompt) {
            this(pixels, prompt, Condition.OFF);
        }
    }
}
