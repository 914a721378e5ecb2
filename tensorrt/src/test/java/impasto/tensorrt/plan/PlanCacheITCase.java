package impasto.tensorrt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCacheITCase {

    @TempDir Path folder;

    @Test
    void processesThatAskAtOnceShareOneBuild() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    OneProcess.class.getName(),
                                    folder.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("output" + i).toFile())
                            .start());
        }
        for (int i = 0; i < 3; i++) {
            assertThat(processes.get(i).waitFor())
                    .as(Files.readString(folder.resolve("output" + i)))
                    .isZero();
        }
        assertThat(Files.readAllLines(folder.resolve("builds"))).hasSize(1);
    }

    /** What each of the processes runs. */
    static final class OneProcess {
        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            Path plan =
                    new PlanCache(folder.resolve("plans"))
                            .plan(
                                    new PlanKey(
                                            "denoiser",
                                            "hash",
                                            "10.6.0",
                                            "GPU",
                                            "driver",
                                            BuildOptions.forBatchSizes(1)),
                                    (file, timings, expected, listener) -> {
                                        Files.writeString(
                                                folder.resolve("builds"),
                                                ProcessHandle.current().pid() + "\n",
                                                StandardOpenOption.CREATE,
                                                StandardOpenOption.APPEND);
                                        pause();
                                        Files.writeString(file, "plan");
                                    },
                                    BuildListener.NONE);
            if (!Files.readString(plan).equals("plan")) {
                throw new IllegalStateException("a part of a plan was seen");
            }
        }

        /** Long enough for the others to come. */
        private static void pause() {
            try {
                Thread.sleep(1500);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
