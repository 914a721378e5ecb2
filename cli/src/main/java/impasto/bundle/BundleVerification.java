package impasto.bundle;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import impasto.bench.GraphTime;
import impasto.bench.ProcessMemory;
import impasto.model.Batch;
import impasto.model.BundleException;
import impasto.model.BundleManifest;
import impasto.model.EngineOptions;
import impasto.model.GraphFile;
import impasto.model.GraphFiles;
import impasto.model.GraphRole;
import impasto.model.LoadedBundle;
import impasto.model.StylizePipeline;
import impasto.model.TensorSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds out whether a bundle is whole, computes what its reference computed, and what it needs: all
 * problems, not only the first.
 */
public final class BundleVerification {

    /** Least likeness to the reference where every tensor is float32 and the engine is on a CPU. */
    static final double EXACT_PSNR_DB = 60;

    /** Least likeness to the reference in half precision, or with a GPU's arithmetic. */
    static final double HALF_PRECISION_PSNR_DB = 40;

    private static final int MEASURED_BATCHES = 3;
    private static final double MIB = 1 << 20;

    private final Path directory;
    private final EngineOptions engine;
    private final PrintWriter out;
    private final List<String> problems = new ArrayList<>();

    /**
     * @param directory of the bundle
     * @param engine by which the graphs are run
     * @param out told of every check
     */
    public BundleVerification(Path directory, EngineOptions engine, PrintWriter out) {
        this.directory = directory;
        this.engine = engine;
        this.out = out;
    }

    /**
     * Verifies.
     *
     * @return what is wrong with the bundle; empty if it is sound
     * @throws BundleException if the folder is no bundle at all
     */
    public List<String> run() {
        BundleManifest manifest = BundleManifest.read(directory);
        say(
                "%s %s (%s, %s): frames of %d x %d pixels, %d step%s, batches of at most %d",
                manifest.name(),
                manifest.version(),
                manifest.family(),
                manifest.licence(),
                manifest.frame().width(),
                manifest.frame().height(),
                manifest.sampling().steps(),
                manifest.sampling().steps() == 1 ? "" : "s",
                manifest.batch().max());
        checkFiles(manifest);
        if (problems.isEmpty()) {
            try {
                BundlePlans.buildIfNeeded(directory, engine, out);
                checkComputation(manifest);
            } catch (BundleException | EngineException e) {
                problem(e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        } else {
            say("Not loaded, because of what is wrong with the files.");
        }
        return List.copyOf(problems);
    }

    private void checkFiles(BundleManifest manifest) {
        long bytes = 0;
        long weights = 0;
        GraphFiles files = new GraphFiles(directory, manifest);
        for (GraphRole role : GraphRole.values()) {
            for (String name : manifest.graphNames(role)) {
                try {
                    GraphFile graph = files.check(name);
                    bytes += graph.bytes();
                    // The others of a role have the first one's weights.
                    weights += name.equals(role.manifestName()) ? graph.weights() : 0;
                    say(
                            "  %-18s %9.2f M weights %9.1f MiB   SHA-256 and shapes as in the manifest",
                            name, graph.weights() / 1e6, graph.bytes() / MIB);
                } catch (BundleException e) {
                    problem("%s: %s".formatted(name, e.getMessage()));
                }
            }
        }
        for (BundleManifest.Style style : manifest.styles()) {
            if (style.thumbnail() != null
                    && !Files.isRegularFile(directory.resolve(style.thumbnail()))) {
                problem("style '%s': %s is missing".formatted(style.name(), style.thumbnail()));
            }
        }
        if (problems.isEmpty()) {
            say("  %-18s %9.2f M weights %9.1f MiB", "together", weights / 1e6, bytes / MIB);
        }
    }

    private void checkComputation(BundleManifest manifest) {
        double before = ProcessMemory.residentMib();
        long start = System.nanoTime();
        try (LoadedBundle bundle = LoadedBundle.acquire(directory, engine);
                StylizePipeline pipeline = new StylizePipeline(bundle)) {
            say("Loaded into %s in %.1f s.", bundle.engine(), (System.nanoTime() - start) / 1e9);
            double loaded = ProcessMemory.residentMib();
            for (GraphTime time :
                    GraphTime.measure(
                            bundle,
                            engine.engine(),
                            GraphRole.TEXT_ENCODER,
                            batchSizes(manifest))) {
                say(
                        "  %-18s %.1f ms for a batch of %d, by itself",
                        time.graph(), time.p50Ms(), time.batch());
            }
            if (manifest.golden() == null) {
                say("The bundle has no golden frame, so its pictures were not compared.");
                return;
            }
            GoldenFrame golden = new GoldenFrame(directory, manifest);
            compare(golden, bundle, pipeline);
            List<String> needs = new ArrayList<>();
            for (int frames : batchSizes(manifest)) {
                double millis = millisPerFrame(pipeline, golden.batch(bundle, frames));
                needs.add(
                        "%.0f MiB and %.1f ms a frame with batches of %d"
                                .formatted(ProcessMemory.residentMib() - before, millis, frames));
            }
            say(
                    "On this machine the process takes %.0f MiB more once it is loaded, %s.",
                    loaded - before, String.join(", ", needs));
        }
    }

    /** Those of the engine, as far as the bundle goes. */
    private List<Integer> batchSizes(BundleManifest manifest) {
        List<Integer> sizes = engine.batchSizes().isEmpty() ? List.of(1, 8) : engine.batchSizes();
        return sizes.stream()
                .map(size -> Math.min(size, manifest.batch().max()))
                .distinct()
                .toList();
    }

    private void compare(GoldenFrame golden, LoadedBundle bundle, StylizePipeline pipeline) {
        double found = golden.psnr(bundle, pipeline);
        double least = exact(bundle.manifest()) ? EXACT_PSNR_DB : HALF_PRECISION_PSNR_DB;
        String result =
                "golden frame '%s': %.1f dB from the reference, expected at least %.0f"
                        .formatted(bundle.manifest().golden().prompt(), found, least);
        if (found < least) {
            problem(result);
        } else {
            say("The %s.", result);
        }
    }

    /** Whether the arithmetic is the reference's: float32 throughout, on a CPU. */
    private boolean exact(BundleManifest manifest) {
        return engine.engine().equals(EngineOptions.ONNX_RUNTIME)
                && manifest.graphs().values().stream()
                        .flatMap(
                                graph ->
                                        Stream.concat(
                                                graph.inputs().stream(), graph.outputs().stream()))
                        .map(TensorSpec::type)
                        .noneMatch(type -> type == DataType.FLOAT16 || type == DataType.BFLOAT16);
    }

    private static double millisPerFrame(StylizePipeline pipeline, Batch batch) {
        pipeline.submit(batch).join();
        long start = System.nanoTime();
        for (int i = 0; i < MEASURED_BATCHES; i++) {
            pipeline.submit(batch).join();
        }
        return (System.nanoTime() - start) / 1e6 / MEASURED_BATCHES / batch.items().size();
    }

    private void problem(String what) {
        problems.add(what);
        say("  WRONG: %s", what);
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
        out.flush();
    }
}
