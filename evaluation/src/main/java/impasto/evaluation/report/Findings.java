package impasto.evaluation.report;

import impasto.condition.RefreshSchedule;
import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the numbers of a table say, in sentences that are computed from them. */
final class Findings {

    /** A change in grey levels that is rounding. */
    private static final double SILENT = 0.005;

    private Findings() {}

    static List<String> of(Table table, List<Section.Mean> means, List<Row> rows) {
        List<String> findings = new ArrayList<>();
        switch (table) {
            case PROFILE -> profile(findings, rows);
            case STREAMS -> streams(findings, rows);
            case MAIN -> main(findings, means, rows);
            case REFRESH -> refresh(findings, means, rows);
            default -> {}
        }
        return findings;
    }

    private static void main(List<String> findings, List<Section.Mean> means, List<Row> rows) {
        Optional<Double> base = value(means, "base (B = 1)", Metric.FPS);
        Optional<Double> best =
                means.stream()
                        .map(mean -> mean.values().get(Metric.FPS))
                        .filter(fps -> fps != null)
                        .max(Double::compare);
        if (base.isPresent()) {
            findings.add(
                    say(
                            "The fastest setting makes %.2f times as many frames per second as one frame at a time.",
                            best.orElseThrow() / base.get()));
        }
        Optional<Double> input = value(means, "the input itself", Metric.WARP_ERROR);
        if (input.isPresent()) {
            findings.add(
                    say(
                            "The input itself has a warp error of %.2f: what the flow cannot explain, such as what comes into view. An output that is lower has less detail for it to find, or is steadier than the input: the guards tell which.",
                            input.get()));
        }
        adapter(findings, rows);
    }

    /** Whether the adapter does anything at all. */
    private static void adapter(List<String> findings, List<Row> rows) {
        List<Row> with =
                rows.stream()
                        .filter(row -> row.metric(Metric.REFERENCE_L1) != null)
                        .filter(
                                row ->
                                        row.spec().setting().conditioning().schedule()
                                                != RefreshSchedule.PAPER)
                        .filter(row -> !row.spec().setting().conditioning().isOff())
                        .toList();
        if (!with.isEmpty()
                && with.stream().allMatch(row -> row.metric(Metric.REFERENCE_L1) < SILENT)) {
            findings.add(
                    "The adapter of this bundle changes nothing: with it the pictures are the same as without (reference L1 is 0). Its hooks have not been trained, so all that the rows with adapter show is what it costs.");
        }
    }

    private static Optional<Double> value(List<Section.Mean> means, String setting, Metric metric) {
        return means.stream()
                .filter(mean -> mean.setting().equals(setting))
                .map(mean -> mean.values().get(metric))
                .filter(value -> value != null)
                .findFirst();
    }

    /** Whether rare refreshes are worth it, and whether the adaptive schedule ever waited. */
    private static void refresh(List<String> findings, List<Section.Mean> means, List<Row> rows) {
        Optional<Double> off = value(means, "off", Metric.WARP_ERROR);
        List<String> worse =
                rows.stream()
                        .filter(row -> row.spec().setting().conditioning().everyGroups() > 1)
                        .map(Row::setting)
                        .distinct()
                        .filter(
                                setting ->
                                        off.isPresent()
                                                && value(means, setting, Metric.WARP_ERROR)
                                                        .filter(error -> error > off.get())
                                                        .isPresent())
                        .toList();
        if (!worse.isEmpty()) {
            findings.add(
                    say(
                            "With %s the pictures flicker more than without adapter: an embedding that is used again belongs to a picture that has moved on.",
                            String.join(", ", worse)));
        }
        Optional<Double> waited = value(means, "adaptive", Metric.DISTANCE_TO_EVERY_1);
        if (waited.isPresent() && waited.get() < SILENT) {
            findings.add(
                    "The adaptive schedule made embeddings in every group here, as N = 1 does: between any two groups the picture had moved by more than its bound.");
        }
    }

    private static void profile(List<String> findings, List<Row> rows) {
        double parts =
                rows.stream()
                        .filter(row -> row.spec().part() != null)
                        .filter(row -> !row.spec().part().equals("text_encoder"))
                        .filter(row -> !row.spec().part().equals("condition_encoder"))
                        .filter(row -> !row.spec().part().equals("optical_flow"))
                        .mapToDouble(row -> row.metric(Metric.MS_PER_BATCH))
                        .sum();
        for (Row row : rows) {
            if (row.metric(Metric.FPS) != null && row.spec().setting().overlapped()) {
                double between = 1000 * row.spec().setting().batch() / row.metric(Metric.FPS);
                findings.add(
                        say(
                                "A batch costs %.0f ms of work, one piece after another (JPEG, VAE and denoiser; the text is encoded once per prompt, flow and conditioning only with the adapter). With all stages at work, and without adapter, a batch comes out every %.0f ms: on average %.2f parts run at the same time.",
                                parts, between, parts / between));
            }
        }
    }

    private static void streams(List<String> findings, List<Row> rows) {
        Optional<Row> last =
                rows.stream()
                        .filter(row -> row.metric(Metric.DROPPED_SHARE) < 0.01)
                        .reduce((a, b) -> b);
        findings.add(
                last.map(
                                row ->
                                        say(
                                                "%s at 30 frames per second pass without loss (less than 1 %% dropped).",
                                                row.setting()))
                        .orElse(
                                "Not even the smallest number of cameras at 30 frames per second passes without loss here: drops keep the latency bounded."));
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
