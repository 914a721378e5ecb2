package impasto.evaluation.report;

import java.util.List;
import java.util.Map;

/**
 * A plot, before it is drawn.
 *
 * @param shape of what is drawn
 * @param labels names along the x axis for bars; numbers in text for lines
 * @param leastSpan of the y axis of lines
 * @param series values by name, one for each label; null where there is none
 */
record Chart(
        String title,
        Shape shape,
        String xTitle,
        String yTitle,
        double leastSpan,
        List<String> labels,
        Map<String, List<Double>> series) {

    enum Shape {
        BARS,
        LINES
    }
}
