package impasto.view;

import java.util.List;
import java.util.Objects;

/**
 * What a {@link Viewer} needs to know.
 *
 * @param bootstrapServers where Kafka is, as {@code host:port,…}
 * @param topics the four topics to watch
 * @param bindAddress address to listen on; {@link #LOOPBACK} keeps the page on this machine
 * @param port TCP port; 0 takes {@link #PREFERRED_PORT}, or any free one where that is in use
 * @param bundle name of the model bundle, shown on the page
 * @param examples prompts offered as buttons
 */
public record ViewerSettings(
        String bootstrapServers,
        Topics topics,
        String bindAddress,
        int port,
        String bundle,
        List<Example> examples) {
    /** Reached from this machine only. */
    public static final String LOOPBACK = "127.0.0.1";

    /** Where the page is when nobody asked for a port and this one is free. */
    public static final int PREFERRED_PORT = 8080;

    /** Refuses missing values and impossible ports. */
    public ViewerSettings {
        Objects.requireNonNull(bootstrapServers, "bootstrapServers");
        Objects.requireNonNull(topics, "topics");
        Objects.requireNonNull(bindAddress, "bindAddress");
        Objects.requireNonNull(bundle, "bundle");
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException(
                    "The page's port is " + port + ", expected 0 (any free one) to 65535");
        }
        examples = List.copyOf(examples);
    }

    /** A page for this machine only, on the usual topics and the preferred port. */
    public static ViewerSettings local(
            String bootstrapServers, String bundle, List<Example> examples) {
        return new ViewerSettings(bootstrapServers, Topics.USUAL, LOOPBACK, 0, bundle, examples);
    }

    /**
     * Names of the four topics.
     *
     * @param frames pictures of the cameras
     * @param prompts compacted; read from its beginning and written to
     * @param stylizedFrames what became of the frames
     * @param deadLetters what could not be used
     */
    public record Topics(String frames, String prompts, String stylizedFrames, String deadLetters) {
        /** The names used where nothing else is configured. */
        public static final Topics USUAL =
                new Topics("frames", "prompts", "stylized-frames", "dead-letters");

        /** Refuses missing names. */
        public Topics {
            Objects.requireNonNull(frames, "frames");
            Objects.requireNonNull(prompts, "prompts");
            Objects.requireNonNull(stylizedFrames, "stylizedFrames");
            Objects.requireNonNull(deadLetters, "deadLetters");
        }
    }
}
