package impasto.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import impasto.local.BundleFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The measurements themselves, small, with the project's own bundle. No time is asserted. */
class BenchCommandITCase {

    @TempDir private Path folder;

    private final StringWriter said = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @Test
    void stagesAndJobAreMeasuredInEveryWayAndTheLanesDrawn() throws Exception {
        Path paper =
                Files.writeString(
                        folder.resolve("paper.json"),
                        """
                        [{"settings": {"mode": "released", "batch": 1, "text_every": 0, "hooks": "none", "refresh_every": 8},
                          "fps": 2.0, "latency_ms": {"p50": 900.0, "p95": 950.0, "p99": 999.0}, "cores_used": 1.5}]
                        """);
        Path json = folder.resolve("bench.json");

        int status =
                bench(
                        "--measure=graphs,stages,job",
                        "--streams=1",
                        "--frames=4",
                        "--batch=1",
                        "--conditioning=off,every-groups:2",
                        "--timeline=" + folder.resolve("lanes.svg"),
                        "--paper=" + paper,
                        "--json=" + json);

        assertThat(status).as(errors::toString).isZero();
        JsonNode report = JsonMapper.builder().build().readTree(json.toFile());
        assertThat(report.path("graphs").findValuesAsText("graph"))
                .contains("text_encoder", "vae_encoder", "denoiser", "vae_decoder");
        assertThat(report.path("runs").findValuesAsText("part"))
                .containsExactly("stages", "job", "stages", "job");
        assertThat(report.path("runs").findValuesAsText("conditioning"))
                .containsExactly("off", "off", "every-groups:2", "every-groups:2");
        JsonNode stages = report.path("runs").get(0);
        assertThat(stages.path("frames").asInt()).isEqualTo(4);
        assertThat(stages.path("latency_ms").path("p99").asDouble()).isPositive();
        assertThat(stages.path("cores_used").asDouble()).isPositive();
        assertThat(report.path("jpegs"))
                .hasSize(2)
                .allSatisfy(
                        jpeg -> {
                            assertThat(jpeg.path("bytes").asInt()).isGreaterThan(1000);
                            assertThat(jpeg.path("encode_ms").asDouble()).isPositive();
                        });
        assertThat(said.toString())
                .contains("times as fast as the paper's pipeline (released)")
                .contains(
                        "| the paper's pipeline in PyTorch, released | 1 | never | off | plain | 2.0 |");

        JsonNode lanes =
                JsonMapper.builder()
                        .build()
                        .readTree(
                                folder.resolve(
                                                "lanes-b1-text-never-conditioning-every-groups-2-prompts-plain.json")
                                        .toFile());
        assertThat(lanes.path("spans").findValuesAsText("work"))
                .contains(
                        "decode", "flow", "vae_encoder", "denoiser", "condition_encoder", "encode");
        assertThat(
                        folder.resolve(
                                "lanes-b1-text-never-conditioning-every-groups-2-prompts-plain.svg"))
                .content()
                .contains("denoiser of batch 6");
    }

    @Test
    void theStagesAreMeasuredWithTransitionsAndWithBlendsThatCostAFrameSomething()
            throws Exception {
        Path json = folder.resolve("bench.json");

        int status =
                bench(
                        "--measure=stages",
                        "--streams=2",
                        "--frames=4",
                        "--batch=2",
                        "--text=never,every-batch",
                        "--prompts=blend,transition,plain",
                        "--json=" + json);

        assertThat(status).as(errors::toString).isZero();
        JsonNode runs = JsonMapper.builder().build().readTree(json.toFile()).path("runs");
        assertThat(runs)
                .extracting(run -> run.path("text").asText() + " " + run.path("prompts").asText())
                .containsExactly(
                        "never plain",
                        "never transition",
                        "every-batch plain",
                        "every-batch transition",
                        "every-batch blend");
        assertThat(said.toString())
                .contains("| decode, model, encode | 2 | never | off | transition | ");
    }

    @Test
    void unknownPromptsAreRefusedWithTheKnownOnes() {
        assertThat(bench("--prompts=plain,morph")).isEqualTo(2);
        assertThat(errors.toString())
                .contains("--prompts morph, expected some of [plain, transition, blend]");
    }

    @Test
    void theJobIsNotMeasuredWithoutPlainPrompts() {
        assertThat(bench("--measure=stages,job", "--prompts=transition")).isEqualTo(2);
        assertThat(errors.toString()).contains("--prompts [transition], expected plain among them");
    }

    @Test
    void aBundleOfOneStyleHasNoOtherTextToComeFrom() throws Exception {
        JsonMapper mapper = JsonMapper.builder().build();
        ObjectNode manifest =
                (ObjectNode)
                        mapper.readTree(
                                BundleFolder.find(BundleFolder.DEFAULT)
                                        .resolve("pipeline.json")
                                        .toFile());
        manifest.putArray("styles").addObject().put("name", "oil").put("prompt", "oil painting");
        mapper.writeValue(folder.resolve("pipeline.json").toFile(), manifest);

        assertThat(bench("--bundle=" + folder, "--measure=stages", "--prompts=transition"))
                .isEqualTo(2);
        assertThat(errors.toString())
                .contains("--prompts [transition]: bundle nano has 1 styles, expected at least 2");
    }

    @Test
    void aBlendThatCostsNoFrameAnythingIsNotMeasured() {
        assertThat(bench("--measure=stages", "--prompts=blend")).isEqualTo(2);
        assertThat(errors.toString())
                .contains("--prompts [blend] with --text [never], expected some other --text");
    }

    @Test
    void anUnknownPartIsRefusedWithTheKnownOnes() {
        assertThat(bench("--measure=engine")).isEqualTo(2);
        assertThat(errors.toString())
                .contains(
                        "--measure engine, expected some of [graphs, model, stages, job, torch], or none");
    }

    @Test
    void anUnknownScheduleIsRefusedBeforeAnythingIsMeasured() {
        assertThat(bench("--conditioning=sometimes")).isEqualTo(2);
        assertThat(errors.toString()).contains("conditioning.refresh");
    }

    @Test
    void aTimelineIsAnSvgFile() {
        assertThat(bench("--timeline=lanes.png")).isEqualTo(2);
        assertThat(errors.toString())
                .contains("--timeline lanes.png, expected a file that ends in .svg");
    }

    private int bench(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "bench";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return Impasto.commandLine()
                .setErr(new PrintWriter(errors))
                .setOut(new PrintWriter(said))
                .execute(all);
    }
}
