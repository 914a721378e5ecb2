package impasto.evaluation.table;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.result.RowSpec;
import java.io.PrintWriter;

/** Tells a person how far an evaluation is and how long the rest will take. */
final class Progress {

    /** What a row costs whatever it measures, in frames: warm-up and a reference, roughly. */
    private static final int FRAMES_PER_ROW = 12;

    /** What a second of cameras costs, in frames. */
    private static final int FRAMES_PER_CAMERA_SECOND = 15;

    private final PrintWriter out;
    private final int rows;
    private final double work;
    private final long startNanos = System.nanoTime();
    private double done;
    private int count;

    /**
     * @param work cost of all rows, by {@link #cost}
     */
    Progress(PrintWriter out, int rows, double work) {
        this.out = out;
        this.rows = rows;
        this.work = work;
    }

    static double cost(RowSpec spec) {
        if (spec.cameras() == 0) {
            return FRAMES_PER_ROW + spec.frames();
        }
        double seconds =
                (double) spec.frames() / spec.cameras() / RowRunner.CAMERA_FRAMES_PER_SECOND;
        return FRAMES_PER_ROW + FRAMES_PER_CAMERA_SECOND * seconds;
    }

    void finished(Row row) {
        done += cost(row.spec());
        count++;
        double elapsed = (System.nanoTime() - startNanos) / 1e9;
        out.printf(
                "%3d of %d  %-9s %-22s %-32s %s%s%n",
                count,
                rows,
                row.table(),
                row.clip(),
                row.setting(),
                summary(row),
                count == rows ? "" : "  (" + duration(elapsed / done * (work - done)) + " left)");
        out.flush();
    }

    private static String summary(Row row) {
        StringBuilder text = new StringBuilder();
        for (Metric metric : new Metric[] {Metric.FPS, Metric.WARP_ERROR, Metric.MS_PER_BATCH}) {
            if (row.metric(metric) != null) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(metric.format(row.metric(metric)))
                        .append(' ')
                        .append(metric == Metric.FPS ? "fps" : metric.title());
            }
        }
        return text.toString();
    }

    static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 90 ? whole + " s" : Math.round(whole / 60.0) + " min";
    }
}
