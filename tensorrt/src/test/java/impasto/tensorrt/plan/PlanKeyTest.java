package impasto.tensorrt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlanKeyTest {

    private static final BuildOptions OPTIONS = BuildOptions.forBatchSizes(1, 8);
    private static final PlanKey KEY =
            new PlanKey(
                    "denoiser", "abc", "10.6.0", "NVIDIA H200, 9.0", "550.1, CUDA 12.4", OPTIONS);

    @Test
    void everyPartChangesTheFileName() {
        assertThat(
                        List.of(
                                KEY,
                                new PlanKey(
                                        "a",
                                        "abc",
                                        KEY.tensorRt(),
                                        KEY.gpu(),
                                        KEY.driver(),
                                        OPTIONS),
                                new PlanKey(
                                        "denoiser",
                                        "abd",
                                        KEY.tensorRt(),
                                        KEY.gpu(),
                                        KEY.driver(),
                                        OPTIONS),
                                new PlanKey(
                                        "denoiser",
                                        "abc",
                                        "10.7.0",
                                        KEY.gpu(),
                                        KEY.driver(),
                                        OPTIONS),
                                new PlanKey(
                                        "denoiser",
                                        "abc",
                                        KEY.tensorRt(),
                                        "NVIDIA L4, 8.9",
                                        KEY.driver(),
                                        OPTIONS),
                                new PlanKey(
                                        "denoiser",
                                        "abc",
                                        KEY.tensorRt(),
                                        KEY.gpu(),
                                        "570.1, CUDA 12.8",
                                        OPTIONS),
                                new PlanKey(
                                        "denoiser",
                                        "abc",
                                        KEY.tensorRt(),
                                        KEY.gpu(),
                                        KEY.driver(),
                                        BuildOptions.forBatchSizes(8))))
                .extracting(PlanKey::fileName)
                .doesNotHaveDuplicates();
    }

    @Test
    void theFileNameTellsTheGraph() {
        assertThat(KEY.fileName()).matches("denoiser-[0-9a-f]{24}\\.plan");
    }

    @Test
    void timingsAreSharedByGraphsAndNotByGpus() {
        PlanKey otherGraph =
                new PlanKey("vae", "x", KEY.tensorRt(), KEY.gpu(), KEY.driver(), OPTIONS);
        PlanKey otherGpu =
                new PlanKey("denoiser", "abc", KEY.tensorRt(), "NVIDIA L4", KEY.driver(), OPTIONS);

        assertThat(otherGraph.timingCacheFileName()).isEqualTo(KEY.timingCacheFileName());
        assertThat(otherGpu.timingCacheFileName()).isNotEqualTo(KEY.timingCacheFileName());
    }
}
