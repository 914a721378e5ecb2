package impasto.bench;

/**
 * What a measurement gave.
 *
 * @param frames that came out while it ran
 * @param fps of those
 * @param cpuMsPerFrame CPU-milliseconds of the whole process for each
 * @param p50Ms median of the time that a frame was inside, in milliseconds
 * @param p99Ms 99th percentile of it
 */
record Throughput(long frames, double fps, double cpuMsPerFrame, double p50Ms, double p99Ms) {

    static Throughput of(long frames, long wallNanos, long cpuNanos, double p50Ms, double p99Ms) {
        return new Throughput(
                frames,
                round(frames * 1e9 / wallNanos),
                round(cpuNanos / 1e6 / frames),
                round(p50Ms),
                round(p99Ms));
    }

    static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
