package impasto.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionReferenceTest {

    private static final String REGENERATE =
            "mvn -Dquick -Dtest=OptionReferenceTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dimpasto.docs.write=true test -pl job -am";

    @Test
    void thePageInTheDocsIsUpToDate() throws IOException {
        Path page = Path.of(System.getProperty("impasto.home"), "docs", "options.md");
        if (Boolean.getBoolean("impasto.docs.write")) {
            Files.writeString(page, OptionReference.markdown());
        }
        assertThat(page)
                .as("docs/options.md is generated; write it anew with: %s", REGENERATE)
                .hasContent(OptionReference.markdown());
    }
}
