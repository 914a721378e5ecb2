package impasto.tensorrt.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.tensorrt.NativeLibraryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {

    private static final NativeLibraries.Library LIBRARY =
            new NativeLibraries.Library("nvinfer@.10", "libnvinfer.so.10");

    @TempDir Path folder;

    @Test
    void theFirstFolderThatHasALibraryWins() throws IOException {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path second = Files.createDirectory(folder.resolve("second"));
        Path file = Files.createFile(second.resolve("libnvinfer.so.10"));

        assertThat(NativeLibraries.locate(LIBRARY, List.of(first, second))).contains(file);
        Path better = Files.createFile(first.resolve("libnvinfer.so.10"));
        assertThat(NativeLibraries.locate(LIBRARY, List.of(first, second))).contains(better);
        assertThat(NativeLibraries.locate(LIBRARY, List.of())).isEmpty();
    }

    @Test
    void theFoldersOfTheLoadersConfigurationAreSearched() throws IOException {
        Files.writeString(
                folder.resolve("nvidia.conf"), "# CUDA\n/usr/local/cuda-12.6/lib64\n  /opt/trt\n");
        Files.writeString(folder.resolve("README"), "/not/this\n");

        assertThat(NativeLibraries.loaderDirectories(folder))
                .containsExactly("/usr/local/cuda-12.6/lib64", "/opt/trt");
        assertThat(NativeLibraries.loaderDirectories(folder.resolve("absent"))).isEmpty();
    }

    @Test
    void anotherMajorVersionOrAnOlderOneIsRefused() {
        assertThatCode(() -> NativeLibraries.checkVersion(100600)).doesNotThrowAnyException();
        assertThatCode(() -> NativeLibraries.checkVersion(101302)).doesNotThrowAnyException();
        assertThatThrownBy(() -> NativeLibraries.checkVersion(100500))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageStartingWith("TensorRT 10.5.0 was found, expected 10.6 or a later 10.x");
        assertThatThrownBy(() -> NativeLibraries.checkVersion(110200))
                .hasMessageStartingWith("TensorRT 11.2.0 was found");
    }
}
