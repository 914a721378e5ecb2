package impasto.evaluation.compare;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Says what has changed from one evaluation to another: for each table, setting and metric, paired
 * by clip, with a verdict that heeds the noise.
 *
 * <p>Rows are compared only if they measure the same frames of the same clip with the same
 * settings; times only if both were measured on the same machine.
 */
public final class Comparison {

    private static final double SIGNIFICANT = 0.05;

    private final List<Change> changes;
    private final int unpaired;
    private final boolean sameMachine;

    private Comparison(List<Change> changes, int unpaired, boolean sameMachine) {
        this.changes = changes;
        this.unpaired = unpaired;
        this.sameMachine = sameMachine;
    }

    /** Compares rows by their keys. */
    public static Comparison of(List<Row> before, List<Row> after) {
        Map<String, Row> old = new LinkedHashMap<>();
        before.forEach(row -> old.put(row.spec().key(), row));
        Map<String, List<Row[]>> bySetting = new LinkedHashMap<>();
        int unpaired = 0;
        boolean sameMachine = true;
        for (Row row : after) {
            Row earlier = old.remove(row.spec().key());
            if (earlier == null
                    || !earlier.spec().equals(row.spec())
                    || !Objects.equals(earlier.clipSha256(), row.clipSha256())) {
                unpaired++;
                continue;
            }
            sameMachine &= earlier.machine().equals(row.machine());
            bySetting
                    .computeIfAbsent(
                            row.table() + "\n" + row.setting(), setting -> new ArrayList<>())
                    .add(new Row[] {earlier, row});
        }
        List<Change> changes = new ArrayList<>();
        for (List<Row[]> pairs : bySetting.values()) {
            for (Metric metric : Metric.values()) {
                if (metric.kind() != Metric.Kind.COUNT
                        && !metric.equals(Metric.WARMUP_SECONDS)
                        && (sameMachine || metric.kind() != Metric.Kind.TIME)) {
                    change(pairs, metric, changes);
                }
            }
        }
        return new Comparison(changes, unpaired + old.size(), sameMachine);
    }

    private static void change(List<Row[]> pairs, Metric metric, List<Change> changes) {
        List<Row[]> both =
                pairs.stream()
                        .filter(pair -> pair[0].metric(metric) != null)
                        .filter(pair -> pair[1].metric(metric) != null)
                        .toList();
        if (both.isEmpty()) {
            return;
        }
        double[] differences =
                both.stream()
                        .mapToDouble(pair -> pair[1].metric(metric) - pair[0].metric(metric))
                        .toArray();
        double before = both.stream().mapToDouble(p -> p[0].metric(metric)).average().orElse(0);
        double after = both.stream().mapToDouble(p -> p[1].metric(metric)).average().orElse(0);
        double pValue = PairedTest.pValue(differences);
        Row any = both.get(0)[1];
        changes.add(
                new Change(
                        any.table(),
                        any.setting(),
                        metric,
                        both.size(),
                        before,
                        after,
                        pValue,
                        verdict(metric, differences, after - before, pValue)));
    }

    private static Change.Verdict verdict(
            Metric metric, double[] differences, double change, double pValue) {
        boolean same = true;
        for (double difference : differences) {
            same &= difference == 0;
        }
        if (same) {
            return Change.Verdict.SAME;
        }
        if (pValue < SIGNIFICANT) {
            if (metric.better() == Metric.Better.NEITHER) {
                return Change.Verdict.CHANGED;
            }
            boolean lower = change < 0;
            return lower == (metric.better() == Metric.Better.LOWER)
                    ? Change.Verdict.BETTER
                    : Change.Verdict.WORSE;
        }
        return differences.length < PairedTest.LEAST_PAIRS
                ? Change.Verdict.TOO_FEW
                : Change.Verdict.WITHIN_NOISE;
    }

    List<Change> changes() {
        return List.copyOf(changes);
    }

    /** Whether something is worse beyond the noise. */
    public boolean foundRegression() {
        return changes.stream().anyMatch(change -> change.verdict() == Change.Verdict.WORSE);
    }

    /** Prints what has changed, table by table. What is the same is counted only. */
    public void print(PrintWriter out) {
        long same = changes.stream().filter(c -> c.verdict() == Change.Verdict.SAME).count();
        String table = "";
        for (Change change : changes) {
            if (change.verdict() == Change.Verdict.SAME) {
                continue;
            }
            if (!table.equals(change.table())) {
                table = change.table();
                out.printf("%n%s%n", table);
            }
            out.printf(
                    Locale.ROOT,
                    "  %-28s %-20s %10s -> %-10s %8s  %s (%d %s, p = %.3f)%n",
                    change.setting(),
                    change.metric().title(),
                    change.metric().format(change.before()),
                    change.metric().format(change.after()),
                    Double.isNaN(change.percent())
                            ? ""
                            : String.format(Locale.ROOT, "%+.1f %%", change.percent()),
                    change.verdict().words(),
                    change.pairs(),
                    change.pairs() == 1 ? "clip" : "clips",
                    change.pValue());
        }
        out.printf("%n%d of %d comparisons are the same.%n", same, changes.size());
        long tested =
                changes.stream()
                        .filter(c -> c.verdict() != Change.Verdict.SAME)
                        .filter(c -> c.pairs() >= PairedTest.LEAST_PAIRS)
                        .count();
        if (tested > 0) {
            out.printf(
                    "Verdicts: sign-flip permutation test on the differences by clip, two-sided, 5 %%. Of %d such tests about %d would look like a change by chance.%n",
                    tested, Math.max(1, Math.round(tested * SIGNIFICANT)));
            out.println(
                    "A machine that was busier during one evaluation shifts the times of all clips alike; no test over clips can tell that from a change of the program.");
        }
        if (!sameMachine) {
            out.println("Times are not compared: the two were measured on different machines.");
        }
        if (unpaired > 0) {
            out.printf(
                    "%d rows are in one of the two only, or measure other frames or settings.%n",
                    unpaired);
        }
        out.flush();
    }
}
