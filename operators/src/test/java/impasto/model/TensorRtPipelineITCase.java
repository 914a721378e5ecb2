package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.tensorrt.cuda.DeviceMemory;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On a GPU. */
@Tag("gpu")
class TensorRtPipelineITCase extends DevicePipelineITCase {

    TensorRtPipelineITCase() {
        super(EngineOptions.TENSORRT);
    }

    /** What the models have stays, such as their slots, which the first round fills. */
    @Test
    void whatBatchesHoldOnTheDeviceIsGivenBack() {
        pipeline.close();
        restyleAndClose();
        long before = DeviceMemory.allocatedBytes();
        for (int round = 0; round < 3; round++) {
            restyleAndClose();
            assertThat(DeviceMemory.allocatedBytes()).as("round %d", round).isEqualTo(before);
        }
        pipeline = new StylizePipeline(bundle);
    }

    private void restyleAndClose() {
        try (StylizePipeline closing = new StylizePipeline(bundle)) {
            for (int i = 0; i < 2 * (StylizePipeline.DEPTH_ON_DEVICE + 1); i++) {
                assertThat(conditioned(closing)).hasSize(7);
                assertThat(pictures(closing, new Batch(List.of(seen(1, "oil painting")))))
                        .hasSize(1);
            }
        }
    }
}
