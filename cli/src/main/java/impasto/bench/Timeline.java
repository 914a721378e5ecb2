package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What each lane did and when, over some batches.
 *
 * @param what was measured, for the reader
 * @param clock whose times the side and the main lane have
 * @param milliseconds that are shown
 * @param spans in the order in which they began; times from the beginning of what is shown
 * @param busy for each lane the part of the time in which it worked on anything
 * @param sideBesideMain the part of the side lane's work during which the main lane worked too
 */
record Timeline(
        String what,
        String clock,
        double milliseconds,
        List<Span> spans,
        Map<String, Double> busy,
        @JsonProperty("side_beside_main") double sideBesideMain) {

    static final String SIDE = "side";
    static final String MAIN = "main";

    /** Lanes from the first that a frame meets to the last. */
    static final List<String> LANES = List.of("decode", "flow", SIDE, MAIN, "encode");

    private static final String FIRST_OF_MAIN = "denoiser";
    private static final String LAST_OF_MAIN = "vae_decoder";

    /** Work of the side lane that is not done for every batch. */
    private static final String TEXT_ENCODER = "text_encoder";

    private static final String CONDITION_ENCODER = "condition_encoder";

    private static final List<String> ORDER =
            List.of(
                    "decode",
                    "flow",
                    TEXT_ENCODER,
                    "vae_encoder",
                    CONDITION_ENCODER,
                    FIRST_OF_MAIN,
                    LAST_OF_MAIN,
                    "encode");

    /**
     * A piece of work.
     *
     * @param work the graph's name, or decode, flow or encode
     * @param batch number of the batch for which a graph ran; -1 for work on single frames
     */
    record Span(
            String lane,
            String work,
            int batch,
            @JsonProperty("start_ms") double startMs,
            @JsonProperty("end_ms") double endMs) {

        Span moved(double milliseconds) {
            return new Span(
                    lane,
                    work,
                    batch,
                    Math.round((startMs - milliseconds) * 1e3) / 1e3,
                    Math.round((endMs - milliseconds) * 1e3) / 1e3);
        }
    }

    /**
     * Some batches out of a recording that began when nothing was in the lanes.
     *
     * @param recorded without numbers of batches, by any clock
     * @param steps of the denoiser for each batch
     * @param first batch of which the main lane's work is shown
     * @param count of batches
     * @throws IllegalArgumentException if so many were not recorded
     */
    static Timeline of(
            String what, String clock, List<Span> recorded, int steps, int first, int count) {
        List<Span> numbered = numbered(recorded, steps);
        double start =
                numbered.stream()
                        .filter(span -> span.work.equals(FIRST_OF_MAIN) && span.batch == first)
                        .mapToDouble(Span::startMs)
                        .min()
                        .orElseThrow(() -> tooFew(first, count));
        double end =
                numbered.stream()
                        .filter(
                                span ->
                                        span.work.equals(LAST_OF_MAIN)
                                                && span.batch == first + count - 1)
                        .mapToDouble(Span::endMs)
                        .max()
                        .orElseThrow(() -> tooFew(first, count));
        List<Span> shown =
                numbered.stream()
                        .filter(span -> span.endMs > start && span.startMs < end)
                        .map(span -> span.moved(start))
                        .toList();
        double length = Math.round((end - start) * 1e3) / 1e3;
        Map<String, Double> busy = new LinkedHashMap<>();
        for (String lane : LANES) {
            List<double[]> intervals = union(shown, Set.of(lane), length);
            if (!intervals.isEmpty()) {
                busy.put(lane, share(total(intervals), length));
            }
        }
        double side = total(union(shown, Set.of(SIDE), length));
        double both = side + total(union(shown, Set.of(MAIN), length));
        double either = total(union(shown, Set.of(SIDE, MAIN), length));
        return new Timeline(
                what, clock, length, shown, busy, side == 0 ? 0 : share(both - either, side));
    }

    private static IllegalArgumentException tooFew(int first, int count) {
        return new IllegalArgumentException(
                "the recording has no batches %d to %d".formatted(first, first + count - 1));
    }

    /** Counts the runs of each graph; what is not done for every batch goes by those around it. */
    private static List<Span> numbered(List<Span> recorded, int steps) {
        List<Span> inOrder =
                recorded.stream().sorted(Comparator.comparingDouble(Span::startMs)).toList();
        Map<String, Integer> runs = new HashMap<>();
        List<Span> numbered = new ArrayList<>();
        for (Span span : inOrder) {
            int batch = -1;
            if (span.lane.equals(SIDE) || span.lane.equals(MAIN)) {
                if (span.work.startsWith(TEXT_ENCODER)) {
                    // The side lane encodes a batch's texts after its frames.
                    batch = Math.max(0, runs.getOrDefault("vae_encoder", 0) - 1);
                } else if (span.work.equals(CONDITION_ENCODER)) {
                    batch = runs.getOrDefault(FIRST_OF_MAIN, 0) / steps;
                } else {
                    int run = runs.merge(span.work, 1, Integer::sum) - 1;
                    batch = span.work.equals(FIRST_OF_MAIN) ? run / steps : run;
                }
            }
            numbered.add(new Span(span.lane, span.work, batch, span.startMs, span.endMs));
        }
        return numbered;
    }

    /** Times in which any of the lanes worked, cut at the ends of what is shown. */
    private static List<double[]> union(List<Span> spans, Set<String> lanes, double length) {
        List<double[]> union = new ArrayList<>();
        for (Span span : spans) {
            if (!lanes.contains(span.lane)) {
                continue;
            }
            double start = Math.max(0, span.startMs);
            double end = Math.min(length, span.endMs);
            double[] last = union.isEmpty() ? null : union.get(union.size() - 1);
            if (last != null && start <= last[1]) {
                last[1] = Math.max(last[1], end);
            } else {
                union.add(new double[] {start, end});
            }
        }
        return union;
    }

    private static double total(List<double[]> intervals) {
        return intervals.stream().mapToDouble(interval -> interval[1] - interval[0]).sum();
    }

    private static double share(double part, double whole) {
        return Math.round(1000 * part / whole) / 1000.0;
    }

    /** The spans of a lane in as few rows as they fit into without lying on one another. */
    List<List<Span>> rows(String lane) {
        List<List<Span>> rows = new ArrayList<>();
        for (Span span : spans) {
            if (!span.lane.equals(lane)) {
                continue;
            }
            List<Span> free = null;
            for (List<Span> row : rows) {
                if (row.get(row.size() - 1).endMs <= span.startMs) {
                    free = row;
                    break;
                }
            }
            if (free == null) {
                free = new ArrayList<>();
                rows.add(free);
            }
            free.add(span);
        }
        return rows;
    }

    /** Mean milliseconds of each kind of work that lies wholly within what is shown. */
    Map<String, Double> meanMs() {
        Map<String, double[]> sums = new TreeMap<>();
        for (Span span : spans) {
            if (span.startMs >= 0 && span.endMs <= milliseconds) {
                double[] sum = sums.computeIfAbsent(span.work, work -> new double[2]);
                sum[0] += span.endMs - span.startMs;
                sum[1]++;
            }
        }
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((work, sum) -> means.put(work, Math.round(sum[0] / sum[1] * 100) / 100.0));
        return means;
    }

    /** Names of the work that is shown, in the order in which a frame meets it. */
    List<String> works() {
        return spans.stream()
                .map(Span::work)
                .distinct()
                .sorted(Comparator.comparingInt(Timeline::place).thenComparing(work -> work))
                .toList();
    }

    private static int place(String work) {
        return ORDER.indexOf(work.startsWith(TEXT_ENCODER) ? TEXT_ENCODER : work);
    }

    void write(Path file) throws IOException {
        JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValue(file.toFile(), this);
    }
}
