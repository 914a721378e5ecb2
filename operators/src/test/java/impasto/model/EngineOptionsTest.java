package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class EngineOptionsTest {

    private static final BundleManifest NANO = BundleManifest.read(TestBundle.path());

    @Test
    void graphsOfOneLaneShareACudaStream() {
        EngineOptions options = new EngineOptions(EngineOptions.TENSORRT, 0);

        assertThat(options.tensorRtOptions(GraphRole.VAE_ENCODER, NANO))
                .containsEntry("stream", "side");
        assertThat(options.tensorRtOptions(GraphRole.DENOISER, NANO))
                .containsEntry("stream", "main");
        assertThat(options.tensorRtOptions(GraphRole.VAE_DECODER, NANO))
                .containsEntry("stream", "main");
    }

    @Test
    void plansAreForTheBatchSizesThatTheBundleTakes() {
        EngineOptions options =
                new EngineOptions(EngineOptions.TENSORRT, 0, List.of(64, 4), "plans");

        assertThat(options.tensorRtOptions(GraphRole.DENOISER, NANO))
                .containsEntry("batchSizes", "4,16")
                .containsEntry("planCache", "plans");
    }

    @Test
    void aPromptIsEncodedAlone() {
        EngineOptions options = new EngineOptions(EngineOptions.TENSORRT, 0, List.of(8), "");

        assertThat(options.tensorRtOptions(GraphRole.TEXT_ENCODER, NANO))
                .containsEntry("batchSizes", "1,8")
                .doesNotContainKey("planCache");
    }

    @Test
    void aBatchSizeBelowOneIsRefused() {
        assertThatThrownBy(() -> new EngineOptions(EngineOptions.TENSORRT, 0, List.of(0, 8), ""))
                .hasMessage("batch sizes [0, 8], expected at least 1 each");
    }
}
