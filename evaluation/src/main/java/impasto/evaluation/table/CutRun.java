package impasto.evaluation.table;

import impasto.decode.Pixels;
import impasto.evaluation.clip.Clip;
import impasto.evaluation.measure.Differences;
import java.util.List;

/**
 * A clip with a hard cut, and the part after the cut as a clip of its own. The first pictures are
 * left out so that the cut, which mostly lies at a round number, falls into the middle of a batch.
 *
 * @param whole from the picture {@value #FIRST} on
 * @param after from the cut on
 * @param cut position of the first picture after the cut, in {@code whole}
 */
record CutRun(Clip whole, Clip after, int cut) {

    private static final int FIRST = 3;

    /** Pictures right after the cut, which are told apart from later ones. */
    static final int NEAR_FRAMES = 8;

    /** Frames of the whole that are restyled, in full batches. */
    static int frames(Clip clip, int batch) {
        return (clip.frames().size() - FIRST) / batch * batch;
    }

    /**
     * @param pictures of the clip: the cut is where two successive ones differ most
     */
    static CutRun of(Clip clip, List<Pixels> pictures) {
        int cut = FIRST + 1;
        double most = -1;
        for (int i = FIRST + 1; i < pictures.size(); i++) {
            double difference = Differences.meanAbsolute(pictures.get(i - 1), pictures.get(i));
            if (difference > most) {
                most = difference;
                cut = i;
            }
        }
        return new CutRun(
                clip.part(clip.name(), FIRST, clip.frames().size()),
                clip.part(clip.name() + "-after", cut, clip.frames().size()),
                cut - FIRST);
    }
}
