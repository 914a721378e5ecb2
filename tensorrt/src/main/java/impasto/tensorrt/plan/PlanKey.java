package impasto.tensorrt.plan;

import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.NativeLibraries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.bytedeco.tensorrt.global.nvinfer;

/**
 * All that a plan depends on. Plans of different keys are never exchanged.
 *
 * @param graph the graph's name, for people; two graphs of one name differ in their hash
 * @param graphHash SHA-256 over the ONNX file and its external data
 * @param tensorRt TensorRT's version
 * @param gpu name and compute capability
 * @param driver the driver's version
 * @param options how it is built
 */
public record PlanKey(
        String graph,
        String graphHash,
        String tensorRt,
        String gpu,
        String driver,
        BuildOptions options) {

    /**
     * The key of a graph on a GPU. Reads all of the graph's files but those of which the hash is
     * known; the key is the same either way.
     *
     * @param known SHA-256 in hex by file
     * @throws IOException if a file is missing, or is no ONNX file
     */
    public static PlanKey of(
            Path onnx, CudaDevice device, BuildOptions options, Map<Path, String> known)
            throws IOException {
        String file = onnx.getFileName().toString();
        return new PlanKey(
                file.endsWith(".onnx") ? file.substring(0, file.length() - 5) : file,
                OnnxFile.hash(onnx, known),
                NativeLibraries.version(nvinfer.getInferLibVersion()),
                device.name() + ", compute capability " + device.computeCapability(),
                device.driverVersion(),
                options);
    }

    /** Name of the plan's file: the graph's name, and a hash of all the rest. */
    public String fileName() {
        return graph + "-" + hash(graphHash, tensorRt, gpu, driver, options.canonical()) + ".plan";
    }

    /** Name of the file with what TensorRT measured on such a GPU. */
    String timingCacheFileName() {
        return "timings-" + hash(tensorRt, gpu, driver) + ".cache";
    }

    /** Under which the time of a build is noted: it hardly depends on the weights. */
    String buildTimeName() {
        return graph + "-" + hash(tensorRt, gpu, options.canonical());
    }

    private static String hash(String... parts) {
        byte[] all = String.join("\n", parts).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(OnnxFile.sha256().digest(all), 0, 12);
    }
}
