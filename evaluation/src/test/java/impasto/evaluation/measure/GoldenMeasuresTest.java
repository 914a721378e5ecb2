package impasto.evaluation.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import impasto.decode.Pixels;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compares each measure with {@code src/test/golden/measures.py}, whose head gives the command. */
class GoldenMeasuresTest {

    private static JsonNode golden;
    private static List<Pixels> inputs;
    private static List<Pixels> references;
    private static List<Pixels> outputs;
    private static List<OpticalFlow> flows;

    @BeforeAll
    static void read() throws IOException {
        golden =
                JsonMapper.builder()
                        .build()
                        .readTree(
                                Path.of(
                                                System.getProperty("impasto.home"),
                                                "evaluation/src/test/golden/measures.json")
                                        .toFile());
        inputs = Textures.inputs();
        references = Textures.references();
        outputs = Textures.outputs();
        flows = new ArrayList<>();
        for (int i = 1; i < inputs.size(); i++) {
            flows.add(OpticalFlow.between(inputs.get(i - 1), inputs.get(i)));
        }
    }

    @Test
    void thePicturesAreThoseOfTheScript() throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Stream.of(inputs, references, outputs)
                .flatMap(List::stream)
                .forEach(picture -> digest.update(picture.rgb()));

        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo(golden.get("pictures_sha256").asText());
    }

    @Test
    void flow() {
        for (int t = 0; t < flows.size(); t++) {
            float[] vectors = flows.get(t).vectors();
            double right = 0;
            double down = 0;
            for (int i = 0; i < vectors.length; i += 2) {
                right += vectors[i];
                down += vectors[i + 1];
            }
            JsonNode mean = golden.get("flow_mean").get(t);
            assertThat(2 * right / vectors.length).isCloseTo(mean.get(0).asDouble(), within(1e-3));
            assertThat(2 * down / vectors.length).isCloseTo(mean.get(1).asDouble(), within(1e-3));
        }
    }

    @Test
    void warpError() {
        for (int t = 0; t < flows.size(); t++) {
            // OpenCV rounds positions to 1/32 pixel, the script does not.
            assertThat(WarpError.of(outputs.get(t), outputs.get(t + 1), flows.get(t)))
                    .isCloseTo(golden.get("warp_error").get(t).asDouble(), within(0.02));
        }
    }

    @Test
    void consecutiveL1AndConsistencyRatio() {
        double warpErrors = 0;
        double differences = 0;
        for (int t = 0; t < flows.size(); t++) {
            double difference = Differences.meanAbsolute(outputs.get(t), outputs.get(t + 1));
            assertThat(difference)
                    .isCloseTo(golden.get("consecutive_l1").get(t).asDouble(), within(1e-9));
            differences += difference;
            warpErrors += WarpError.of(outputs.get(t), outputs.get(t + 1), flows.get(t));
        }

        assertThat(ConsistencyRatio.of(warpErrors / flows.size(), differences / flows.size()))
                .isCloseTo(golden.get("consistency_ratio").asDouble(), within(1e-3));
    }

    @Test
    void referenceL1() {
        for (int t = 0; t < outputs.size(); t++) {
            assertThat(Differences.meanAbsolute(outputs.get(t), references.get(t)))
                    .isCloseTo(golden.get("reference_l1").get(t).asDouble(), within(1e-9));
        }
    }

    @Test
    void sobelEnergy() {
        for (int t = 0; t < outputs.size(); t++) {
            assertThat(SobelEnergy.of(outputs.get(t)))
                    .isCloseTo(golden.get("sobel").get(t).asDouble(), within(1e-6));
        }
    }

    @Test
    void highFrequency() {
        for (int t = 0; t < outputs.size(); t++) {
            assertThat(HighFrequency.of(outputs.get(t)))
                    .isCloseTo(golden.get("hf_fft").get(t).asDouble(), within(1e-6));
        }
    }

    @Test
    void pictureStatistics() {
        for (int t = 0; t < outputs.size(); t++) {
            PictureStatistics statistics = PictureStatistics.of(outputs.get(t));
            assertThat(statistics.brightness())
                    .isCloseTo(golden.get("brightness").get(t).asDouble(), within(1e-9));
            assertThat(statistics.contrast())
                    .isCloseTo(golden.get("contrast").get(t).asDouble(), within(1e-9));
            assertThat(statistics.saturation())
                    .isCloseTo(golden.get("saturation").get(t).asDouble(), within(1e-9));
        }
    }

    @Test
    void percentiles() {
        JsonNode expected = golden.get("percentiles");
        DoubleStream.Builder values = DoubleStream.builder();
        expected.get("values").forEach(value -> values.add(value.asDouble()));
        Percentiles percentiles = new Percentiles(values.build());

        for (int percent : new int[] {20, 50, 95}) {
            assertThat(percentiles.at(percent))
                    .isEqualTo(expected.get(Integer.toString(percent)).asDouble());
        }
    }
}
