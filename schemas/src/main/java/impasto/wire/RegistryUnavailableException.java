package impasto.wire;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The schema registry gave no usable answer. This says nothing about the record at hand: it must be
 * tried again, not thrown away.
 */
public class RegistryUnavailableException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what was asked of which registry, and what came back
     */
    public RegistryUnavailableException(String message, IOException cause) {
        super(message, cause);
    }
}
