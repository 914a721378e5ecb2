package impasto.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws a {@link Timeline}: a lane for each kind of work, and a bar for each piece of it. */
final class TimelineSvg {

    private static final double WIDTH = 1400;
    private static final double LEFT = 112;
    private static final double RIGHT = 28;
    private static final double TOP = 92;
    private static final double ROW = 13;
    private static final double GRAPH_ROW = 40;
    private static final double LEAST_LANE = 30;
    private static final double BETWEEN_ROWS = 3;
    private static final double BETWEEN_LANES = 20;
    private static final double LEAST_LABELLED = 13;
    private static final double LETTER = 6.4;

    /** Told apart by people with any colour vision; of even batches and of odd ones. */
    private static final Map<String, String[]> COLOURS =
            Map.of(
                    "text_encoder", new String[] {"#8a63b8", "#a98bce"},
                    "vae_encoder", new String[] {"#2f77bb", "#6ba3d6"},
                    "condition_encoder", new String[] {"#2c8f6e", "#63b598"},
                    "denoiser", new String[] {"#d0741c", "#e5a05c"},
                    "vae_decoder", new String[] {"#b8443d", "#d67f79"},
                    "decode", new String[] {"#66717d", "#66717d"},
                    "flow", new String[] {"#9a8116", "#9a8116"},
                    "encode", new String[] {"#66717d", "#66717d"});

    private final Timeline timeline;
    private final StringBuilder svg = new StringBuilder();
    private final double scale;

    private TimelineSvg(Timeline timeline) {
        this.timeline = timeline;
        this.scale = (WIDTH - LEFT - RIGHT) / timeline.milliseconds();
    }

    /** A whole SVG document. */
    static String draw(Timeline timeline) {
        return new TimelineSvg(timeline).draw();
    }

    private String draw() {
        double height = TOP;
        for (String lane : timeline.busy().keySet()) {
            height += laneHeight(lane) + BETWEEN_LANES;
        }
        double bottom = height - BETWEEN_LANES + 10;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" font-family=\"Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif\">",
                WIDTH, bottom + 52, WIDTH, bottom + 52);
        add(
                "<style>text{fill:#26313c}.s{font-size:12px;fill:#5d6975}.b{font-size:11px;fill:#fff;font-weight:600}</style>");
        add("<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>");
        add(
                "<clipPath id=\"lanes\"><rect x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%.1f\"/></clipPath>",
                LEFT, WIDTH - LEFT - RIGHT, bottom);
        heading();
        axis(bottom);
        double y = TOP;
        for (String lane : timeline.busy().keySet()) {
            lane(lane, y);
            y += laneHeight(lane) + BETWEEN_LANES;
        }
        return svg.append("</svg>\n").toString();
    }

    private void heading() {
        add(
                "<text x=\"%.1f\" y=\"30\" font-size=\"17\" font-weight=\"600\">%s</text>",
                LEFT, escaped(timeline.what()));
        double x = LEFT;
        Map<String, Double> means = timeline.meanMs();
        for (String work : timeline.works()) {
            String label =
                    means.containsKey(work)
                            ? "%s  %s ms".formatted(name(work), number(means.get(work)))
                            : name(work);
            add(
                    "<rect x=\"%.1f\" y=\"49\" width=\"11\" height=\"11\" rx=\"2\" fill=\"%s\"/><text class=\"s\" x=\"%.1f\" y=\"59\" xml:space=\"preserve\">%s</text>",
                    x, colours(work)[0], x + 16, escaped(label));
            x += 38 + LETTER * label.length();
        }
    }

    private void axis(double bottom) {
        double step = step();
        for (double at = 0; at <= timeline.milliseconds() + 1e-9; at += step) {
            add(
                    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#e3e7eb\"/><text class=\"s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                    x(at), TOP - 12, x(at), bottom, x(at), bottom + 17, number(at));
        }
        add(
                "<text class=\"s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">milliseconds; side and main lane timed by %s</text>",
                WIDTH - RIGHT, bottom + 40, escaped(timeline.clock()));
        add(
                "<text class=\"s\" x=\"%.1f\" y=\"%.1f\">%.0f %% of the side lane’s work happens while the main lane works; numbers are batches</text>",
                LEFT, bottom + 40, 100 * timeline.sideBesideMain());
    }

    /** 1, 2 or 5 times a power of ten, for at most about twelve lines. */
    private double step() {
        double power = Math.pow(10, Math.floor(Math.log10(timeline.milliseconds() / 12)));
        for (double factor : new double[] {1, 2, 5}) {
            if (timeline.milliseconds() / (factor * power) <= 12) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private void lane(String lane, double top) {
        double height = laneHeight(lane);
        add(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\" fill=\"#f3f5f7\" fill-opacity=\".75\"/>",
                LEFT, top - 4, WIDTH - LEFT - RIGHT, height + 8);
        add(
                "<text x=\"%.1f\" y=\"%.1f\" font-size=\"14\" font-weight=\"600\" text-anchor=\"end\">%s</text><text class=\"s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">busy %.0f %%</text>",
                LEFT - 14,
                top + height / 2 - 2,
                lane,
                LEFT - 14,
                top + height / 2 + 14,
                100 * timeline.busy().get(lane));
        add("<g clip-path=\"url(#lanes)\">");
        double y = top + (height - rowsHeight(lane)) / 2;
        for (List<Timeline.Span> row : timeline.rows(lane)) {
            for (Timeline.Span span : row) {
                bar(span, y, rowHeight(lane));
            }
            y += rowHeight(lane) + BETWEEN_ROWS;
        }
        add("</g>");
    }

    private void bar(Timeline.Span span, double y, double height) {
        double from = x(span.startMs());
        double width = Math.max(1, scale * (span.endMs() - span.startMs()) - 1);
        add(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" fill=\"%s\"><title>%s%s, %s ms</title></rect>",
                from,
                y,
                width,
                height,
                colours(span.work())[span.batch() < 0 ? 0 : span.batch() % 2],
                escaped(name(span.work())),
                span.batch() < 0 ? "" : " of batch " + span.batch(),
                number(span.endMs() - span.startMs()));
        if (span.batch() < 0) {
            return;
        }
        String label = Integer.toString(span.batch());
        String longer = name(span.work()) + " " + label;
        if (width > LETTER * longer.length() + 10) {
            label = longer;
        }
        double visibleFrom = Math.max(from, LEFT);
        double visibleTo = Math.min(from + width, WIDTH - RIGHT);
        if (visibleTo - visibleFrom > Math.max(LEAST_LABELLED, LETTER * label.length())) {
            add(
                    "<text class=\"b\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                    (visibleFrom + visibleTo) / 2, y + height / 2 + 4, escaped(label));
        }
    }

    private double x(double milliseconds) {
        return LEFT + scale * milliseconds;
    }

    private double laneHeight(String lane) {
        return Math.max(LEAST_LANE, rowsHeight(lane));
    }

    private double rowsHeight(String lane) {
        int rows = timeline.rows(lane).size();
        return rows * rowHeight(lane) + (rows - 1) * BETWEEN_ROWS;
    }

    private static double rowHeight(String lane) {
        return lane.equals(Timeline.SIDE) || lane.equals(Timeline.MAIN) ? GRAPH_ROW : ROW;
    }

    private static String[] colours(String work) {
        String known = work.startsWith("text_encoder") ? "text_encoder" : work;
        return COLOURS.getOrDefault(known, new String[] {"#66717d", "#66717d"});
    }

    private static String name(String work) {
        return work.replace('_', ' ').replace("vae", "VAE");
    }

    private static String number(double value) {
        if (value == Math.rint(value)) {
            return "%.0f".formatted(value);
        }
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
