package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import impasto.evaluation.measure.Percentiles;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a measurement gave; named as the Python package names the same.
 *
 * @param frames that came out while it ran
 * @param fps of those
 * @param latencyMs of the time that a frame was inside, in milliseconds: p50, p95 and p99; null
 *     where that was not measured
 * @param coresUsed by the whole process
 * @param cpuMsPerFrame CPU-milliseconds of the whole process for each
 */
record Throughput(
        long frames,
        double fps,
        @JsonProperty("latency_ms") Map<String, Double> latencyMs,
        @JsonProperty("cores_used") double coresUsed,
        @JsonProperty("cpu_ms_per_frame") double cpuMsPerFrame) {

    static Throughput of(
            long frames, long wallNanos, long cpuNanos, Map<String, Double> latencyMs) {
        return new Throughput(
                frames,
                round(frames * 1e9 / wallNanos),
                latencyMs,
                round((double) cpuNanos / wallNanos),
                round(cpuNanos / 1e6 / frames));
    }

    /** The percentiles that are reported. */
    static Map<String, Double> latency(Percentiles percentiles) {
        Map<String, Double> latency = new LinkedHashMap<>();
        for (int percent : new int[] {50, 95, 99}) {
            latency.put("p" + percent, round(percentiles.at(percent)));
        }
        return latency;
    }

    static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
