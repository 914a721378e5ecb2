package impasto.evaluation.restyle;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import impasto.model.BundleManifest;
import impasto.model.LoadedBundle;
import impasto.model.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times each graph of a bundle alone, one run after another, with inputs of zeros: the time of
 * these graphs does not depend on what is in their inputs.
 */
public final class GraphTimer {

    private static final double ENOUGH_SECONDS = 0.6;
    private static final int LEAST_RUNS = 3;
    private static final int MOST_RUNS = 50;

    private final LoadedBundle bundle;

    /**
     * @param bundle stays the caller's
     */
    public GraphTimer(LoadedBundle bundle) {
        this.bundle = bundle;
    }

    /**
     * Runs a graph several times after one run that does not count.
     *
     * @param graph its name in the manifest
     * @return milliseconds of each run, outputs copied to the host
     */
    public double[] time(String graph, int batch) {
        try (NDManager manager = bundle.newManager()) {
            NDList inputs = zeros(manager, bundle.manifest().graphs().get(graph), batch);
            double[] runs = new double[MOST_RUNS];
            int count = -1;
            double total = 0;
            while (count < LEAST_RUNS || (count < MOST_RUNS && total < ENOUGH_SECONDS * 1000)) {
                long start = System.nanoTime();
                for (NDArray output : bundle.run(graph, inputs)) {
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
}
