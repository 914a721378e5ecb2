package impasto.tensorrt.engine;

import ai.djl.BaseModel;
import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import impasto.tensorrt.PlanBuildException;
import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.plan.BuildListener;
import impasto.tensorrt.plan.BuildReport;
import impasto.tensorrt.plan.Plan;
import impasto.tensorrt.plan.PlanCache;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph on a GPU. {@link #load(Path, String, Map)} takes an ONNX file, of which it builds a plan
 * the first time and keeps it in the {@link PlanCache}, or a file that ends in {@code .plan}.
 */
final class TrtModel extends BaseModel {

    private static final Logger LOG = LoggerFactory.getLogger(TrtModel.class);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(20);

    private PlanRunner runner;

    TrtModel(String name, NDManager manager) {
        super(name);
        this.manager = manager;
        this.manager.setName("trtModel");
        this.dataType = DataType.FLOAT32;
    }

    /**
     * @param modelPath the file, or a folder with {@code prefix.onnx} or {@code prefix.plan}
     * @param prefix the file's name; null for the model's name
     * @param options see {@link ModelOptions}
     * @throws MalformedModelException if TensorRT refuses the graph; the message names the node
     */
    @Override
    public void load(Path modelPath, String prefix, Map<String, ?> options)
            throws IOException, MalformedModelException {
        if (block != null) {
            throw new IllegalStateException(
                    "model %s has a block already; engine %s loads its own"
                            .formatted(modelName, TrtEngine.ENGINE_NAME));
        }
        ModelOptions parsed = ModelOptions.parse(options);
        Path file = modelFile(modelPath, prefix == null ? modelName : prefix);
        setModelDir(file.toAbsolutePath().getParent());
        Device gpu = manager.getDevice();
        CudaDevice device = CudaDevice.of(gpu.getDeviceId());
        CudaStream stream = device.stream(parsed.stream());
        Plan plan = Plan.load(device, plan(file, device, parsed));
        runner = new PlanRunner(modelName, plan, stream, parsed);
        block = new TrtSymbolBlock(runner, (TrtNDManager) manager);
        wasLoaded = true;
    }

    private Path plan(Path file, CudaDevice device, ModelOptions options)
            throws IOException, MalformedModelException {
        if (file.toString().endsWith(".plan")) {
            return file;
        }
        try {
            return new PlanCache(options.planCache())
                    .plan(
                            file,
                            device,
                            options.build(),
                            options.fileHashes(),
                            options.buildListener() == null ? report() : options.buildListener());
        } catch (PlanBuildException e) {
            throw new MalformedModelException(
                    "model %s: %s".formatted(modelName, e.getMessage()), e);
        }
    }

    /**
     * For callers that have no listener, such as a job, whose start would be silent for minutes.
     */
    private BuildListener report() {
        return new BuildReport(
                REPORT_EVERY, line -> LOG.info("Plan of model {}: {}", modelName, line));
    }

    private static Path modelFile(Path path, String name) throws FileNotFoundException {
        if (Files.isRegularFile(path)) {
            return path;
        }
        for (String ending : new String[] {"", ".onnx", ".plan"}) {
            Path file = path.resolve(name + ending);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        throw new FileNotFoundException(
                "%s is no file, and has no %s.onnx or %s.plan".formatted(path, name, name));
    }

    /** Waits for the model's runs. Arrays that it has returned expire. */
    @Override
    public void close() {
        if (runner != null) {
            runner.close();
        }
        super.close();
    }
}
