package impasto.evaluation.restyle;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.evaluation.clip.Clip;
import impasto.evaluation.clip.ClipFolder;
import impasto.model.EngineOptions;
import impasto.model.LoadedBundle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class RestylerITCase {

    private static final Path NANO = Path.of(System.getProperty("impasto.home"), "models", "nano");

    /** More frames than any machine takes: what is inside at the end was not restyled in time. */
    @Test
    void overloadedByCamerasItCountsOnlyWhatCameOutInTime() throws Exception {
        Clip clip = ClipFolder.synthetic(1, 16).get(0);
        try (LoadedBundle bundle =
                        LoadedBundle.acquire(
                                NANO, new EngineOptions(EngineOptions.ONNX_RUNTIME, 0));
                Restyler restyler = new Restyler(bundle)) {
            CameraRun run =
                    restyler.cameras(
                            Collections.nCopies(8, clip),
                            Collections.nCopies(8, "watercolor"),
                            1,
                            1000,
                            new Setting(4, true, Conditioning.OFF),
                            Duration.ZERO,
                            Duration.ofSeconds(1));

            assertThat(run.offered()).isEqualTo(8000);
            assertThat(run.dropped()).isPositive();
            assertThat(run.backlog()).isPositive();
            // Without warm-up nothing was inside at the start.
            assertThat(run.stylized() + run.dropped() + run.backlog()).isEqualTo(run.offered());
            assertThat(run.latenciesMs()).hasSize((int) run.stylized());
            assertThat(run.droppedShare()).isBetween(0.01, 1.0);
        }
    }
}
