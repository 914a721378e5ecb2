package impasto.model;

import impasto.decode.Pixels;
import impasto.prompt.EncodedPrompt;
import java.util.List;

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
     */
    public record Item(Pixels pixels, EncodedPrompt prompt) {}
}
