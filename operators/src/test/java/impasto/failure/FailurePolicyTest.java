package impasto.failure;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import org.junit.jupiter.api.Test;

class FailurePolicyTest {

    @Test
    void aFailureMeansWhatTheTableSays() {
        assertThat(FailurePolicy.of(new BadInputException(DeadLetterReason.CORRUPT_IMAGE, "bad")))
                .isEqualTo(Consequence.DEAD_LETTER);
        assertThat(FailurePolicy.of(new EngineException("shape"))).isEqualTo(Consequence.ISOLATE);
        assertThat(FailurePolicy.of(new IllegalArgumentException("shape")))
                .isEqualTo(Consequence.ISOLATE);
        assertThat(FailurePolicy.of(new JobFailureException("no", null)))
                .isEqualTo(Consequence.FAIL_JOB);
        assertThat(FailurePolicy.of(new IllegalStateException("?")))
                .isEqualTo(Consequence.FAIL_JOB);
        assertThat(FailurePolicy.of(new OutOfMemoryError())).isEqualTo(Consequence.HALT_PROCESS);
    }
}
