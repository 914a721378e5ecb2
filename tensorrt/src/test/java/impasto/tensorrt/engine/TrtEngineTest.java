package impasto.tensorrt.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;
import impasto.tensorrt.NativeLibraryException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class TrtEngineTest {

    @Test
    void djlFindsTheEngineByItsName() {
        assertThat(Engine.hasEngine("TensorRT")).isTrue();
        assertThat(ServiceLoader.load(EngineProvider.class))
                .extracting(EngineProvider::getEngineName)
                .contains("TensorRT");
    }

    @Test
    void itIsNotTheDefaultWhereThereIsAnother() {
        assertThat(Engine.getDefaultEngineName()).isEqualTo("OnnxRuntime");
    }

    @Test
    void withoutADriverOneSentenceSaysSo() {
        assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine has an NVIDIA driver");
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> Engine.getEngine("TensorRT"))
                    .isInstanceOf(NativeLibraryException.class)
                    .hasMessageMatching(
                            "no NVIDIA driver on this machine: libcuda.so.1 was not found|the TensorRT engine runs on linux-x86_64, this is .*");
        }
    }
}
