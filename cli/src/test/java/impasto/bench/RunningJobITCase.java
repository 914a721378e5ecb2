package impasto.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.job.OptionException;
import impasto.local.BundleFolder;
import impasto.model.BundleManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is measured of a running job, small, with the project's own bundle. */
class RunningJobITCase {

    @Test
    void everyFrameThatIsMeasuredGoesThroughTheModelHoweverFewMayWaitForPrompts() throws Exception {
        try (JobBenchmark job = new JobBenchmark(new PreparedFrames(2, 64), true)) {
            job.start(
                    BundleFolder.find(BundleFolder.DEFAULT),
                    Map.of("prompts.max-waiting-frames", "2"));

            assertThat(job.run(8, 32, 8).frames()).isPositive();
        }
    }

    @Test
    void resultsInTransactionsAreRefused() throws Exception {
        try (JobBenchmark job = new JobBenchmark(new PreparedFrames(1, 64), true)) {
            assertThatThrownBy(
                            () ->
                                    job.start(
                                            BundleFolder.find(BundleFolder.DEFAULT),
                                            Map.of("delivery.guarantee", "exactly-once")))
                    .isInstanceOf(OptionException.class)
                    .hasMessageContaining("delivery.guarantee is exactly-once")
                    .hasMessageContaining("expected at-least-once");
        }
    }

    @Test
    void aJobThatSendsFramesPastTheModelIsNotMeasured() throws Exception {
        try (JobBenchmark job = new JobBenchmark(new PreparedFrames(1, 64), true)) {
            job.start(
                    BundleFolder.find(BundleFolder.DEFAULT),
                    Map.of("overload.policy", "pass-through", "batch.queue-per-stream", "1"));

            assertThatThrownBy(() -> job.run(8, 24, 8))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("did not restyle all frames")
                    .hasMessageContaining("PASSED_THROUGH=");
        }
    }

    @Test
    void promptsAreChangedInTheRunningJobWithoutABlankOrMixedFrame() throws Exception {
        try (JobBenchmark job = new JobBenchmark(new PreparedFrames(1, 64), false)) {
            Path bundle = BundleFolder.find(BundleFolder.DEFAULT);
            job.start(bundle, Map.of());
            PromptBenchmark.Result result =
                    new PromptBenchmark(job, 1, 2, BundleManifest.read(bundle).styles())
                            .run(3, Duration.ofSeconds(1));

            assertThat(result.isClean()).as(result::toString).isTrue();
            assertThat(result.changes()).isEqualTo(3);
            assertThat(result.frames()).isPositive();
            assertThat(result.changeMs()).containsOnlyKeys("p50", "p95", "max");
        }
    }

    @Test
    void aJobThatIsSlowerThanItsCamerasIsReportedWithWhatIsBehind() throws Exception {
        try (JobBenchmark job = new JobBenchmark(new PreparedFrames(2, 64), false)) {
            job.start(BundleFolder.find(BundleFolder.DEFAULT), Map.of());
            LiveBenchmark.Result result =
                    new LiveBenchmark(job, 2, 200, Duration.ofSeconds(10))
                            .run(Duration.ZERO, Duration.ZERO, 0, Duration.ofSeconds(5));

            assertThat(result.offered()).isEqualTo(2000);
            assertThat(result.unfinished()).isPositive();
            assertThat(result.backlog()).isPositive();
        }
    }
}
