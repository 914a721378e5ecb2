package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import impasto.evaluation.measure.Percentiles;
import impasto.evaluation.restyle.GraphTimer;
import impasto.model.EngineOptions;
import impasto.model.GraphRole;
import impasto.model.LoadedBundle;
import impasto.tensorrt.engine.RunTimeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How long a graph takes alone.
 *
 * @param batch frames in a run
 * @param p50Ms median of the runs, in milliseconds
 * @param leastMs the fastest run
 * @param mostMs the slowest run
 * @param clock {@code device}: between CUDA events around each run; {@code host}: copies of the
 *     outputs included
 */
public record GraphTime(
        String graph,
        int batch,
        @JsonProperty("p50_ms") double p50Ms,
        @JsonProperty("least_ms") double leastMs,
        @JsonProperty("most_ms") double mostMs,
        int runs,
        String clock) {

    /**
     * Times the graphs of a role; of the text encoders each.
     *
     * @param engine DJL's name of the engine that has loaded the bundle
     */
    public static List<GraphTime> measure(
            LoadedBundle bundle, String engine, GraphRole role, List<Integer> batches) {
        GraphTimer timer = new GraphTimer(bundle);
        List<GraphTime> times = new ArrayList<>();
        for (String graph : bundle.manifest().graphNames(role)) {
            for (int batch : batches) {
                times.add(
                        engine.equals(EngineOptions.TENSORRT)
                                ? onDevice(timer, graph, batch)
                                : of(graph, batch, timer.time(graph, batch), "host"));
            }
        }
        return times;
    }

    private static GraphTime onDevice(GraphTimer timer, String graph, int batch) {
        try (RunTimeline timeline = RunTimeline.open(0)) {
            timer.time(graph, batch);
            double[] runs =
                    timeline.runs().stream()
                            // The first captures the graph.
                            .skip(1)
                            .mapToDouble(run -> run.endMillis() - run.startMillis())
                            .toArray();
            return of(graph, batch, runs, "device");
        }
    }

    private static GraphTime of(String graph, int batch, double[] runs, String clock) {
        Percentiles percentiles = new Percentiles(Arrays.stream(runs));
        return new GraphTime(
                graph,
                batch,
                thousandths(percentiles.at(50)),
                thousandths(Arrays.stream(runs).min().orElseThrow()),
                thousandths(percentiles.at(100)),
                runs.length,
                clock);
    }

    private static double thousandths(double milliseconds) {
        return Math.round(milliseconds * 1e3) / 1e3;
    }
}
