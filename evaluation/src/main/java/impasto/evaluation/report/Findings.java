package impasto.evaluation.report;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the numbers of a table say, in sentences that are computed from them. */
final class Findings {

    private Findings() {}

    static List<String> of(Table table, List<Section.Mean> means, List<Row> rows) {
        List<String> findings = new ArrayList<>();
        switch (table) {
            case PROFILE -> profile(findings, rows);
            case STREAMS -> streams(findings, rows);
            case MAIN -> main(findings, means);
            default -> {}
        }
        return findings;
    }

    private static void main(List<String> findings, List<Section.Mean> means) {
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
                            "The input itself has a warp error of %.2f: what the flow cannot explain, such as what comes into view. No output that moves as the input does needs more.",
                            input.get()));
        }
    }

    private static Optional<Double> value(List<Section.Mean> means, String setting, Metric metric) {
        return means.stream()
                .filter(mean -> mean.setting().equals(setting))
                .map(mean -> mean.values().get(metric))
                .filter(value -> value != null)
                .findFirst();
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
                                "A batch costs %.0f ms of work on one thread (JPEG, VAE and denoiser; the text is encoded once per prompt, flow and conditioning only with the adapter). With all stages at work a batch comes out every %.0f ms: on average %.2f parts run at the same time.",
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
