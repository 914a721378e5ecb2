package impasto.tensorrt.engine;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import impasto.tensorrt.TinyGraph;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A model of the engine, for tests, loaded as users do. */
final class GpuModel implements AutoCloseable {

    private final Model model;
    private final ParameterStore parameters;

    GpuModel(Path onnx, Map<String, String> options) throws Exception {
        Map<String, String> all = new HashMap<>(options);
        // What is tested is whether values are right, not how fast they come.
        all.putIfAbsent("optimizationLevel", "1");
        all.putIfAbsent("planCache", onnx.resolveSibling("plans").toString());
        model = Model.newInstance("tiny", "TensorRT");
        boolean loaded = false;
        try {
            model.load(onnx, null, all);
            loaded = true;
        } finally {
            if (!loaded) {
                model.close();
            }
        }
        parameters = new ParameterStore(model.getNDManager(), false);
    }

    static GpuModel of(TinyGraph graph, Path file, Map<String, String> options) throws Exception {
        return new GpuModel(graph.write(file), options);
    }

    static NDManager newManager() {
        return NDManager.newBaseManager(null, "TensorRT");
    }

    Model model() {
        return model;
    }

    NDList run(NDList inputs) {
        return model.getBlock().forward(parameters, inputs, false);
    }

    @Override
    public void close() {
        model.close();
    }
}
