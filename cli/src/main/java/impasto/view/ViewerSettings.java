package impasto.view;

import impasto.broker.Topics;
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
        return new ViewerSettings(bootstrapServers, Topics.DEFAULT, LOOPBACK, 0, bundle, examples);
    }
}
