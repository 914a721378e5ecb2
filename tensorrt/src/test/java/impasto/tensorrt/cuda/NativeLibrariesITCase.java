package impasto.tensorrt.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import impasto.tensorrt.NativeLibraryException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a process says on a machine that lacks a library. Empty libraries stand in for what is
 * there; in processes of their own, since a process loads a library once.
 */
class NativeLibrariesITCase {

    private static final String EMPTY = "stand-ins/linux-x86_64/libnvrtc.so.12";

    @TempDir Path folder;

    @BeforeEach
    void requireAMachineWithoutCuda() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "not on Linux");
        assumeTrue(
                NativeLibraries.locate(
                                new NativeLibraries.Library("cudart@.12", "libcudart.so.12"),
                                NativeLibraries.searchPath())
                        .isEmpty(),
                "this machine has CUDA");
    }

    @Test
    void withoutTheCudaRuntimeOneSentenceSaysWhereToGetIt() throws Exception {
        assertThat(loadWith("libcuda.so.1"))
                .startsWith("cudart cannot be loaded (")
                .contains("it needs libcudart.so.12, the CUDA 12 runtime: install CUDA 12, or")
                .doesNotContain("\n");
    }

    @Test
    void withoutTensorRtOneSentenceSaysWhereToGetIt() throws Exception {
        assertThat(loadWith("libcuda.so.1", "libcudart.so.12"))
                .startsWith("nvinfer cannot be loaded (")
                .contains("it needs TensorRT 10.6 or a later 10.x: install it and name its folder")
                .doesNotContain("\n");
    }

    private String loadWith(String... libraries) throws IOException, InterruptedException {
        for (String library : libraries) {
            try (InputStream empty = NativeLibraries.class.getResourceAsStream(EMPTY)) {
                Files.copy(empty, folder.resolve(library));
            }
        }
        Path output = folder.resolve("output");
        int exit =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-D" + NativeLibraries.PATH_PROPERTY + "=" + folder,
                                        // JavaCPP leaves links to what it has loaded there.
                                        "-Dorg.bytedeco.javacpp.cachedir="
                                                + folder.resolve("cache"),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Loading.class.getName()))
                        .redirectError(folder.resolve("errors").toFile())
                        .redirectOutput(output.toFile())
                        .start()
                        .waitFor();
        assertThat(exit).as(Files.readString(folder.resolve("errors"))).isZero();
        return Files.readString(output);
    }

    /** What the process runs. */
    static final class Loading {
        public static void main(String[] arguments) {
            try {
                NativeLibraries.load();
            } catch (NativeLibraryException e) {
                System.out.print(e.getMessage());
            }
        }
    }
}
