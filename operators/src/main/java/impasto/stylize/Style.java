package impasto.stylize;

import impasto.prompt.StreamPrompt;

/**
 * By what a picture was made, as far as two pictures of the same frame differ by it. Its fields are
 * of types that Flink serializes as they are.
 *
 * @param look as {@link StreamPrompt#look}: it stays through a transition
 * @param content as {@link impasto.prompt.EncodedPrompt#look}: it does not
 * @param strength of the temporal adapter
 */
public record Style(long look, long content, float strength) {

    /** The style of a prompt that is not on the way from another. */
    static Style of(StreamPrompt prompt) {
        return new Style(prompt.look(), prompt.prompt().look(), prompt.strength());
    }
}
