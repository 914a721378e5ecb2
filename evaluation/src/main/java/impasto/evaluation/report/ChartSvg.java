package impasto.evaluation.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.w3c.dom.Document;

/**
 * Draws plots as SVG elements that take the colours of text and lines from the page around them, so
 * that they are read on light and dark ground.
 */
final class ChartSvg {

    private static final int WIDTH = 560;
    private static final int LINES_HEIGHT = 300;
    private static final int BAR_HEIGHT = 26;
    private static final int BARS_MARGIN = 90;
    private static final double LEAST_LABELLED = 0.15;
    private static final int MOST_IN_A_ROW = 3;

    /** Stand-ins that are replaced by the page's own colours. */
    private static final Color TEXT = new Color(1, 2, 3);

    private static final Color GRID = new Color(4, 5, 6);
    private static final Color NOTHING = new Color(0, 0, 0, 0);

    /** Told apart by people with any colour vision, on light and dark ground. */
    private static final Color[] PALETTE = {
        new Color(0x3d82c4),
        new Color(0xd9822b),
        new Color(0x3f9e7a),
        new Color(0xb45fa8),
        new Color(0xb89b1f),
        new Color(0x7b8794),
        new Color(0xc2524a)
    };

    private ChartSvg() {}

    /**
     * An {@code svg} element.
     *
     * @param id unique in the page: the element's own ids begin with it
     */
    static String draw(Chart chart, String id) {
        String svg = chart.shape() == Chart.Shape.BARS ? bars(chart) : lines(chart);
        return svg.replaceAll("id=\"|url\\(#", "$0" + id + "-")
                // XChart draws text as outlines, to a precision that nobody sees.
                .replaceAll("(\\d\\.\\d)\\d+", "$1");
    }

    private static String bars(Chart chart) {
        int bars = chart.labels().size() * chart.series().size();
        int height = BARS_MARGIN + Math.max(2, bars) * BAR_HEIGHT;
        HorizontalBarChart drawing =
                new HorizontalBarChartBuilder()
                        .width(WIDTH)
                        .height(height)
                        .title(chart.title())
                        .xAxisTitle(chart.xTitle())
                        .build();
        style(drawing.getStyler(), chart);
        drawing.getStyler().setLabelsVisible(hasRoomForLabels(chart));
        drawing.getStyler().setLabelsPosition(0.5);
        drawing.getStyler().setLabelsFontColorAutomaticEnabled(false);
        drawing.getStyler().setLabelsFontColor(Color.WHITE);
        drawing.getStyler().setLabelsFont(new Font(Font.SANS_SERIF, Font.BOLD, 11));
        drawing.getStyler().setPlotGridHorizontalLinesVisible(false);
        // Every bar has its name.
        drawing.getStyler().setXAxisMaxLabelCount(chart.labels().size());
        for (Map.Entry<String, List<Double>> series : chart.series().entrySet()) {
            drawing.addSeries(series.getKey(), series.getValue(), chart.labels());
        }
        return svg(graphics -> drawing.paint(graphics, WIDTH, height), height, chart);
    }

    /** Whether every bar is long enough to have its value written on it. */
    private static boolean hasRoomForLabels(Chart chart) {
        DoubleSummaryStatistics all = values(chart);
        return all.getMin() > LEAST_LABELLED * all.getMax();
    }

    private static DoubleSummaryStatistics values(Chart chart) {
        return chart.series().values().stream()
                .flatMap(List::stream)
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .summaryStatistics();
    }

    private static String lines(Chart chart) {
        XYChart drawing =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(LINES_HEIGHT)
                        .title(chart.title())
                        .xAxisTitle(chart.xTitle())
                        .yAxisTitle(chart.yTitle())
                        .build();
        style(drawing.getStyler(), chart);
        spread(drawing.getStyler(), chart);
        for (Map.Entry<String, List<Double>> series : chart.series().entrySet()) {
            List<Double> xs = new ArrayList<>();
            List<Double> ys = new ArrayList<>();
            for (int i = 0; i < series.getValue().size(); i++) {
                if (series.getValue().get(i) != null) {
                    xs.add(Double.valueOf(chart.labels().get(i)));
                    ys.add(series.getValue().get(i));
                }
            }
            drawing.addSeries(series.getKey(), xs, ys)
                    .setMarker(xs.size() > 24 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE)
                    .setLineStyle(new BasicStroke(2));
        }
        return svg(graphics -> drawing.paint(graphics, WIDTH, LINES_HEIGHT), LINES_HEIGHT, chart);
    }

    /** Small differences are not to look large. */
    private static void spread(AxesChartStyler styler, Chart chart) {
        DoubleSummaryStatistics all = values(chart);
        double missing = chart.leastSpan() - (all.getMax() - all.getMin());
        if (missing > 0) {
            double lowest = Math.max(0, all.getMin() - missing / 2);
            styler.setYAxisMin(lowest);
            styler.setYAxisMax(lowest + chart.leastSpan());
        }
    }

    private static void style(AxesChartStyler styler, Chart chart) {
        styler.setSeriesColors(PALETTE);
        styler.setChartBackgroundColor(NOTHING);
        styler.setPlotBackgroundColor(NOTHING);
        styler.setPlotBorderVisible(false);
        styler.setChartFontColor(TEXT);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        styler.setAxisTickLabelsColor(TEXT);
        styler.setXAxisTitleColor(TEXT);
        styler.setYAxisTitleColor(TEXT);
        styler.setAxisTickMarksColor(GRID);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setPlotGridVerticalLinesVisible(chart.shape() == Chart.Shape.BARS);
        styler.setLegendVisible(chart.series().size() > 1);
        styler.setLegendBackgroundColor(NOTHING);
        styler.setLegendBorderColor(NOTHING);
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        boolean row = chart.series().size() <= MOST_IN_A_ROW;
        styler.setLegendPosition(
                row ? Styler.LegendPosition.OutsideS : Styler.LegendPosition.OutsideE);
        styler.setLegendLayout(row ? Styler.LegendLayout.Horizontal : Styler.LegendLayout.Vertical);
        styler.setMarkerSize(6);
    }

    private interface Painter {
        void paint(SVGGraphics2D graphics);
    }

    private static String svg(Painter painter, int height, Chart chart) {
        try {
            Document document =
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .getDOMImplementation()
                            .createDocument("http://www.w3.org/2000/svg", "svg", null);
            SVGGraphics2D graphics = new SVGGraphics2D(document);
            painter.paint(graphics);
            StringWriter text = new StringWriter();
            graphics.stream(text, false);
            String svg = text.toString();
            // What stands before the element is for files of their own.
            svg = svg.substring(svg.indexOf("<svg"));
            return svg.replaceFirst(
                            "<svg",
                            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\""
                                    .formatted(WIDTH, height, Html.escape(chart.title())))
                    .replace("rgb(1,2,3)", "var(--ink)")
                    .replace("rgb(4,5,6)", "var(--line)");
        } catch (ParserConfigurationException | IOException e) {
            throw new IllegalStateException(
                    "plot '%s' cannot be drawn".formatted(chart.title()), e);
        }
    }
}
