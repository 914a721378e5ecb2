package impasto.evaluation.compare;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.evaluation.restyle.Conditioning;
import impasto.evaluation.restyle.Setting;
import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.result.RowSpec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** On made-up results, of which it is known what has changed. */
class ComparisonTest {

    private static final Map<String, String> HERE = Map.of("processor", "A");

    private final Random random = new Random(7);

    @Test
    void aSteadyImprovementOnAllClipsIsSeenThroughTheNoise() {
        List<Row> before = rows(8, Metric.FPS, clip -> 20 + noise(), HERE);
        List<Row> after = changed(before, Metric.FPS, fps -> fps * 1.2 + noise(), HERE);

        Change change = only(Comparison.of(before, after));

        assertThat(change.verdict()).isEqualTo(Change.Verdict.BETTER);
        assertThat(change.percent()).isBetween(15.0, 25.0);
        assertThat(change.pValue()).isEqualTo(2.0 / (1 << 8));
    }

    @Test
    void whatIsWorseIsCalledSo() {
        List<Row> before = rows(8, Metric.WARP_ERROR, clip -> 10 + clip, HERE);
        List<Row> after = changed(before, Metric.WARP_ERROR, error -> error + 0.5, HERE);

        Comparison comparison = Comparison.of(before, after);

        assertThat(only(comparison).verdict()).isEqualTo(Change.Verdict.WORSE);
        assertThat(comparison.foundRegression()).isTrue();
    }

    @Test
    void noiseAloneIsNoChangeInMostCases() {
        int alarms = 0;
        for (int trial = 0; trial < 400; trial++) {
            List<Row> before = rows(8, Metric.FPS, clip -> 20 + clip + noise(), HERE);
            List<Row> after = rows(8, Metric.FPS, clip -> 20 + clip + noise(), HERE);
            if (only(Comparison.of(before, after)).verdict() != Change.Verdict.WITHIN_NOISE) {
                alarms++;
            }
        }
        // 5 % of 400 is 20; four standard deviations more is 37
        assertThat(alarms).isBetween(5, 37);
    }

    @Test
    void threeClipsCannotTell() {
        List<Row> before = rows(3, Metric.FPS, clip -> 20, HERE);
        List<Row> after = changed(before, Metric.FPS, fps -> fps * 2, HERE);

        assertThat(only(Comparison.of(before, after)).verdict()).isEqualTo(Change.Verdict.TOO_FEW);
    }

    @Test
    void equalNumbersAreTheSame() {
        List<Row> rows = rows(6, Metric.SOBEL, clip -> 10 + clip, HERE);

        assertThat(only(Comparison.of(rows, rows)).verdict()).isEqualTo(Change.Verdict.SAME);
    }

    @Test
    void aMeasureThatIsNeitherGoodNorBadChangesOnly() {
        List<Row> before = rows(6, Metric.SOBEL, clip -> 10 + clip, HERE);
        List<Row> after = changed(before, Metric.SOBEL, sobel -> sobel + 1, HERE);

        assertThat(only(Comparison.of(before, after)).verdict()).isEqualTo(Change.Verdict.CHANGED);
    }

    @Test
    void timesOfTwoMachinesAreNotCompared() {
        List<Row> before = rows(6, Metric.FPS, clip -> 20, HERE);
        List<Row> after = changed(before, Metric.FPS, fps -> fps * 2, Map.of("processor", "B"));

        Comparison comparison = Comparison.of(before, after);

        assertThat(comparison.changes()).isEmpty();
        assertThat(printed(comparison)).contains("measured on different machines");
    }

    @Test
    void rowsThatMeasureSomethingElseAreLeftOutAndCounted() {
        List<Row> before = rows(6, Metric.FPS, clip -> 20, HERE);
        List<Row> after = new ArrayList<>(before.subList(0, 5));
        after.add(row("other", Metric.FPS, 20, 16, HERE));

        assertThat(printed(Comparison.of(before, after))).contains("2 rows are in one of the two");
    }

    @Test
    void moreClipsThanCanBeEnumeratedAreSampled() {
        double[] same = new double[30];
        double[] up = new double[30];
        for (int i = 0; i < up.length; i++) {
            same[i] = i % 2 == 0 ? 1 : -1;
            up[i] = 1 + 0.1 * random.nextGaussian();
        }

        assertThat(PairedTest.pValue(same)).isEqualTo(1);
        assertThat(PairedTest.pValue(up)).isLessThan(0.001);
    }

    @Test
    void theReportSaysWhichTestItIsAndWhatChanceAloneWouldShow() {
        List<Row> before = rows(8, Metric.FPS, clip -> 20 + noise(), HERE);
        List<Row> after = changed(before, Metric.FPS, fps -> fps * 0.8, HERE);

        assertThat(printed(Comparison.of(before, after)))
                .contains("frames per second")
                .contains("worse (8 clips, p = 0.008)")
                .contains("sign-flip permutation test")
                .contains("by chance");
    }

    private double noise() {
        return random.nextGaussian();
    }

    private static Change only(Comparison comparison) {
        assertThat(comparison.changes()).hasSize(1);
        return comparison.changes().get(0);
    }

    private static String printed(Comparison comparison) {
        StringWriter text = new StringWriter();
        comparison.print(new PrintWriter(text));
        return text.toString();
    }

    private static List<Row> rows(
            int clips, Metric metric, DoubleUnaryOperator value, Map<String, String> machine) {
        List<Row> rows = new ArrayList<>();
        for (int clip = 0; clip < clips; clip++) {
            rows.add(row("clip-" + clip, metric, value.applyAsDouble(clip), 48, machine));
        }
        return rows;
    }

    private static List<Row> changed(
            List<Row> rows,
            Metric metric,
            DoubleUnaryOperator change,
            Map<String, String> machine) {
        return rows.stream()
                .map(
                        row ->
                                row(
                                        row.clip(),
                                        metric,
                                        change.applyAsDouble(row.metric(metric)),
                                        48,
                                        machine))
                .toList();
    }

    static Row row(
            String clip, Metric metric, double value, int frames, Map<String, String> machine) {
        RowSpec spec =
                new RowSpec(
                        "main",
                        clip,
                        "base",
                        RowSpec.Measurement.RESTYLE,
                        "oil",
                        42,
                        frames,
                        new Setting(8, true, Conditioning.OFF),
                        0,
                        null);
        return new Row(
                "main",
                clip,
                "base",
                Map.of(metric.key(), value),
                Map.of(),
                42,
                spec,
                Map.of("name", "nano"),
                Map.of(),
                machine,
                "abc",
                "hash",
                "2026-01-01T00:00:00Z");
    }
}
