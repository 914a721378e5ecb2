package impasto.job;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.failure.Consequence;
import impasto.failure.FailurePolicy;
import impasto.tensorrt.PoisonedDeviceError;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Test;

class PoisonedDeviceTest {

    @Test
    void aPoisonedGpuEndsTheProcess() {
        PoisonedDeviceError error = new PoisonedDeviceError("the CUDA context is unusable");

        assertThat(FailurePolicy.of(error)).isEqualTo(Consequence.HALT_PROCESS);
        assertThat(ExceptionUtils.isJvmFatalError(error)).isTrue();
    }
}
