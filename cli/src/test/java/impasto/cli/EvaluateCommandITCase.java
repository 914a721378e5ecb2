package impasto.cli;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.evaluation.table.Evaluation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandITCase {

    @TempDir private Path folder;

    private final StringWriter console = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @Test
    void measuresReportsComparesAndMeasuresARowAgain() throws IOException {
        Path out = folder.resolve("report");
        assertThat(evaluate("--quick", "--tables", "transfer", "--out", out.toString()))
                .as(errors::toString)
                .isZero();
        assertThat(out.resolve("index.html")).content().contains("Clips outside the training data");
        assertThat(out.resolve("README.md")).content().contains("`impasto evaluate --quick");

        Path results = out.resolve(Evaluation.RESULTS);
        assertThat(evaluate("--quick", "--tables=transfer", "--out=" + out, "--against=" + results))
                .isZero();
        assertThat(console.toString()).contains("comparisons are the same");

        assertThat(evaluate("--rerun", results + ":1")).as(errors::toString).isZero();
        assertThat(console.toString()).contains("warp_error").contains("equal");

        String row = Files.readAllLines(results).get(0);
        Path changed =
                Files.writeString(
                        folder.resolve("changed.json"),
                        row.replaceFirst("\"warp_error\":[0-9.]+", "\"warp_error\":99.5"));
        assertThat(evaluate("--rerun", changed.toString())).isEqualTo(1);
        assertThat(console.toString()).contains("DIFFERS");
    }

    @Test
    void anUnknownTableIsAnErrorThatNamesTheNearest() {
        assertThat(evaluate("--tables=man", "--out=" + folder)).isEqualTo(2);
        assertThat(errors.toString()).contains("--tables: no table 'man'; did you mean 'main'?");
    }

    @Test
    void aBatchThatNoTableHasIsAnError() {
        assertThat(evaluate("--batch-sizes=3,8", "--out=" + folder)).isEqualTo(2);
        assertThat(errors.toString())
                .contains("--batch-sizes: [3, 8], expected some of [1, 2, 4, 8, 16]");
    }

    @Test
    void rowsOfOtherBatchesAreLeftOut() throws IOException {
        Path out = folder.resolve("report");
        assertThat(evaluate("--quick", "--tables=batch", "--batch-sizes=4", "--out=" + out))
                .as(errors::toString)
                .isZero();
        assertThat(Files.readAllLines(out.resolve(Evaluation.RESULTS)))
                .isNotEmpty()
                .allMatch(row -> row.contains("B = 4"));
    }

    @Test
    void resultsNeedAPlace() {
        assertThat(evaluate("--tables=main")).isEqualTo(2);
        assertThat(errors.toString()).contains("--out DIR is missing");
    }

    @Test
    void aFolderWithoutClipsIsAnError() {
        assertThat(evaluate("--clips=" + folder, "--out=" + folder)).isEqualTo(1);
        assertThat(errors.toString()).contains("has no clips").contains("expected video files");
    }

    @Test
    void aMissingBundleIsAnError() {
        assertThat(evaluate("--bundle=" + folder.resolve("nana"), "--out=" + folder)).isEqualTo(1);
        assertThat(errors.toString()).contains("nana has no pipeline.json");
    }

    @Test
    void resultsThatCannotBeReadAreAnErrorThatNamesTheLine() throws IOException {
        Path old = Files.writeString(folder.resolve("old.jsonl"), "\nnot json\n");

        assertThat(evaluate("--against=" + old, "--out=" + folder)).isEqualTo(1);
        assertThat(errors.toString()).contains("old.jsonl line 2 is not a row of results");
    }

    @Test
    void aRowThatIsNotThereIsAnError() throws IOException {
        Path old = Files.writeString(folder.resolve("old.jsonl"), "{}\n");

        assertThat(evaluate("--rerun=" + old + ":7")).isEqualTo(1);
        assertThat(errors.toString()).contains("has no line 7, expected 1 to 1");
    }

    private int evaluate(String... options) {
        String[] line = new String[options.length + 1];
        line[0] = "evaluate";
        System.arraycopy(options, 0, line, 1, options.length);
        return Impasto.commandLine()
                .setOut(new PrintWriter(console))
                .setErr(new PrintWriter(errors))
                .execute(line);
    }
}
