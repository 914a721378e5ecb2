package impasto.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImpastoJobTest {

    @Test
    void whatComesLaterWins(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("options"), "a: 1\nb: two words\n# c: 3\n");
        assertThat(settings("--a", "0", "--options-file", file.toString(), "--b", "2"))
                .containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
    }

    @Test
    void anArgumentOfAnotherFormIsRefused() {
        assertThatThrownBy(() -> settings("key", "value"))
                .isInstanceOf(OptionException.class)
                .hasMessage("argument 'key', expected --key value");
        assertThatThrownBy(() -> settings("--key=value", "--other"))
                .hasMessage("argument '--key=value', expected --key value");
        assertThatThrownBy(() -> settings("--key", "value", "--other"))
                .hasMessage("argument '--other' has no value");
    }

    @Test
    void anOptionsFileThatCannotBeReadIsNamed(@TempDir Path folder) throws IOException {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> settings("--options-file", missing.toString()))
                .isInstanceOf(OptionException.class)
                .hasMessageContaining("missing")
                .hasMessageContaining("NoSuchFile");
        Path broken = Files.writeString(folder.resolve("broken"), "model.bundle: C:\\users\n");
        assertThatThrownBy(() -> settings("--options-file", broken.toString()))
                .isInstanceOf(OptionException.class)
                .hasMessageContaining("broken")
                .hasMessageContaining("key: value");
    }

    private static Map<String, String> settings(String... args) {
        return ImpastoJob.settings(args);
    }
}
