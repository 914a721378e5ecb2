package impasto.tensorrt.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.tensorrt.PoisonedDeviceError;
import impasto.tensorrt.TinyGraph;
import impasto.tensorrt.plan.BuildListener;
import impasto.tensorrt.plan.BuildOptions;
import impasto.tensorrt.plan.Plan;
import impasto.tensorrt.plan.PlanBuilder;
import impasto.tensorrt.plan.PlanContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, because that is what a poisoned context costs. */
@Tag("gpu")
class PoisonITCase {

    @TempDir Path folder;

    @Test
    void aKernelThatReadsWhereItMustNotPoisonsTheContextForGood() throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Djava.library.path=" + System.getProperty("java.library.path"));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Victim.class.getName()));
        command.add(folder.toString());
        Path output = folder.resolve("output");
        int exit =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start()
                        .waitFor();

        assertThat(Files.readString(output))
                .as("exit code %d", exit)
                .contains("first: waiting for stream main failed")
                .contains("the process must be restarted")
                .contains("second: ");
    }

    /** What the process runs. */
    static final class Victim {
        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            CudaDevice device = CudaDevice.of(0);
            Path onnx = TinyGraph.affine(4, 2, 1).write(folder.resolve("tiny.onnx"));
            Path file = folder.resolve("tiny.plan");
            new PlanBuilder(device)
                    .build(
                            onnx,
                            BuildOptions.forBatchSizes(1),
                            file,
                            null,
                            Optional.empty(),
                            BuildListener.NONE);
            CudaStream stream = device.stream("main");
            PlanContext context = new PlanContext(Plan.load(device, file), 1, stream);
            try {
                context.enqueue(List.of(1L << 12, 1L << 13));
                stream.synchronize();
            } catch (PoisonedDeviceError e) {
                System.out.println("first: " + e.getMessage());
            }
            try {
                DeviceMemory.allocate(stream, 256, "a test");
            } catch (PoisonedDeviceError e) {
                System.out.println("second: " + e.getMessage());
            }
            // Nothing can be cleaned up here.
            Runtime.getRuntime().halt(0);
        }
    }
}
