package impasto.evaluation.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import impasto.evaluation.clip.Clip;
import impasto.evaluation.clip.ClipFolder;
import impasto.evaluation.compare.Rerun;
import impasto.evaluation.report.HtmlReport;
import impasto.evaluation.report.MarkdownReport;
import impasto.evaluation.report.Report;
import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Provenance;
import impasto.evaluation.result.ResultsFile;
import impasto.evaluation.result.Row;
import impasto.evaluation.result.RowSpec;
import impasto.model.EngineOptions;
import impasto.model.LoadedBundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quick subset on the model that comes with the project and a painted scene. */
class EvaluationITCase {

    private static final Path NANO = Path.of(System.getProperty("impasto.home"), "models", "nano");
    private static final Protocol PROTOCOL = Protocol.quick(Protocol.PROMPT, Protocol.SEED);

    private static final EngineOptions OPTIONS = new EngineOptions(EngineOptions.ONNX_RUNTIME, 0);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static LoadedBundle bundle;
    private static List<Clip> clips;

    @TempDir private Path out;

    @BeforeAll
    static void load() throws IOException {
        bundle = LoadedBundle.acquire(NANO, OPTIONS);
        clips = new ArrayList<>(ClipFolder.synthetic(2, 16));
        clips.add(ClipFolder.withCut(clips.get(0), clips.get(1), 32));
        clips.remove(1);
    }

    @AfterAll
    static void free() {
        bundle.close();
    }

    @Test
    void measuresTablesGoesOnWhereItWasAndReports() throws Exception {
        Set<Table> tables = Set.of(Table.MAIN, Table.PROFILE, Table.PROMPTS, Table.STREAMS);
        Evaluation.Outcome outcome = evaluation(bundle).run(tables, () -> false);

        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.rows().keySet()).containsExactlyInAnyOrderElementsOf(tables);
        for (Row row : outcome.rows().get(Table.MAIN)) {
            assertThat(row.metric(Metric.WARP_ERROR)).isPositive();
            assertThat(row.clipSha256()).isEqualTo(clips.get(0).sha256());
            assertThat(row.bundle()).containsEntry("name", "nano");
        }
        // Neither batches nor lanes change a picture.
        assertThat(outcome.rows().get(Table.MAIN))
                .filteredOn(row -> row.spec().setting().conditioning().isOff())
                .filteredOn(row -> row.metric(Metric.REFERENCE_L1) != null)
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.metric(Metric.REFERENCE_L1)).isLessThan(0.05));
        Row camera = outcome.rows().get(Table.STREAMS).get(0);
        assertThat(camera.metric(Metric.OFFERED_FPS)).isEqualTo(30);
        assertThat(camera.metric(Metric.FPS)).isPositive();
        assertThat(camera.metric(Metric.BATCH_FILL)).isBetween(0.01, 1.0);
        assertThat(camera.metric(Metric.DROPPED_SHARE)).isBetween(0.0, 1.0);
        assertThat(camera.metric(Metric.BACKLOG)).isNotNegative();

        try (Stream<Path> frames =
                Files.list(out.resolve("frames/prompts/synthetic-street/oil-painting-off"))) {
            assertThat(frames).hasSize(PROTOCOL.styleFrames());
        }

        String results = Files.readString(out.resolve(Evaluation.RESULTS));
        StringWriter console = new StringWriter();
        Evaluation.Outcome again = evaluation(bundle, console).run(tables, () -> false);
        assertThat(console.toString()).contains("0 to measure");
        assertThat(Files.readString(out.resolve(Evaluation.RESULTS))).isEqualTo(results);

        Report report = Report.of(again, "impasto evaluate", true);
        String html = Files.readString(HtmlReport.write(report, out));
        assertThat(html)
                .contains("the quick subset", "+ pipelining", "data:video/mp4", "data:image/jpeg")
                .contains("22.97", "RTX 3090 Ti", "Not reproduced here");
        assertThat(html.length()).isLessThan(5_000_000);
        // Nothing is fetched: the one address is a link.
        assertThat(html.replace("href=\"https://arxiv.org/abs/2606.05981\"", ""))
                .doesNotContain("src=\"http", "href=\"http", "url(http", "@import");
        assertThat(Files.readString(MarkdownReport.write(report, out)))
                .contains("| setting | frames per second |", "| the input itself |", "(`prompts`)");
    }

    @Test
    void aRowMeasuredAgainGivesTheSameNumbersExceptTimes() throws Exception {
        Provenance provenance = Provenance.of(bundle, "test");
        Plan plan = new Plan(PROTOCOL, bundle.manifest(), clips, false);
        for (Table table : List.of(Table.REFRESH, Table.DRIFT, Table.CUTS)) {
            RowSpec spec = plan.rows(table).get(plan.rows(table).size() - 1);
            Row first;
            Row second;
            try (RowRunner runner = new RowRunner(bundle, provenance, clips, Samples.none())) {
                first = runner.run(spec);
            }
            // As it comes from results.jsonl, in a runner that has measured nothing before.
            RowSpec read = ResultsFile.parse(JSON.writeValueAsString(first), "test").spec();
            try (RowRunner runner = new RowRunner(bundle, provenance, clips, Samples.none())) {
                second = runner.run(read);
            }
            assertThat(new Rerun(first, second).differences()).as(spec.key()).isEmpty();
            assertThat(first.metrics()).as(spec.key()).hasSizeGreaterThan(8);
        }
    }

    @Test
    void aBundleWithRandomWeightsIsTimedOnlyAndSaysSo(@TempDir Path shape) throws Exception {
        try (Stream<Path> files = Files.list(NANO)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, shape.resolve(file.getFileName()));
            }
        }
        Path manifest = shape.resolve("pipeline.json");
        ObjectNode content = (ObjectNode) JSON.readTree(manifest.toFile());
        content.put("description", "nano's shape with random weights");
        JSON.writeValue(manifest.toFile(), content);

        try (LoadedBundle random = LoadedBundle.acquire(shape, OPTIONS)) {
            Evaluation.Outcome outcome =
                    evaluation(random).run(Set.of(Table.SUSTAINED, Table.PROMPTS), () -> false);

            assertThat(outcome.left().get(Table.PROMPTS)).contains("random weights");
            assertThat(outcome.rows().get(Table.SUSTAINED))
                    .isNotEmpty()
                    .allSatisfy(row -> assertThat(row.metric(Metric.FPS)).isPositive())
                    .allSatisfy(row -> assertThat(row.metric(Metric.WARP_ERROR)).isNull());
            Report report = Report.of(outcome, "impasto evaluate", false);
            assertThat(Files.readString(HtmlReport.write(report, out)))
                    .contains("Only speed is measured here");
        }
    }

    @Test
    void stoppedBeforeARowItBeginsNone() throws Exception {
        Evaluation.Outcome outcome = evaluation(bundle).run(Set.of(Table.MAIN), () -> true);

        assertThat(outcome.complete()).isFalse();
        assertThat(out.resolve(Evaluation.RESULTS)).doesNotExist();
    }

    @Test
    void resultsOfAnotherBundleAreNotMixedIn() throws Exception {
        Files.writeString(
                out.resolve(Evaluation.RESULTS),
                """
                {"table":"main","clip":"c","setting":"s","metrics":{},"seed":1,"bundle":{"name":"other","version":"1","sha256":"ff"},\
                "spec":{"table":"main","clip":"c","label":"s","measurement":"INPUT","prompt":"","seed":1,"frames":8,\
                "setting":{"batch":8,"overlapped":true,"conditioning":{"schedule":"OFF","every_groups":1,"new_at_cuts":true}},"cameras":0}}
                """);

        assertThatThrownBy(() -> evaluation(bundle).run(Set.of(Table.MAIN), () -> false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has rows of bundle other 1 (ff), this is nano")
                .hasMessageContaining("use another --out");
    }

    @Test
    void resultsOfAnotherEngineAreNotMixedIn() throws Exception {
        Map<String, String> here = Provenance.of(bundle, "test").bundle();
        Files.writeString(
                out.resolve(Evaluation.RESULTS),
                """
                {"table":"main","clip":"c","setting":"s","metrics":{},"seed":1,"versions":{"engine":"TensorRT 10.6.0"},\
                "bundle":{"name":"%s","version":"%s","sha256":"%s"},\
                "spec":{"table":"main","clip":"c","label":"s","measurement":"INPUT","prompt":"","seed":1,"frames":8,\
                "setting":{"batch":8,"overlapped":true,"conditioning":{"schedule":"OFF","every_groups":1,"new_at_cuts":true}},"cameras":0}}
                """
                        .formatted(here.get("name"), here.get("version"), here.get("sha256")));

        assertThatThrownBy(() -> evaluation(bundle).run(Set.of(Table.MAIN), () -> false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has rows of engine TensorRT 10.6.0, this is OnnxRuntime");
    }

    private Evaluation evaluation(LoadedBundle loaded) throws IOException {
        return evaluation(loaded, new StringWriter());
    }

    private Evaluation evaluation(LoadedBundle loaded, StringWriter console) throws IOException {
        return new Evaluation(
                loaded,
                Provenance.of(loaded, "test"),
                PROTOCOL,
                clips,
                out,
                true,
                new PrintWriter(console));
    }
}
