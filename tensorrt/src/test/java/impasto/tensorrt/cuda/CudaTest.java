package impasto.tensorrt.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.tensorrt.DeviceException;
import impasto.tensorrt.OutOfDeviceMemoryException;
import impasto.tensorrt.PoisonedDeviceError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaTest {

    @Test
    void runningOutOfMemorySaysHowMuchWasWantedAndHowMuchIsFree() {
        assertThat(
                        Cuda.failure(
                                2,
                                "out of memory",
                                "allocating 900 MiB for scratch memory",
                                "120 MiB free of 16,000 MiB"))
                .isInstanceOf(OutOfDeviceMemoryException.class)
                .hasMessage(
                        "allocating 900 MiB for scratch memory failed: out of device memory (120 MiB free of 16,000 MiB)");
    }

    @Test
    void anIllegalAddressPoisonsTheContext() {
        assertThatThrownBy(
                        () ->
                                Cuda.failure(
                                        700, "an illegal memory access", "waiting for the GPU", ""))
                .isInstanceOf(PoisonedDeviceError.class)
                .hasMessageContaining("waiting for the GPU failed: an illegal memory access")
                .hasMessageContaining("the process must be restarted");
    }

    @Test
    void otherErrorsDoNot() {
        assertThat(Cuda.failure(1, "invalid argument", "copying 8 bytes", ""))
                .isExactlyInstanceOf(DeviceException.class)
                .hasMessage("copying 8 bytes failed: invalid argument (CUDA error 1)");
    }

    @Test
    void sizesAreWrittenForPeople() {
        assertThat(Cuda.bytes(1234)).isEqualTo("1,234 bytes");
        assertThat(Cuda.bytes(4L << 30)).isEqualTo("4,096 MiB");
    }

    @Test
    void theDriversReleaseIsReadFromTheKernelModulesFile(@TempDir Path folder) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("version"),
                        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 2024");
        assertThat(CudaDevice.release(file)).isEqualTo("550.90.07, ");
        assertThat(CudaDevice.release(folder.resolve("absent"))).isEmpty();
    }
}
