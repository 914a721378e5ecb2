package impasto.evaluation.clip;

import impasto.model.Sha256;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * Some seconds of video, ready to be restyled.
 *
 * @param name unique among the clips of an evaluation
 * @param frames JPEG files of square pictures of one size; shared, not copied
 * @param framesPerSecond at which it was recorded
 */
public record Clip(String name, List<byte[]> frames, double framesPerSecond) {

    /** Clips with such a name have a hard cut; only the table of cuts uses them. */
    private static final String CUT_PREFIX = "cut-";

    public Clip {
        frames = List.copyOf(frames);
        if (frames.size() < 2) {
            throw new IllegalArgumentException(
                    "clip '%s' has %d pictures, expected at least 2"
                            .formatted(name, frames.size()));
        }
    }

    public boolean hasCut() {
        return name.startsWith(CUT_PREFIX);
    }

    /**
     * Which of the clip's pictures is shown at a position of a longer run: forwards, then
     * backwards, and so on, so that no jump is seen where the clip ends.
     */
    public int index(int position) {
        int period = 2 * (frames.size() - 1);
        int phase = position % period;
        return phase < frames.size() ? phase : period - phase;
    }

    /** The pictures from {@code first}, counted from 0, up to but without {@code end}. */
    public Clip part(String partName, int first, int end) {
        return new Clip(partName, frames.subList(first, end), framesPerSecond);
    }

    /** SHA-256 over all frames, in lower-case hex. */
    public String sha256() {
        MessageDigest digest = Sha256.digest();
        frames.forEach(digest::update);
        return HexFormat.of().formatHex(digest.digest());
    }
}
