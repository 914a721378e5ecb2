package impasto.tensorrt.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BuildOptionsTest {

    @Test
    void batchSizesAreSortedAndEachKeptOnce() {
        assertThat(BuildOptions.parse(Map.of("batchSizes", "8, 1,8")).batchSizes())
                .isEqualTo(List.of(1, 8));
    }

    @Test
    void namesOfOthersAreLeftAlone() {
        assertThat(BuildOptions.parse(Map.of("stream", "main")))
                .isEqualTo(BuildOptions.forBatchSizes(1));
    }

    @Test
    void aValueThatCannotBeNamesOptionAndValue() {
        assertThatThrownBy(() -> BuildOptions.parse(Map.of("batchSizes", "1,many")))
                .hasMessage("option batchSizes=1,many, expected whole numbers such as 1,8");
        assertThatThrownBy(() -> BuildOptions.parse(Map.of("batchSizes", "0")))
                .hasMessageContaining("batchSizes=[0]");
        assertThatThrownBy(() -> BuildOptions.parse(Map.of("tf32", "yes")))
                .hasMessage("option tf32=yes, expected true or false");
        assertThatThrownBy(() -> BuildOptions.parse(Map.of("optimizationLevel", "6")))
                .hasMessage("option optimizationLevel=6, expected 0 to 5");
    }

    @Test
    void everyOptionChangesTheCanonicalForm() {
        String defaults = BuildOptions.parse(Map.of()).canonical();
        Map<String, String> others =
                Map.of(
                        "batchSizes", "2",
                        "optimizationLevel", "5",
                        "workspaceMebibytes", "64",
                        "auxiliaryStreams", "0",
                        "tf32", "false",
                        "detailed", "true",
                        "alwaysDynamic", "true");
        assertThat(others.keySet()).isEqualTo(BuildOptions.NAMES);
        others.forEach(
                (name, value) ->
                        assertThat(BuildOptions.parse(Map.of(name, value)).canonical())
                                .isNotEqualTo(defaults));
    }
}
