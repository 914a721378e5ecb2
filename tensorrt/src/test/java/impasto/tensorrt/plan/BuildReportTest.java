package impasto.tensorrt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.tensorrt.plan.BuildListener.Progress;
import impasto.tensorrt.plan.BuildListener.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BuildReportTest {

    private final List<String> lines = new ArrayList<>();

    @Test
    void everyStepIsToldAndALongOneNowAndThen() {
        BuildReport report = new BuildReport(Duration.ofSeconds(5), lines::add);

        for (int second = 0; second < 12; second++) {
            report.progress(progress(Step.OPTIMIZING, "layer" + second, second, 123));
        }
        report.progress(progress(Step.WRITING, "800 MiB", 12, 123));
        report.progress(progress(Step.DONE, "", 13, 123));

        assertThat(lines)
                .containsExactly(
                        "choosing kernels, 0 s of about 123 s layer0",
                        "choosing kernels, 5 s of about 123 s layer5",
                        "choosing kernels, 10 s of about 123 s layer10",
                        "writing the plan, 12 s of about 123 s 800 MiB",
                        "done, 13 s of about 123 s");
    }

    @Test
    void theFirstBuildOfAGraphHasNoEstimate() {
        new BuildReport(Duration.ofSeconds(5), lines::add)
                .progress(
                        new Progress(
                                Step.PARSING,
                                "denoiser.onnx",
                                Duration.ofMillis(1500),
                                Optional.empty()));

        assertThat(lines).containsExactly("reading the graph, 1 s denoiser.onnx");
    }

    private static Progress progress(Step step, String detail, int seconds, int expected) {
        return new Progress(
                step,
                detail,
                Duration.ofSeconds(seconds),
                Optional.of(Duration.ofSeconds(expected)));
    }
}
