package impasto.evaluation.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.evaluation.restyle.Conditioning;
import impasto.evaluation.restyle.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {

    @TempDir private Path folder;

    @Test
    void whatWasAppendedIsReadBack() throws IOException {
        ResultsFile file = new ResultsFile(folder.resolve("new/results.jsonl"));
        Row row = row("goat", 1.25);

        file.append(row);

        assertThat(file.read()).containsExactly(row);
    }

    @Test
    void aRowBeginsWithWhatAPersonLooksFor() throws IOException {
        Path path = folder.resolve("results.jsonl");
        new ResultsFile(path).append(row("goat", 1.25));

        assertThat(Files.readString(path))
                .startsWith(
                        "{\"table\":\"main\",\"clip\":\"goat\",\"setting\":\"base\",\"metrics\":{\"warp_error\":1.25}")
                .contains("\"seed\":42", "\"schedule\":\"OFF\"", "\"sha256\":\"ab\"");
    }

    @Test
    void ofRowsWithTheSameKeyTheLastCounts() throws IOException {
        ResultsFile file = new ResultsFile(folder.resolve("results.jsonl"));
        file.append(row("goat", 1));
        file.append(row("camel", 2));
        file.append(row("goat", 3));

        assertThat(file.read())
                .extracting(row -> row.metric(Metric.WARP_ERROR))
                .containsExactly(3.0, 2.0);
    }

    @Test
    void aLineThatWasNotWrittenToItsEndIsWrittenAnew() throws IOException {
        Path path = folder.resolve("results.jsonl");
        ResultsFile file = new ResultsFile(path);
        file.append(row("goat", 1));
        Files.writeString(path, Files.readString(path) + "{\"table\":\"main\",\"cl");

        assertThat(file.read()).hasSize(1);
        file.append(row("camel", 2));
        assertThat(file.read())
                .extracting(row -> row.metric(Metric.WARP_ERROR))
                .containsExactly(1.0, 2.0);
    }

    @Test
    void noFileMeansNoRowsYet() throws IOException {
        assertThat(new ResultsFile(folder.resolve("none.jsonl")).read()).isEmpty();
    }

    @Test
    void namesTheLineThatCannotBeRead() throws IOException {
        Path path = folder.resolve("old.jsonl");
        new ResultsFile(path).append(row("goat", 1));
        Files.writeString(path, Files.readString(path) + "{\"table\": \"main\", oops\n");

        assertThatThrownBy(() -> new ResultsFile(path).readExisting())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("old.jsonl line 2 is not a row of results");
    }

    @Test
    void namesWhatARowLacks() throws IOException {
        Path path = Files.writeString(folder.resolve("old.jsonl"), "{\"table\": \"main\"}\n");

        assertThatThrownBy(() -> new ResultsFile(path).readExisting())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 1")
                .hasMessageContaining("clip");
    }

    @Test
    void aFileToCompareWithMustBeThereAndHaveRows() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.jsonl"));

        assertThatThrownBy(() -> new ResultsFile(empty).readExisting())
                .hasMessageContaining("empty.jsonl is empty");
        assertThatThrownBy(() -> new ResultsFile(folder.resolve("none.jsonl")).readExisting())
                .hasMessageContaining("none.jsonl: no such file");
    }

    private static Row row(String clip, double warpError) {
        RowSpec spec =
                new RowSpec(
                        "main",
                        clip,
                        "base",
                        RowSpec.Measurement.RESTYLE,
                        "oil",
                        42,
                        48,
                        new Setting(8, true, Conditioning.OFF),
                        0,
                        null);
        return new Row(
                "main",
                clip,
                "base",
                Map.of("warp_error", warpError),
                Map.of("warp_error", List.of(1.0, 1.5)),
                42,
                spec,
                Map.of("name", "nano", "version", "1", "sha256", "ab"),
                Map.of("opencv", "4.10.0"),
                Map.of("cores", "2"),
                "abc",
                "cd",
                "2026-01-01T00:00:00Z");
    }
}
