package impasto.model;

import impasto.decode.Pixels;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.Prompt;
import impasto.prompt.StreamPrompt;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A frame's text as the text encoder makes it with a picture of the frame's stream, in the place of
 * that which came with the prompt. Closing gives up its use of all that is kept.
 *
 * @param prompt what is asked for
 * @param before what the stream comes from; null unless it is on the way
 * @param progress of the way, 0 to 1
 */
public record FrameText(Side prompt, Side before, double progress) implements AutoCloseable {
    public FrameText {
        Objects.requireNonNull(prompt, "prompt");
    }

    /**
     * One end of the way.
     *
     * @param parts blended by their weights; if there are none, {@code otherwise} is taken
     * @param otherwise taken as well where the text encoder failed
     */
    public record Side(List<Part> parts, TextEmbedding otherwise) {
        public Side {
            parts = List.copyOf(parts);
            Objects.requireNonNull(otherwise, "otherwise");
        }
    }

    /**
     * A text of a blend.
     *
     * @param kept where its embedding is kept as soon as it is encoded
     * @param picture what the text encoder sees, asked for on the side lane; null if another frame
     *     that was given to the model before has it encoded
     */
    public record Part(String text, float weight, Kept kept, Supplier<Pixels> picture) {
        public Part {
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(kept, "kept");
        }
    }

    /** Makes the parts of a frame's text. */
    @FunctionalInterface
    public interface Parts {
        Part of(Prompt.Part part);
    }

    /** The text of a frame under a prompt, every part as it is given. */
    public static FrameText of(StreamPrompt prompt, Parts parts) {
        EncodedPrompt to = prompt.prompt();
        StreamPrompt.Before before = prompt.before();
        return new FrameText(
                side(to.parts(), to.embeddings(), to.embeddingsMask(), parts),
                before == null
                        ? null
                        : side(before.parts(), before.embeddings(), before.embeddingsMask(), parts),
                prompt.progress());
    }

    /**
     * Of a frame on its way from one prompt to another, both as they came; nothing without a way.
     */
    public static Optional<FrameText> onItsWay(StreamPrompt prompt) {
        StreamPrompt.Before before = prompt.before();
        EncodedPrompt to = prompt.prompt();
        return before == null
                ? Optional.empty()
                : Optional.of(
                        new FrameText(
                                asItCame(to.embeddings(), to.embeddingsMask()),
                                asItCame(before.embeddings(), before.embeddingsMask()),
                                prompt.progress()));
    }

    private static Side asItCame(byte[] embeddings, byte[] mask) {
        return new Side(List.of(), new TextEmbedding(embeddings, mask));
    }

    private static Side side(Prompt.Part[] texts, byte[] embeddings, byte[] mask, Parts parts) {
        return new Side(
                Stream.of(texts).map(parts::of).toList(), new TextEmbedding(embeddings, mask));
    }

    /**
     * The text of a frame that is encoded with this frame and for no other, as the paper does for
     * every frame of every batch.
     *
     * @param pixels of the frame, at the model's size
     */
    public static FrameText of(StreamPrompt prompt, Pixels pixels) {
        return of(prompt, part -> new Part(part.text(), part.weight(), new Kept(), () -> pixels));
    }

    /** The parts of both sides. */
    Stream<Part> parts() {
        return before == null
                ? prompt.parts.stream()
                : Stream.concat(prompt.parts.stream(), before.parts.stream());
    }

    @Override
    public void close() {
        parts().forEach(part -> part.kept.close());
    }
}
