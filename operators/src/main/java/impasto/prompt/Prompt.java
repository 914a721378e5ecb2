package impasto.prompt;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import java.util.Objects;

/**
 * What is asked for, in words.
 *
 * @param promptId a later prompt with the same id replaces it; 1 to 255 characters
 * @param version grows with every change; the offset on the prompts topic
 * @param text the instruction, not blank, at most {@link #MAX_TEXT_LENGTH} characters
 * @param seed of the noise from which pictures are made, or null for the bundle's own
 * @param strength of the temporal adapter, 0 (off) to 1
 * @param referenceImage a whole JPEG, PNG or WebP file that the text encoder looks at with the
 *     text, or null for the bundle's neutral frame; shared, not copied: nobody writes to it
 */
public record Prompt(
        String promptId,
        long version,
        PromptTarget target,
        String text,
        Long seed,
        float strength,
        byte[] referenceImage) {

    /** Longest accepted id, in characters. */
    public static final int MAX_ID_LENGTH = 255;

    /** Longest accepted text, in characters: far more than the text encoder reads. */
    public static final int MAX_TEXT_LENGTH = 4096;

    /**
     * @throws BadInputException with INVALID_PROMPT if a value is out of range; the message says
     *     which
     */
    public Prompt {
        Objects.requireNonNull(promptId, "promptId");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(text, "text");
        if (promptId.isEmpty() || promptId.length() > MAX_ID_LENGTH) {
            throw invalid(
                    "prompt_id has %d characters, expected 1 to %d"
                            .formatted(promptId.length(), MAX_ID_LENGTH));
        }
        if (promptId.chars().anyMatch(Character::isISOControl)) {
            throw invalid("prompt_id has control characters, expected none");
        }
        if (version < 0) {
            throw invalid("version is %d, expected 0 or more".formatted(version));
        }
        if (text.isBlank()) {
            throw invalid("text of prompt '%s' is blank, expected words".formatted(promptId));
        }
        if (text.length() > MAX_TEXT_LENGTH) {
            throw invalid(
                    "text of prompt '%s' has %d characters, expected at most %d"
                            .formatted(promptId, text.length(), MAX_TEXT_LENGTH));
        }
        // written so that NaN is out of range
        if (!(strength >= 0 && strength <= 1)) {
            throw invalid(
                    "strength of prompt '%s' is %s, expected 0 to 1".formatted(promptId, strength));
        }
        if (referenceImage != null && referenceImage.length == 0) {
            throw invalid(
                    "reference_image of prompt '%s' has 0 bytes, expected a JPEG, PNG or WebP file"
                            .formatted(promptId));
        }
    }

    private static BadInputException invalid(String message) {
        return new BadInputException(DeadLetterReason.INVALID_PROMPT, message);
    }

    @Override
    public String toString() {
        return "prompt '%s' version %d for '%s': %s".formatted(promptId, version, target, text);
    }
}
