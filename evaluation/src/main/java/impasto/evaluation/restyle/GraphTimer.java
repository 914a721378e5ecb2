package impasto.evaluation.restyle;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import impasto.model.BundleManifest;
import impasto.model.EngineOptions;
import impasto.model.GraphRole;
import impasto.model.LoadedBundle;
import impasto.model.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Times each graph of a bundle alone, on one thread, with inputs of zeros: the time of these graphs
 * does not depend on what is in their inputs. Not thread-safe.
 */
public final class GraphTimer implements AutoCloseable {

    private static final double ENOUGH_SECONDS = 0.6;
    private static final int LEAST_RUNS = 3;
    private static final int MOST_RUNS = 50;

    private final LoadedBundle bundle;
    private final EngineOptions options;
    private final Engine engine;
    private final Map<GraphRole, Model> models = new EnumMap<>(GraphRole.class);

    /**
     * @param bundle stays the caller's
     * @param options with which it was loaded, so that plans are found and not built anew
     */
    public GraphTimer(LoadedBundle bundle, EngineOptions options) {
        this.bundle = bundle;
        this.options = options;
        this.engine = Engine.getEngine(options.engine());
    }

    /**
     * Runs a graph several times after one run that does not count.
     *
     * @return milliseconds of each run, outputs copied to the host
     * @throws IOException if the graph cannot be loaded
     */
    public double[] time(GraphRole role, int batch) throws IOException {
        Model model = models.get(role);
        if (model == null) {
            model = load(role);
            models.put(role, model);
        }
        try (NDManager manager = engine.newBaseManager()) {
            ParameterStore parameters = new ParameterStore(manager, false);
            NDList inputs = zeros(manager, bundle.manifest().graph(role), batch);
            double[] runs = new double[MOST_RUNS];
            int count = -1;
            double total = 0;
            while (count < LEAST_RUNS || (count < MOST_RUNS && total < ENOUGH_SECONDS * 1000)) {
                long start = System.nanoTime();
                for (NDArray output : model.getBlock().forward(parameters, inputs, false)) {
                    output.toByteBuffer();
                    output.close();
                }
                if (count >= 0) {
                    runs[count] = (System.nanoTime() - start) / 1e6;
                    total += runs[count];
                }
                count++;
            }
            return Arrays.copyOf(runs, count);
        }
    }

    private Model load(GraphRole role) throws IOException {
        Model model = engine.newModel(role.manifestName(), null);
        try {
            model.load(
                    bundle.directory().resolve(bundle.manifest().graph(role).file()),
                    null,
                    loadOptions(role));
            return model;
        } catch (MalformedModelException e) {
            model.close();
            throw new IOException(
                    "graph %s of bundle %s cannot be loaded: %s"
                            .formatted(
                                    role.manifestName(), bundle.manifest().name(), e.getMessage()),
                    e);
        }
    }

    private Map<String, ?> loadOptions(GraphRole role) {
        return options.engine().equals(EngineOptions.TENSORRT)
                ? options.tensorRtOptions(role, bundle.manifest())
                : Map.of("intraOpNumThreads", "1", "interOpNumThreads", "1");
    }

    private static NDList zeros(NDManager manager, BundleManifest.Graph graph, int batch) {
        NDList inputs = new NDList();
        for (TensorSpec spec : graph.inputs()) {
            List<Long> dimensions = new ArrayList<>(spec.dimensions());
            dimensions.set(0, (long) batch);
            Shape shape = new Shape(dimensions);
            ByteBuffer bytes =
                    manager.allocateDirect(
                            Math.toIntExact(shape.size() * spec.type().getNumOfBytes()));
            NDArray array = manager.create(bytes, shape, spec.type());
            array.setName(spec.name());
            inputs.add(array);
        }
        return inputs;
    }

    @Override
    public void close() {
        models.values().forEach(Model::close);
        models.clear();
    }
}
