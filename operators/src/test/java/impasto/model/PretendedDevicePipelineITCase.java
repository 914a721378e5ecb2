package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Where there is no device: the order of things, with ONNX Runtime's arithmetic. */
class PretendedDevicePipelineITCase extends DevicePipelineITCase {

    PretendedDevicePipelineITCase() {
        super(DeviceEngine.NAME);
    }

    @Test
    void theHostReadsNothingButFinishedFrames() {
        DeviceEngine.READ.clear();
        List<?> pictures =
                pictures(
                        pipeline,
                        new Batch(
                                List.of(
                                        seen(1, "oil painting"),
                                        item(
                                                2,
                                                new Condition(
                                                        1,
                                                        null,
                                                        null,
                                                        null,
                                                        new Kept(),
                                                        new Kept())))));
        assertThat(pictures).hasSize(2);
        assertThat(DeviceEngine.READ).containsExactly(BundleContract.FRAME);
    }
}
