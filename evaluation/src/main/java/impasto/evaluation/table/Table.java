package impasto.evaluation.table;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The tables that an evaluation can make, by name. */
public enum Table {
    MAIN(
            "Speed and steadiness, mechanism by mechanism",
            "The first rows add one mechanism after another, without the temporal adapter. Below them the ways to feed the adapter: as the released code does, with its faults, and ours, with groups of frames that share an anchor; smaller groups follow more closely and are steadier. Means over all clips.",
            true),
    SUSTAINED(
            "Sustained rate and latency",
            "One clip played forwards and backwards for 480 frames (fewer in the quick subset), fed as fast as it is taken. Latency is measured for each frame, not modelled.",
            false),
    PROFILE(
            "Where the time of a batch goes",
            "Each graph of the model and each piece of the host's work, timed alone (on a CPU, on one thread), and what the stages reach when they work at the same time.",
            false),
    BATCH(
            "What batching saves",
            "Each graph alone (on a CPU, on one thread), with more and more frames in a batch; its outputs are copied to the host. A falling line means that frames share work.",
            false),
    REFRESH(
            "How often to recompute the conditioning",
            "Conditioning is recomputed for every Nth group of frames and reused between. Longer runs than the clips, so that even the rarest refresh happens several times. Optical flow at half the width and height is a quarter of its work.",
            true),
    DRIFT(
            "Does it drift?",
            "The adapter sees its own last output. Over a long run, in chunks of 64 frames: does brightness, contrast, saturation or texture wander off?",
            true),
    CUTS(
            "After a hard cut",
            "The frames after a cut, against the same frames restyled as a clip of their own. What differs was left behind by the scene before.",
            true),
    TRANSFER(
            "Clips outside the training data",
            "The same settings on the clips that the bundle's account of its training does not name.",
            true),
    PROMPTS(
            "Every style of the bundle",
            "The example prompts that come with the bundle, without the adapter (off) and with it, each frame conditioned on the last.",
            true),
    HARDWARE(
            "This machine beside the published ones",
            "Frames per second of the sustained run. Other models on other hardware: a context, not a comparison.",
            false),
    STREAMS(
            "Many cameras, one engine",
            "Cameras of 30 frames per second, each with a prompt of its own, on one engine. What cannot be kept up with is dropped, oldest first.",
            false);

    private final String title;
    private final String about;
    private final boolean needsTrainedWeights;

    Table(String title, String about, boolean needsTrainedWeights) {
        this.title = title;
        this.about = about;
        this.needsTrainedWeights = needsTrainedWeights;
    }

    /** As on the command line. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String title() {
        return title;
    }

    /** What is done, for a reader of the report. */
    public String about() {
        return about;
    }

    /** Whether a bundle with random weights has nothing to say here. */
    public boolean needsTrainedWeights() {
        return needsTrainedWeights && this != MAIN;
    }

    /**
     * The tables of a list such as {@code main,streams}; {@code all} for all of them.
     *
     * @throws IllegalArgumentException naming the first that is not known and the nearest that is
     */
    public static Set<Table> parse(String list) {
        Set<Table> tables = new LinkedHashSet<>();
        for (String name : list.split(",", -1)) {
            String wanted = name.strip().toLowerCase(Locale.ROOT);
            if (wanted.equals("all")) {
                tables.addAll(List.of(values()));
            } else {
                tables.add(byName(wanted));
            }
        }
        return tables;
    }

    private static Table byName(String name) {
        return Arrays.stream(values())
                .filter(table -> table.key().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "no table '%s'; did you mean '%s'? Expected some of %s, or all"
                                                .formatted(name, nearest(name).key(), names())));
    }

    private static Table nearest(String name) {
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        return Arrays.stream(values())
                .min(Comparator.comparing(table -> distance.apply(name, table.key())))
                .orElseThrow();
    }

    private static String names() {
        return Arrays.stream(values()).map(Table::key).collect(Collectors.joining(","));
    }
}
