package impasto.evaluation.report;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.table.RowRunner;
import impasto.evaluation.table.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Which plots a table has. */
final class Charts {

    private Charts() {}

    static List<Chart> of(Table table, List<Section.Mean> means, List<Row> rows) {
        List<Chart> charts = new ArrayList<>();
        switch (table) {
            case MAIN -> {
                bars(charts, means, Metric.FPS, "Frames per second");
                bars(charts, means, Metric.WARP_ERROR, "Warp error (lower is steadier)");
            }
            case SUSTAINED -> {
                bars(charts, means, Metric.FPS, "Frames per second");
                lines(
                        charts,
                        rows,
                        RowRunner.LATENCY_SERIES,
                        "Latency of each frame",
                        "frame",
                        "ms",
                        1);
            }
            case PROFILE ->
                    bars(charts, means, Metric.MS_PER_BATCH, "Milliseconds per batch, each alone");
            case BATCH -> batches(charts, rows);
            case REFRESH -> {
                bars(charts, means, Metric.WARP_ERROR, "Warp error (lower is steadier)");
                bars(charts, means, Metric.FPS, "Frames per second");
            }
            case DRIFT -> {
                lines(
                        charts,
                        rows,
                        "brightness",
                        "Brightness by chunk",
                        "chunk",
                        "grey levels",
                        10);
                lines(
                        charts,
                        rows,
                        "saturation",
                        "Saturation by chunk",
                        "chunk",
                        "grey levels",
                        10);
                lines(charts, rows, "sobel", "Sobel by chunk", "chunk", "", 4);
            }
            case CUTS ->
                    lines(
                            charts,
                            rows,
                            "after_cut_l1",
                            "Error after the cut",
                            "frames after the cut",
                            "grey levels",
                            1);
            case TRANSFER ->
                    bars(charts, means, Metric.WARP_ERROR, "Warp error (lower is steadier)");
            case PROMPTS -> styles(charts, means);
            case HARDWARE -> hardware(charts, means);
            case STREAMS -> streams(charts, rows);
        }
        return charts;
    }

    private static void bars(
            List<Chart> charts, List<Section.Mean> means, Metric metric, String title) {
        List<Section.Mean> shown =
                means.stream().filter(mean -> mean.values().containsKey(metric)).toList();
        if (!shown.isEmpty()) {
            charts.add(
                    new Chart(
                            title,
                            Chart.Shape.BARS,
                            metric.title(),
                            "",
                            0,
                            shown.stream().map(Section.Mean::setting).toList(),
                            Map.of(
                                    metric.title(),
                                    shown.stream()
                                            .map(mean -> rounded(mean.values().get(metric)))
                                            .toList())));
        }
    }

    /** One line for each row that has the series. */
    private static void lines(
            List<Chart> charts,
            List<Row> rows,
            String name,
            String title,
            String x,
            String y,
            double leastSpan) {
        Map<String, List<Double>> series = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row.series().containsKey(name)) {
                series.putIfAbsent(row.setting(), row.series().get(name));
            }
        }
        int longest = series.values().stream().mapToInt(List::size).max().orElse(0);
        if (longest > 1) {
            charts.add(
                    new Chart(
                            title,
                            Chart.Shape.LINES,
                            x,
                            y,
                            leastSpan,
                            IntStream.range(0, longest).mapToObj(Integer::toString).toList(),
                            series));
        }
    }

    private static void batches(List<Chart> charts, List<Row> rows) {
        TreeSet<Integer> sizes = new TreeSet<>();
        Map<String, Map<Integer, Double>> byPart = new LinkedHashMap<>();
        for (Row row : rows) {
            int batch = row.spec().setting().batch();
            sizes.add(batch);
            byPart.computeIfAbsent(row.spec().part().replace('_', ' '), p -> new LinkedHashMap<>())
                    .put(batch, row.metric(Metric.MS_PER_FRAME));
        }
        Map<String, List<Double>> series = new LinkedHashMap<>();
        byPart.forEach(
                (part, values) -> series.put(part, sizes.stream().map(values::get).toList()));
        if (sizes.size() > 1) {
            charts.add(
                    new Chart(
                            "Milliseconds per frame by batch size",
                            Chart.Shape.LINES,
                            "frames in a batch",
                            "ms per frame",
                            1,
                            sizes.stream().map(size -> Integer.toString(size)).toList(),
                            series));
        }
    }

    /** Each style without and with the adapter. */
    private static void styles(List<Chart> charts, List<Section.Mean> means) {
        Map<String, Map<String, Double>> bySetting = new LinkedHashMap<>();
        Set<String> styles = new LinkedHashSet<>();
        for (Section.Mean mean : means) {
            int comma = mean.setting().lastIndexOf(", ");
            styles.add(mean.setting().substring(0, comma));
            bySetting
                    .computeIfAbsent(
                            mean.setting().substring(comma + 2), s -> new LinkedHashMap<>())
                    .put(
                            mean.setting().substring(0, comma),
                            rounded(mean.values().getOrDefault(Metric.WARP_ERROR, 0.0)));
        }
        Map<String, List<Double>> series = new LinkedHashMap<>();
        bySetting.forEach(
                (setting, values) ->
                        series.put(
                                setting,
                                styles.stream()
                                        .map(style -> values.getOrDefault(style, 0.0))
                                        .toList()));
        charts.add(
                new Chart(
                        "Warp error by style (lower is steadier)",
                        Chart.Shape.BARS,
                        Metric.WARP_ERROR.title(),
                        "",
                        0,
                        List.copyOf(styles),
                        series));
    }

    private static void hardware(List<Chart> charts, List<Section.Mean> means) {
        Map<String, Double> fps = new LinkedHashMap<>();
        for (Section.Mean mean : means) {
            fps.put("here: " + mean.setting(), rounded(mean.values().get(Metric.FPS)));
        }
        Published.FPS.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.naturalOrder()))
                .forEach(entry -> fps.put("published: " + entry.getKey(), entry.getValue()));
        charts.add(
                new Chart(
                        "Frames per second: other models, other sizes of picture",
                        Chart.Shape.BARS,
                        Metric.FPS.title(),
                        "",
                        0,
                        List.copyOf(fps.keySet()),
                        Map.of(Metric.FPS.title(), List.copyOf(fps.values()))));
    }

    private static void streams(List<Chart> charts, List<Row> rows) {
        if (rows.size() < 2) {
            return;
        }
        List<String> cameras =
                rows.stream().map(row -> Integer.toString(row.spec().cameras())).toList();
        charts.add(
                new Chart(
                        "Frames per second, all cameras together",
                        Chart.Shape.LINES,
                        "cameras",
                        "frames per second",
                        1,
                        cameras,
                        values(rows, Metric.OFFERED_FPS, Metric.FPS)));
        charts.add(
                new Chart(
                        "Latency",
                        Chart.Shape.LINES,
                        "cameras",
                        "ms",
                        1,
                        cameras,
                        values(rows, Metric.LATENCY_P50_MS, Metric.LATENCY_P95_MS)));
    }

    private static Map<String, List<Double>> values(List<Row> rows, Metric... metrics) {
        Map<String, List<Double>> series = new LinkedHashMap<>();
        for (Metric metric : metrics) {
            series.put(
                    metric == Metric.FPS ? "restyled" : metric.title(),
                    new ArrayList<>(rows.stream().map(row -> row.metric(metric)).toList()));
        }
        return series;
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
