package impasto.evaluation.report;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.table.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * One table of the report, before it is written down.
 *
 * @param columns metrics that at least one row has
 * @param means one for each setting, over its clips
 * @param rows as measured
 * @param findings what to see in it, in sentences computed from the numbers
 */
record Section(
        Table table,
        List<Metric> columns,
        List<Mean> means,
        List<Row> rows,
        List<Chart> charts,
        List<String> findings) {

    /**
     * A setting's row in the table.
     *
     * @param clips how many were averaged
     */
    record Mean(String setting, int clips, Map<Metric, Double> values) {}

    static Section of(Table table, List<Row> rows) {
        List<Metric> columns =
                columns(table).stream()
                        .filter(metric -> rows.stream().anyMatch(row -> row.metric(metric) != null))
                        .toList();
        List<Mean> means = means(rows, columns);
        return new Section(
                table,
                columns,
                means,
                rows,
                Charts.of(table, means, rows),
                Findings.of(table, means, rows));
    }

    private static List<Metric> columns(Table table) {
        Stream<Metric> steadiness =
                Stream.of(
                        Metric.WARP_ERROR,
                        Metric.CONSECUTIVE_L1,
                        Metric.CONSISTENCY_RATIO,
                        Metric.SOBEL,
                        Metric.HF_FFT,
                        Metric.REFERENCE_L1);
        return switch (table) {
            case MAIN ->
                    Stream.concat(
                                    Stream.of(
                                            Metric.FPS,
                                            Metric.LATENCY_P50_MS,
                                            Metric.CPU_MS_PER_FRAME),
                                    steadiness)
                            .toList();
            case SUSTAINED, HARDWARE ->
                    List.of(
                            Metric.FPS,
                            Metric.LATENCY_P50_MS,
                            Metric.LATENCY_P95_MS,
                            Metric.LATENCY_P99_MS,
                            Metric.LATENCY_MAX_MS,
                            Metric.CPU_MS_PER_FRAME,
                            Metric.FRAMES,
                            Metric.WARMUP_SECONDS);
            case PROFILE, BATCH -> List.of(Metric.MS_PER_BATCH, Metric.MS_PER_FRAME, Metric.FPS);
            case REFRESH ->
                    List.of(
                            Metric.FPS,
                            Metric.WARP_ERROR,
                            Metric.CONSISTENCY_RATIO,
                            Metric.SOBEL,
                            Metric.HF_FFT,
                            Metric.REFERENCE_L1,
                            Metric.DISTANCE_TO_EVERY_1);
            case DRIFT ->
                    List.of(
                            Metric.BRIGHTNESS_DRIFT,
                            Metric.CONTRAST_DRIFT,
                            Metric.SATURATION_DRIFT,
                            Metric.SOBEL_DRIFT,
                            Metric.WARP_ERROR,
                            Metric.SOBEL);
            case CUTS -> List.of(Metric.AFTER_CUT_L1, Metric.LATER_L1, Metric.WARP_ERROR);
            case TRANSFER, PROMPTS -> steadiness.toList();
            case STREAMS ->
                    List.of(
                            Metric.OFFERED_FPS,
                            Metric.FPS,
                            Metric.LATENCY_P50_MS,
                            Metric.LATENCY_P95_MS,
                            Metric.LATENCY_P99_MS,
                            Metric.BATCH_FILL,
                            Metric.DROPPED_SHARE,
                            Metric.BACKLOG);
        };
    }

    private static List<Mean> means(List<Row> rows, List<Metric> columns) {
        Map<String, List<Row>> bySetting = new LinkedHashMap<>();
        for (Row row : rows) {
            bySetting.computeIfAbsent(row.setting(), setting -> new ArrayList<>()).add(row);
        }
        List<Mean> means = new ArrayList<>();
        bySetting.forEach(
                (setting, same) -> {
                    Map<Metric, Double> values = new LinkedHashMap<>();
                    for (Metric metric : columns) {
                        same.stream()
                                .map(row -> row.metric(metric))
                                .filter(Objects::nonNull)
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .ifPresent(mean -> values.put(metric, mean));
                    }
                    means.add(new Mean(setting, same.size(), values));
                });
        return means;
    }
}
