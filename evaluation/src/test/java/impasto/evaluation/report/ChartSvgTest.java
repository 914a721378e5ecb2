package impasto.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChartSvgTest {

    @Test
    void barsAreNamedAndTakeTheColoursOfThePage() {
        String svg =
                ChartSvg.draw(
                        new Chart(
                                "Frames per second",
                                Chart.Shape.BARS,
                                "frames per second",
                                "",
                                0,
                                List.of("base", "+ batching <8>", "+ pipelining"),
                                Map.of("fps", List.of(9.5, 14.25, 15.5))),
                        "main-1");
        assertThat(svg)
                .startsWith("<svg viewBox=")
                .contains("aria-label=\"Frames per second\"")
                .contains("url(#main-1-clipPath1)")
                .contains("id=\"main-1-clipPath1\"")
                .contains("var(--ink)")
                .contains("var(--line)")
                .doesNotContain("rgb(1,2,3)")
                .doesNotContain("http://www.w3.org/TR");
    }

    @Test
    void aLineLeavesOutPointsWithoutAValue() {
        Map<String, List<Double>> series = new LinkedHashMap<>();
        series.put("offered", List.of(30.0, 60.0, 120.0));
        series.put("restyled", Arrays.asList(15.0, null, 14.0));

        String svg =
                ChartSvg.draw(
                        new Chart(
                                "Cameras",
                                Chart.Shape.LINES,
                                "cameras",
                                "frames per second",
                                1,
                                List.of("1", "2", "4"),
                                series),
                        "streams-1");

        // The markers of three points and of two, apart from those of the legend.
        assertThat(svg.split("<circle").length - 1).isEqualTo(3 + 2 + 2);
    }
}
