package impasto.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class ImpastoTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine impasto =
            Impasto.commandLine()
                    .addSubcommand(new Failing())
                    .setOut(new PrintWriter(out, true))
                    .setErr(new PrintWriter(err, true));

    @Test
    void printsTheVersionOfTheBuild() {
        assertThat(impasto.execute("--version")).isZero();
        assertThat(out.toString()).matches("(?s)impasto \\d+\\.\\d+.*Java .*");
    }

    @Test
    void printsHelp() {
        assertThat(impasto.execute("--help")).isZero();
        assertThat(out.toString()).contains("Usage: impasto", "--verbose", "Exit codes:");
    }

    @Test
    void asksForACommandWhenThereIsNone() {
        assertThat(impasto.execute()).isEqualTo(2);
        assertThat(err.toString()).contains("impasto: which command?", "Try 'impasto --help'.");
    }

    @Test
    void reportsAFailureInOneLine() {
        assertThat(impasto.execute("fail")).isEqualTo(1);
        assertThat(err.toString()).isEqualToIgnoringNewLines("impasto: frame 7: not found");
    }

    @Test
    void reportsAFailureWithItsStackWhenAsked() {
        assertThat(impasto.execute("fail", "-v")).isEqualTo(1);
        assertThat(err.toString())
                .contains("at impasto.cli.ImpastoTest")
                .endsWith("impasto: frame 7: not found" + System.lineSeparator());
    }

    @Test
    void batchSizesForAGpuAreCheckedBeforeTheGpuIsLookedFor() {
        assertThat(impasto.execute("bundle", "build", "nano", "--batch-sizes", "0,8")).isEqualTo(2);
        assertThat(err.toString()).contains("batch sizes [0, 8], expected at least 1 each");
    }

    @Test
    void withoutADriverThereIsNothingToBuildPlansFor() {
        assumeThat(Files.exists(Path.of("/dev/nvidiactl"))).isFalse();

        assertThat(impasto.execute("bundle", "build", "nano")).isEqualTo(1);
        assertThat(err.toString()).contains("impasto: no NVIDIA driver on this machine");
    }

    @Command(name = "fail")
    static final class Failing implements Runnable {
        @Override
        public void run() {
            throw new java.io.UncheckedIOException(
                    "frame 7:\n   not found", new IOException("not found"));
        }
    }
}
