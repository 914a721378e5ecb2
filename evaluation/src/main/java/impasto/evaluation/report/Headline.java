package impasto.evaluation.report;

import impasto.evaluation.result.Metric;
import impasto.evaluation.table.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** One of the few numbers at the head of a report. */
record Headline(String value, String about) {

    static List<Headline> of(Report report) {
        List<Headline> headlines = new ArrayList<>();
        section(report, Table.SUSTAINED)
                .flatMap(
                        section ->
                                section.means().stream()
                                        .max(
                                                Comparator.comparing(
                                                        mean -> mean.values().get(Metric.FPS))))
                .ifPresent(
                        mean -> {
                            headlines.add(
                                    new Headline(
                                            Metric.FPS.format(mean.values().get(Metric.FPS)),
                                            "frames per second, sustained, decode and encode included ("
                                                    + mean.setting()
                                                    + ")"));
                            headlines.add(
                                    new Headline(
                                            Metric.LATENCY_P50_MS.format(
                                                            mean.values()
                                                                    .get(Metric.LATENCY_P50_MS))
                                                    + " ms",
                                            "median latency in that run, the stages full"));
                        });
        section(report, Table.MAIN)
                .ifPresent(
                        section -> {
                            Optional<Double> without = warpError(section, true);
                            Optional<Double> with = warpError(section, false);
                            if (without.isPresent() && with.isPresent()) {
                                headlines.add(
                                        new Headline(
                                                Metric.WARP_ERROR.format(without.get())
                                                        + " → "
                                                        + Metric.WARP_ERROR.format(with.get()),
                                                "warp error without the adapter and with ours in groups of one frame, in grey levels (lower is steadier; Sobel beside it below)"));
                            }
                        });
        section(report, Table.STREAMS)
                .flatMap(
                        section ->
                                section.rows().stream()
                                        .filter(row -> row.metric(Metric.DROPPED_SHARE) < 0.01)
                                        .reduce((a, b) -> b))
                .ifPresent(
                        row ->
                                headlines.add(
                                        new Headline(
                                                Integer.toString(row.spec().cameras()),
                                                "cameras at 30 frames per second without loss")));
        return headlines;
    }

    /** Over the clips, of the last setting without the adapter or with it. */
    private static Optional<Double> warpError(Section section, boolean off) {
        OptionalDouble mean = OptionalDouble.empty();
        for (Section.Mean setting : section.means()) {
            boolean matches =
                    section.rows().stream()
                            .filter(row -> row.setting().equals(setting.setting()))
                            .filter(row -> row.metric(Metric.REFERENCE_L1) != null)
                            .anyMatch(row -> row.spec().setting().conditioning().isOff() == off);
            if (matches) {
                mean = OptionalDouble.of(setting.values().get(Metric.WARP_ERROR));
            }
        }
        return mean.isPresent() ? Optional.of(mean.getAsDouble()) : Optional.empty();
    }

    private static Optional<Section> section(Report report, Table table) {
        return report.sections().stream().filter(section -> section.table() == table).findFirst();
    }
}
