package impasto.tensorrt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BatchedTensorsTest {

    @Test
    void namesSurviveInANetworksName() {
        String name = BatchedTensors.write(List.of("frame", "latents, scaled"));

        assertThat(BatchedTensors.read(name)).contains(Set.of("frame", "latents, scaled"));
    }

    @Test
    void networksOfOthersSayNothing() {
        assertThat(BatchedTensors.read("Unnamed Network 0")).isEmpty();
        assertThat(BatchedTensors.read(null)).isEmpty();
    }
}
