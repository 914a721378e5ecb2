package impasto.tensorrt.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.tensorrt.plan.BuildListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelOptionsTest {

    @Test
    void withoutOptionsAModelRunsBatchesOfOneOnStreamMain() {
        ModelOptions options = ModelOptions.parse(null);

        assertThat(options.build().batchSizes()).isEqualTo(List.of(1));
        assertThat(options.stream()).isEqualTo("main");
        assertThat(options.slots()).isEqualTo(2);
        assertThat(options.bindDirectly()).isTrue();
        assertThat(options.replay()).isTrue();
    }

    @Test
    void optionsAreStrings() {
        BuildListener listener = progress -> {};
        ModelOptions options =
                ModelOptions.parse(
                        Map.of(
                                "stream", "side",
                                "batchSizes", "1,8",
                                "slots", "3",
                                "bind", "copy",
                                "replay", "false",
                                "planCache", "/tmp/plans",
                                "fileHashes", Map.of(Path.of("a.onnx"), "00ff"),
                                "buildListener", listener));

        assertThat(options.build().batchSizes()).isEqualTo(List.of(1, 8));
        assertThat(options.stream()).isEqualTo("side");
        assertThat(options.slots()).isEqualTo(3);
        assertThat(options.bindDirectly()).isFalse();
        assertThat(options.replay()).isFalse();
        assertThat(options.planCache()).isEqualTo(Path.of("/tmp/plans"));
        assertThat(options.fileHashes()).containsExactly(Map.entry(Path.of("a.onnx"), "00ff"));
        assertThat(options.buildListener()).isSameAs(listener);
    }

    @Test
    void anUnknownOptionIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> ModelOptions.parse(Map.of("streem", "side")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("unknown option 'streem', engine TensorRT has [")
                .hasMessageContaining("batchSizes")
                .hasMessageContaining("stream");
    }

    @Test
    void aValueThatCannotBeNamesOptionAndValue() {
        assertThatThrownBy(() -> ModelOptions.parse(Map.of("slots", "0")))
                .hasMessage("option slots=0, expected a number from 1 to 64");
        assertThatThrownBy(() -> ModelOptions.parse(Map.of("bind", "maybe")))
                .hasMessage("option bind=maybe, expected direct or copy");
        assertThatThrownBy(() -> ModelOptions.parse(Map.of("stream", "(uploads)")))
                .hasMessage("option stream=(uploads), expected letters, digits, - and _");
    }
}
