package impasto.view;

import com.fasterxml.jackson.databind.JsonNode;
import impasto.schemas.PromptEvent;

/**
 * What a browser asks for: these words on these streams.
 *
 * @param target exact stream, glob or {@code *}
 * @param text the prompt
 * @param seed seed of the noise; null for the bundle's own
 */
record PromptRequest(String target, String text, Long seed) {
    /** With the prefix of the id it stays within the schema's 255 characters. */
    static final int MAX_TARGET_LENGTH = 250;

    static final int MAX_TEXT_LENGTH = 1000;
    static final String ID_PREFIX = "page:";

    /** Throws IllegalArgumentException with words for the person at the page. */
    static PromptRequest parse(JsonNode json) {
        String text = json.path("text").asText("").strip();
        if (text.isEmpty()) {
            throw new IllegalArgumentException("Type what the picture should look like first.");
        }
        if (text.length() > MAX_TEXT_LENGTH) {
            throw new IllegalArgumentException(
                    "This prompt has %d characters, at most %d are possible."
                            .formatted(text.length(), MAX_TEXT_LENGTH));
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("A prompt is one line of text.");
        }
        return new PromptRequest(target(json), text, seed(json.path("seed")));
    }

    /** The target of a command; throws IllegalArgumentException as {@link #parse} does. */
    static String target(JsonNode json) {
        String target = json.path("target").asText("").strip();
        if (target.isEmpty()) {
            throw new IllegalArgumentException(
                    "Choose the streams: a name, a pattern such as hall-*, or * for all.");
        }
        if (target.length() > MAX_TARGET_LENGTH) {
            throw new IllegalArgumentException(
                    "The pattern for streams has %d characters, at most %d are possible."
                            .formatted(target.length(), MAX_TARGET_LENGTH));
        }
        if (target.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "The pattern for streams contains a control character.");
        }
        return target;
    }

    private static Long seed(JsonNode json) {
        String seed = json.asText("").strip();
        if (seed.isEmpty()) {
            return null;
        }
        try {
            return Long.valueOf(seed);
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(
                    "The seed is '%s', expected a whole number.".formatted(abbreviated(seed)),
                    notANumber);
        }
    }

    private static String abbreviated(String text) {
        return text.length() <= 30 ? text : text.substring(0, 30) + "…";
    }

    /** A new prompt of the page on the same target has the same id, and so replaces it. */
    PromptEvent event() {
        return PromptEvent.newBuilder()
                .setPromptId(ID_PREFIX + target)
                .setTarget(target)
                .setText(text)
                .setSeed(seed)
                .build();
    }
}
