package impasto.evaluation.table;

import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageLimits;
import impasto.decode.Pixels;
import impasto.evaluation.clip.Clip;
import impasto.evaluation.measure.OpticalFlow;
import impasto.model.BundleManifest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A clip's pictures at the model's size, and how they move; computed once. Thread-safe. */
final class PreparedClip {

    /** Clips are read by this program itself: more than any of them has. */
    static final ImageLimits LIMITS = new ImageLimits(64 << 20, 100_000_000);

    private final Clip clip;
    private final List<Pixels> pictures;
    private final Map<Step, OpticalFlow> flows = new ConcurrentHashMap<>();

    private record Step(int from, int to) {}

    PreparedClip(Clip clip, BundleManifest.FrameSize size) {
        this.clip = clip;
        this.pictures = decode(clip.frames(), size);
    }

    /** Pictures at the model's size. */
    static List<Pixels> decode(List<byte[]> frames, BundleManifest.FrameSize size) {
        FrameDecoder decoder =
                new FrameDecoder(size.width(), size.height(), Fit.CENTRE_CROP, LIMITS);
        return frames.parallelStream().map(frame -> decoder.decode(frame).pixels()).toList();
    }

    Clip clip() {
        return clip;
    }

    /** What is shown at a position of a run. */
    Pixels picture(int position) {
        return pictures.get(clip.index(position));
    }

    /** From the picture at a position to the next one. */
    OpticalFlow flow(int position) {
        Step step = new Step(clip.index(position), clip.index(position + 1));
        return flows.computeIfAbsent(
                step, s -> OpticalFlow.between(pictures.get(s.from), pictures.get(s.to)));
    }
}
