package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PhiloxNoiseTest {

    @Test
    void encryptsTheKnownAnswersOfTheRandom123Library() {
        // kat_vectors of Random123: philox4x32 10, counter and key all zero.
        int[] block = new int[4];
        PhiloxNoise.philox(0, 0, 0, block);
        assertThat(block).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    }

    @Test
    void equalsThePythonGenerator() throws IOException {
        JsonNode golden =
                JsonMapper.builder()
                        .build()
                        .readTree(
                                Path.of(
                                                System.getProperty("impasto.home"),
                                                "models/tests/golden/noise.json")
                                        .toFile());
        assertThat(golden.path("cases")).isNotEmpty();
        for (JsonNode sample : golden.path("cases")) {
            float[] normals = PhiloxNoise.normals(sample.path("seed").asLong(), 8);
            for (int i = 0; i < normals.length; i++) {
                assertThat(normals[i])
                        .as("seed %s, value %d", sample.path("seed"), i)
                        .isCloseTo(
                                (float) sample.path("first").get(i).asDouble(),
                                org.assertj.core.data.Offset.offset(1e-6f));
            }
        }
    }

    @Test
    void hasMeanZeroAndVarianceOne() {
        float[] normals = PhiloxNoise.normals(7, 100_000);
        double sum = 0;
        double squares = 0;
        for (float normal : normals) {
            sum += normal;
            squares += normal * normal;
        }
        assertThat(sum / normals.length).isBetween(-0.02, 0.02);
        assertThat(squares / normals.length).isBetween(0.98, 1.02);
    }

    @Test
    void aPrefixDoesNotDependOnTheLength() {
        assertThat(PhiloxNoise.normals(42, 5)).startsWith(PhiloxNoise.normals(42, 3));
    }
}
