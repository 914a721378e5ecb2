package impasto.bench;

import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;

/** Prints a report for people. */
final class BenchmarkTable {

    private final BenchmarkReport report;
    private final PrintWriter out;

    BenchmarkTable(BenchmarkReport report, PrintWriter out) {
        this.report = report;
        this.out = out;
    }

    /**
     * @param torchWanted whether it is worth a word that PyTorch is missing
     */
    void print(boolean torchWanted) {
        graphs();
        runs();
        ratios();
        jpegs();
        torch(torchWanted);
        report.live().forEach(this::live);
        prompts();
        out.println();
        line(
                "%s %s, %d step%s",
                report.bundle(),
                report.bundleVersion(),
                report.steps(),
                report.steps() == 1 ? "" : "s");
        line("engine: %s", report.engine());
        report.machine().forEach((key, value) -> line("%s: %s", key, value));
        out.flush();
    }

    private void graphs() {
        if (report.graphs().isEmpty()) {
            return;
        }
        line(
                "%n| graph alone | batch | ms a batch, p50 | least | most | timed by | PyTorch | compiled |");
        line("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (GraphTime time : report.graphs()) {
            line(
                    "| %s | %d | %.2f | %.2f | %.2f | %s | %s | %s |",
                    time.graph(),
                    time.batch(),
                    time.p50Ms(),
                    time.leastMs(),
                    time.mostMs(),
                    time.clock(),
                    paperMs(time, "released"),
                    paperMs(time, "compiled"));
        }
    }

    /** What the same part takes in the paper's pipeline, where that was measured. */
    private String paperMs(GraphTime time, String mode) {
        return report.paper().stream()
                .filter(paper -> paper.mode().equals(mode) && paper.batch() == time.batch())
                .map(paper -> paper.partsMs().get(time.graph()))
                .filter(Objects::nonNull)
                .findFirst()
                .map("%.2f"::formatted)
                .orElse("");
    }

    private void runs() {
        if (report.runs().isEmpty()) {
            return;
        }
        line(
                "%n| what | batch | text | conditioning | prompts | frames a second | p50 ms | p99 ms | cores | CPU-ms a frame |");
        line("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (BenchmarkReport.Run run : report.runs()) {
            Throughput throughput = run.throughput();
            line(
                    "| %s | %d | %s | %s | %s | %.1f | %s | %s | %.1f | %.1f |",
                    run.part().phrase(),
                    run.variant().batch(),
                    run.variant().text(),
                    run.variant().conditioning(),
                    run.variant().prompts(),
                    throughput.fps(),
                    percentile(throughput.latencyMs(), "p50"),
                    percentile(throughput.latencyMs(), "p99"),
                    throughput.coresUsed(),
                    throughput.cpuMsPerFrame());
        }
        for (PaperResult paper : report.paper()) {
            line(
                    "| the paper's pipeline in PyTorch, %s | %d | %s | %s | %s | %.1f | %.0f | %.0f | %.1f | %.1f |",
                    paper.mode(),
                    paper.batch(),
                    paper.text(),
                    paper.conditioning(),
                    Prompts.PLAIN,
                    paper.fps(),
                    paper.p50Ms(),
                    paper.p99Ms(),
                    paper.coresUsed(),
                    1000 * paper.coresUsed() / paper.fps());
        }
        out.println();
    }

    private static String percentile(Map<String, Double> latency, String name) {
        return latency == null ? "" : "%.0f".formatted(latency.get(name));
    }

    private void ratios() {
        for (BenchmarkReport.Run run : report.runs()) {
            if (run.ofStages() != null) {
                line(
                        "With %s the job reaches %.0f %% of the bare stages and adds %.1f CPU-ms to a frame.",
                        run.variant().phrase(), 100 * run.ofStages(), run.cpuMsAdded());
            }
            if (run.part() == Part.STAGES) {
                for (PaperResult paper : report.paper()) {
                    if (paper.matches(run.variant())) {
                        line(
                                "With %s the stages are %.2f times as fast as the paper's pipeline (%s).",
                                run.variant().phrase(),
                                run.throughput().fps() / paper.fps(),
                                paper.mode());
                    }
                }
            }
        }
    }

    private void jpegs() {
        if (report.jpegs().isEmpty()) {
            return;
        }
        line("%n| JPEG, one thread | bytes | ms to decode | ms to encode |");
        line("| --- | --- | --- | --- |");
        for (JpegTime time : report.jpegs()) {
            line(
                    "| %s | %,d | %.1f | %.1f |",
                    time.picture(), time.bytes(), time.decodeMs(), time.encodeMs());
        }
    }

    private void torch(boolean wanted) {
        if (report.torch() == null) {
            if (wanted) {
                line("PyTorch is not installed, so nothing was compared with it.");
            }
            return;
        }
        double torchFps = report.torch().path("fps").path("pytorch").asDouble();
        int batch = report.torch().path("batch").asInt();
        report.runs().stream()
                .filter(run -> run.part() == Part.MODEL && run.variant().batch() == batch)
                .forEach(
                        run ->
                                line(
                                        "The model alone, batches of %d: %.1f frames a second, %.2f times PyTorch's %.1f on the same weights.",
                                        batch,
                                        run.throughput().fps(),
                                        run.throughput().fps() / torchFps,
                                        torchFps));
    }

    private void live(BenchmarkReport.Live live) {
        LiveBenchmark.Result result = live.result();
        line(
                "Behind %d cameras of %.0f frames a second, %s: %.1f stylized a second, %d frames behind at the end, from append to append in ms %s; %s; %.1f cores busy.",
                result.streams(),
                result.camerasFps(),
                live.variant().phrase(),
                result.fps(),
                result.backlog(),
                result.latencyMs(),
                result.outcomes(),
                result.cpuCores());
        if (result.unfinished() > 0) {
            line(
                    "The job was slower than the cameras: %d of %d frames had no result when it was given up to wait for them, and the latencies are those of the others.",
                    result.unfinished(), result.offered());
        }
    }

    private void prompts() {
        PromptBenchmark.Result result = report.promptChanges();
        if (result == null) {
            return;
        }
        line(
                "%n| %d changes of prompts, %d cameras of %.0f frames a second | p50 | p95 | worst |",
                result.changes(), result.streams(), result.camerasFps());
        line("| --- | --- | --- | --- |");
        line(
                "| ms from the prompt's append to that of the first frame it made | %.0f | %.0f | %.0f |",
                result.changeMs().get("p50"),
                result.changeMs().get("p95"),
                result.changeMs().get("max"));
        line(
                "| frames of the stream that still came in the old version | %.0f | %.0f | %.0f |",
                result.oldFrames().get("p50"),
                result.oldFrames().get("p95"),
                result.oldFrames().get("max"));
        line(
                "%nOf %d frames %d bore an older version than one before them, %d were blank, %d were not restyled, %d came twice.",
                result.frames(),
                result.mixed(),
                result.blank(),
                result.notStylized(),
                result.repeated());
    }

    private void line(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
