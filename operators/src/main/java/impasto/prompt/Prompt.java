package impasto.prompt;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What is asked for, in words.
 *
 * @param promptId a later prompt with the same id replaces it; 1 to 255 characters
 * @param version grows with every change; the offset on the prompts topic
 * @param style what it asks for from the beginning
 * @param referenceImage a whole JPEG, PNG or WebP file that the text encoder looks at with the
 *     texts, or null for the bundle's neutral frame; shared, not copied: nobody writes to it
 * @param schedule what it asks for later, in the order of time
 */
public record Prompt(
        String promptId,
        long version,
        PromptTarget target,
        Style style,
        byte[] referenceImage,
        List<Step> schedule) {

    /** Longest accepted id, in characters. */
    public static final int MAX_ID_LENGTH = 255;

    /** Longest accepted text, in characters: far more than the text encoder reads. */
    public static final int MAX_TEXT_LENGTH = 4096;

    /** Most texts that are blended with the first. */
    public static final int MAX_BLEND = 8;

    /** Most steps of a schedule. */
    public static final int MAX_STEPS = 64;

    /** Longest transition, in seconds. */
    public static final float MAX_TRANSITION_SECONDS = 3600;

    /**
     * @throws BadInputException with INVALID_PROMPT if a value is out of range; the message says
     *     which
     */
    public Prompt {
        Objects.requireNonNull(promptId, "promptId");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(style, "style");
        schedule = List.copyOf(schedule);
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
        if (referenceImage != null && referenceImage.length == 0) {
            throw invalid("reference_image has 0 bytes, expected a JPEG, PNG or WebP file");
        }
        if (schedule.size() > MAX_STEPS) {
            throw invalid(
                    "schedule has %d steps, expected at most %d"
                            .formatted(schedule.size(), MAX_STEPS));
        }
        for (int i = 1; i < schedule.size(); i++) {
            if (schedule.get(i).fromMillis() <= schedule.get(i - 1).fromMillis()) {
                throw invalid(
                        "schedule has a step from %s after one from %s, expected the order of time"
                                .formatted(
                                        Instant.ofEpochMilli(schedule.get(i).fromMillis()),
                                        Instant.ofEpochMilli(schedule.get(i - 1).fromMillis())));
            }
        }
    }

    /** A prompt of one text, at once and for good. */
    public Prompt(
            String promptId,
            long version,
            PromptTarget target,
            String text,
            Long seed,
            float strength,
            byte[] referenceImage) {
        this(
                promptId,
                version,
                target,
                new Style(List.of(new Part(text, 1)), seed, strength, 0),
                referenceImage,
                List.of());
    }

    /**
     * A text and its weight among others.
     *
     * @param text the instruction, not blank, at most {@link #MAX_TEXT_LENGTH} characters
     * @param weight more than 0
     */
    public record Part(String text, float weight) {
        static final Part[] NONE = {};

        static Part[] of(String text) {
            return new Part[] {new Part(text, 1)};
        }

        public Part {
            Objects.requireNonNull(text, "text");
            if (text.isBlank()) {
                throw invalid("text is blank, expected words");
            }
            if (text.length() > MAX_TEXT_LENGTH) {
                throw invalid(
                        "text has %d characters, expected at most %d"
                                .formatted(text.length(), MAX_TEXT_LENGTH));
            }
            if (!(weight > 0 && weight < Float.POSITIVE_INFINITY)) {
                throw invalid("weight is %s, expected more than 0".formatted(weight));
            }
        }
    }

    /**
     * A look and how it comes.
     *
     * @param parts texts that are blended, at least one
     * @param seed of the noise from which pictures are made, or null for the bundle's own
     * @param strength of the temporal adapter, 0 (off) to 1
     * @param transitionSeconds for how long it blends in from the look before
     */
    public record Style(List<Part> parts, Long seed, float strength, float transitionSeconds) {
        public Style {
            parts = List.copyOf(parts);
            if (parts.isEmpty() || parts.size() > 1 + MAX_BLEND) {
                throw invalid(
                        "blend has %d texts, expected at most %d"
                                .formatted(parts.size() - 1, MAX_BLEND));
            }
            // written so that NaN is out of range
            if (!(strength >= 0 && strength <= 1)) {
                throw invalid("strength is %s, expected 0 to 1".formatted(strength));
            }
            if (!(transitionSeconds >= 0 && transitionSeconds <= MAX_TRANSITION_SECONDS)) {
                throw invalid(
                        "transition_seconds is %s, expected 0 to %s"
                                .formatted(transitionSeconds, MAX_TRANSITION_SECONDS));
            }
        }

        /** The texts, for people. */
        public String text() {
            return parts.stream().map(Part::text).collect(Collectors.joining(" + "));
        }
    }

    /**
     * A look from a time on.
     *
     * @param fromMillis of the frames' append to their topic, in milliseconds since the epoch
     */
    public record Step(long fromMillis, Style style) {
        public Step {
            Objects.requireNonNull(style, "style");
        }
    }

    private static BadInputException invalid(String message) {
        return new BadInputException(DeadLetterReason.INVALID_PROMPT, message);
    }

    @Override
    public String toString() {
        return "prompt '%s' version %d for '%s': %s"
                .formatted(promptId, version, target, style.text());
    }
}
