package impasto.tensorrt.engine;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.NativeLibraries;
import org.bytedeco.tensorrt.global.nvinfer;

/**
 * The engine "TensorRT": runs ONNX graphs, or plans built from them, on NVIDIA GPUs. Model options
 * are in {@link ModelOptions}.
 */
public final class TrtEngine extends Engine {

    /** What to ask DJL for. */
    public static final String ENGINE_NAME = "TensorRT";

    /** Behind the others: it computes nothing but whole graphs, so it should not be the default. */
    static final int RANK = 20;

    /** Engines of a lower number compute with single arrays. */
    private static final int FIRST_RANK_WITHOUT_ARITHMETIC = 10;

    private final int gpus;

    TrtEngine() {
        this.gpus = CudaDevice.count();
    }

    static TrtEngine get() {
        return (TrtEngine) Engine.getEngine(ENGINE_NAME);
    }

    /** An engine that computes with single arrays, if there is one, for what this one cannot. */
    @Override
    public Engine getAlternativeEngine() {
        if (Boolean.getBoolean("ai.djl.tensorrt.disable_alternative")) {
            return null;
        }
        Engine engine = getDefaultEngineName().equals(ENGINE_NAME) ? this : getInstance();
        return engine.getRank() < FIRST_RANK_WITHOUT_ARITHMETIC ? engine : null;
    }

    @Override
    public String getEngineName() {
        return ENGINE_NAME;
    }

    @Override
    public int getRank() {
        return RANK;
    }

    /** The version of the library that was found, for example "10.6.0". */
    @Override
    public String getVersion() {
        return NativeLibraries.version(nvinfer.getInferLibVersion());
    }

    @Override
    public boolean hasCapability(String capability) {
        return StandardCapabilities.CUDA.equals(capability);
    }

    @Override
    public int getGpuCount() {
        return gpus;
    }

    @Override
    public Device defaultDevice() {
        return Device.gpu(0);
    }

    @Override
    public Model newModel(String name, Device device) {
        return new TrtModel(name, newBaseManager(device));
    }

    @Override
    public NDManager newBaseManager() {
        return newBaseManager(null);
    }

    /**
     * @throws IllegalArgumentException if the device is no GPU
     */
    @Override
    public NDManager newBaseManager(Device device) {
        return TrtNDManager.system().newSubManager(device);
    }

    @Override
    public String toString() {
        return "%s %s, %d GPU(s)".formatted(ENGINE_NAME, getVersion(), gpus);
    }
}
