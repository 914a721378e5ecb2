package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.decode.Pixels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class OpenCvVideoTest {

    /** Another process, since libraries are never unloaded. */
    static final class WithoutWindows {

        private WithoutWindows() {}

        public static void main(String[] arguments) {
            OpenCvVideo.loadStandIns();
            Pixels before = waves(0);
            Pixels after = waves(1);
            float[] flow = new OpticalFlow(false).between(before, after);
            System.out.printf("moved by %.0f%n", flow[2 * (32 * 64 + 32)]);
        }

        private static Pixels waves(int movedBy) {
            byte[] rgb = new byte[3 * 64 * 64];
            for (int i = 0; i < rgb.length; i++) {
                int x = i / 3 % 64 - movedBy;
                int y = i / 3 / 64;
                rgb[i] = (byte) (128 + 60 * Math.sin(x * 0.4) + 60 * Math.cos(y * 0.3));
            }
            return new Pixels(rgb, 64, 64);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
    void opticalFlowNeedsNoWindowSystem() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                WithoutWindows.class.getName())
                        .redirectErrorStream(true)
                        .start();

        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("moved by 1");
    }
}
