package impasto.bundle;

import impasto.model.BundleException;
import impasto.model.BundleManifest;
import impasto.model.EngineOptions;
import impasto.model.GraphFiles;
import impasto.model.GraphRole;
import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.plan.BuildOptions;
import impasto.tensorrt.plan.BuildReport;
import impasto.tensorrt.plan.PlanCache;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Builds a bundle's TensorRT plans ahead of the job that will look for them in the same place. */
public final class BundlePlans {

    private static final Duration REPORT_EVERY = Duration.ofSeconds(5);

    private final Path directory;
    private final EngineOptions options;
    private final PlanCache cache;
    private final PrintWriter out;

    /**
     * @param directory of the bundle
     * @param options with the batch sizes and the plan cache that the job will have
     * @param out told of the progress
     */
    public BundlePlans(Path directory, EngineOptions options, PrintWriter out) {
        this.directory = directory;
        this.options = options;
        this.cache =
                new PlanCache(
                        options.planCache().isEmpty()
                                ? PlanCache.defaultFolder()
                                : Path.of(options.planCache()));
        this.out = out;
    }

    /**
     * Builds for the first GPU what a bundle lacks, where the engine is TensorRT: loading would
     * build it too, in silence.
     *
     * @param options with which the bundle will be loaded
     * @throws IOException if a plan cannot be written
     */
    public static void buildIfNeeded(Path directory, EngineOptions options, PrintWriter out)
            throws IOException {
        if (options.engine().equals(EngineOptions.TENSORRT)) {
            new BundlePlans(directory, options, out).build(0);
        }
    }

    /**
     * Builds what is not there.
     *
     * @param gpu number of the GPU; the others of its kind can use the same plans
     * @throws BundleException if the bundle is not sound, or TensorRT refuses a graph
     * @throws ai.djl.engine.EngineException if there is no GPU that can be used
     * @throws IOException if a plan cannot be written
     */
    public void build(int gpu) throws IOException {
        BundleManifest manifest = BundleManifest.read(directory);
        CudaDevice device = CudaDevice.of(gpu);
        out.println("Plans of %s for %s".formatted(manifest.name(), device.name()));
        GraphFiles files = new GraphFiles(directory, manifest);
        for (GraphRole role : GraphRole.values()) {
            Map<String, Object> modelOptions = options.tensorRtOptions(role, manifest);
            for (String name : manifest.graphNames(role)) {
                Path file = files.check(name).file();
                Path plan =
                        cache.plan(
                                file,
                                device,
                                BuildOptions.parse(modelOptions),
                                files.hashes(),
                                new BuildReport(
                                        REPORT_EVERY,
                                        line -> {
                                            out.println("  %-18s %s".formatted(name, line));
                                            out.flush();
                                        }));
                out.println(
                        "  %-18s batches of %s: %s"
                                .formatted(name, modelOptions.get(BuildOptions.BATCH_SIZES), plan));
                out.flush();
            }
        }
    }
}
