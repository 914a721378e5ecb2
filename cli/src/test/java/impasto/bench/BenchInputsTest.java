package impasto.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes into a measurement, and how a blank picture is known. */
class BenchInputsTest {

    @TempDir private Path folder;

    @Test
    void aVariantIsAJobWithTheseOptions() {
        assertThat(new Variant(8, "never", "off", Prompts.PLAIN).jobOptions())
                .isEqualTo(
                        Map.of(
                                "batch.max-frames", "8",
                                "text.refresh", "never",
                                "conditioning.refresh", "off"));
        assertThat(
                        new Variant(16, "every-groups:4", "every-groups:8", Prompts.TRANSITION)
                                .jobOptions())
                .isEqualTo(
                        Map.of(
                                "batch.max-frames",
                                "16",
                                "text.refresh",
                                "every-groups",
                                "text.every-groups",
                                "4",
                                "conditioning.refresh",
                                "every-groups",
                                "conditioning.every-groups",
                                "8"));
    }

    @Test
    void resultsOfThePaperThatAreSomethingElseAreRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("paper.json"), "[{\"fps\": 3}]");

        assertThatThrownBy(() -> PaperResult.read(List.of(file)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("found {\"fps\":3}, expected a list of what python -m");
    }

    @Test
    void resultsOfThePaperSayWhatEachPartTakes() throws IOException {
        String result =
                """
                [{"fps": 3, "settings": {"mode": "compiled", "text_every": 0, "batch": %d},
                  "parts_ms": {"denoiser": %d.5}}]""";
        Path one = Files.writeString(folder.resolve("1.json"), result.formatted(1, 7));
        Path eight = Files.writeString(folder.resolve("8.json"), result.formatted(8, 22));

        assertThat(PaperResult.read(List.of(one, eight)))
                .extracting(PaperResult::batch, paper -> paper.partsMs().get("denoiser"))
                .containsExactly(tuple(1, 7.5), tuple(8, 22.5));
    }

    @Test
    void aPictureOfOneColourIsBlank() {
        BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        assertThat(PromptBenchmark.deviation(picture)).isZero();

        picture.setRGB(0, 0, 0xffffff);
        picture.setRGB(4, 4, 0xffffff);
        assertThat(PromptBenchmark.deviation(picture)).isGreaterThan(2);
    }
}
