package impasto.view;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A prompt that the page offers as a button.
 *
 * @param name what the button says
 * @param prompt what is sent when it is pressed
 * @param thumbnail a JPEG, PNG or WebP picture of the style; null if there is none
 */
public record Example(String name, String prompt, byte[] thumbnail) {
    /** Refuses a missing name or prompt. */
    public Example {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(prompt, "prompt");
    }

    /** An example without a picture. */
    public static Example of(String name, String prompt) {
        return new Example(name, prompt, null);
    }

    /** An example with the picture in {@code thumbnail}. */
    public static Example of(String name, String prompt, Path thumbnail) throws IOException {
        return new Example(name, prompt, Files.readAllBytes(thumbnail));
    }
}
