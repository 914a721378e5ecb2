package impasto.prompt;

import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import impasto.frame.Frame;
import java.util.Objects;

/**
 * The streams to which a prompt applies: one by its exact name, those whose names match a glob
 * ({@code *} stands for any run of characters, {@code ?} for one), or with {@code *} all.
 *
 * <p>Ordered by how specific a target is, the most specific last: {@code *}, then globs by how many
 * characters they spell out, then exact names. This order is not consistent with equals: different
 * targets may be equally specific.
 *
 * @param pattern as written
 */
public record PromptTarget(String pattern) implements Comparable<PromptTarget> {
    /** Longest accepted pattern, in characters. */
    public static final int MAX_LENGTH = Frame.MAX_STREAM_ID_LENGTH;

    /** Applies to every stream. */
    public static final PromptTarget ALL = new PromptTarget("*");

    /**
     * @throws BadInputException with INVALID_PROMPT if the pattern is empty, too long or has
     *     control characters
     */
    public PromptTarget {
        Objects.requireNonNull(pattern, "pattern");
        if (pattern.isEmpty() || pattern.length() > MAX_LENGTH) {
            throw new BadInputException(
                    DeadLetterReason.INVALID_PROMPT,
                    "target has %d characters, expected a stream's name or a glob of 1 to %d"
                            .formatted(pattern.length(), MAX_LENGTH));
        }
        if (pattern.chars().anyMatch(Character::isISOControl)) {
            throw new BadInputException(
                    DeadLetterReason.INVALID_PROMPT,
                    "target has control characters, expected none");
        }
    }

    /**
     * @throws BadInputException with INVALID_PROMPT as the constructor
     */
    public static PromptTarget parse(String pattern) {
        return new PromptTarget(pattern);
    }

    /** Takes time in proportion to the lengths' product at worst, whatever the pattern. */
    public boolean matches(String streamId) {
        int p = 0;
        int s = 0;
        // where to go on if the last * has to stand for one character more
        int afterStar = -1;
        int starEnd = 0;
        while (s < streamId.length()) {
            // a name may have a * of its own, so a * of the pattern is looked at first
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                afterStar = ++p;
                starEnd = s;
            } else if (p < pattern.length()
                    && (pattern.charAt(p) == '?' || pattern.charAt(p) == streamId.charAt(s))) {
                p++;
                s++;
            } else if (afterStar >= 0) {
                p = afterStar;
                s = ++starEnd;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    @Override
    public int compareTo(PromptTarget other) {
        int byBreadth = breadth().compareTo(other.breadth());
        return byBreadth != 0 ? -byBreadth : Long.compare(literals(), other.literals());
    }

    /** To how many streams a target may apply. */
    enum Breadth {
        ONE,
        SOME,
        ALL
    }

    Breadth breadth() {
        if (pattern.chars().allMatch(c -> c == '*')) {
            return Breadth.ALL;
        }
        return isGlob() ? Breadth.SOME : Breadth.ONE;
    }

    private boolean isGlob() {
        return pattern.indexOf('*') >= 0 || pattern.indexOf('?') >= 0;
    }

    private long literals() {
        // exact names need no order among themselves: at most one of them matches a stream
        return isGlob() ? pattern.chars().filter(c -> c != '*' && c != '?').count() : 0;
    }

    @Override
    public String toString() {
        return pattern;
    }
}
