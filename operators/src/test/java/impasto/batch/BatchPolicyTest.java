package impasto.batch;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchPolicyTest {
    @Test
    void valuesOutOfRangeAreNamed() {
        assertThatThrownBy(() -> new BatchPolicy(0, Duration.ZERO, 1, 1))
                .hasMessage("maxBatch is 0, expected at least 1");
        assertThatThrownBy(() -> new BatchPolicy(8, Duration.ofMillis(-1), 1, 1))
                .hasMessage("linger is PT-0.001S, expected zero or more");
        assertThatThrownBy(() -> new BatchPolicy(8, Duration.ZERO, 9, 1))
                .hasMessage("maxPerStream is 9, expected 1 to maxBatch, which is 8");
        assertThatThrownBy(() -> new BatchPolicy(8, Duration.ZERO, 8, 0))
                .hasMessage("queuePerStream is 0, expected at least 1");
    }
}
