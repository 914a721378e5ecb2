package impasto.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How the graphs are run.
 *
 * @param engine DJL's name of the engine, for example {@code OnnxRuntime}
 * @param threads batches that are worked on at the same time, for engines on the CPU, where each
 *     graph runs on one thread: cores share no work, so none waits for another. 0 takes one per
 *     core
 * @param batchSizes for engines that build a plan for each batch size: a batch runs on the next
 *     larger one. Empty for the bundle's largest only
 * @param planCache folder in which such engines keep plans; empty for the engine's own choice
 */
public record EngineOptions(
        String engine, int threads, List<Integer> batchSizes, String planCache) {

    /** The engine that needs nothing but a CPU. */
    public static final String ONNX_RUNTIME = "OnnxRuntime";

    /** The engine for NVIDIA GPUs. */
    public static final String TENSORRT = "TensorRT";

    /** What each graph's CUDA stream is called: those of one lane go one after another. */
    private static final Map<GraphRole, String> CUDA_STREAMS =
            Map.of(
                    GraphRole.TEXT_ENCODER, "side",
                    GraphRole.VAE_ENCODER, "side",
                    GraphRole.CONDITION_ENCODER, "main",
                    GraphRole.DENOISER, "main",
                    GraphRole.VAE_DECODER, "main");

    public EngineOptions {
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(planCache, "planCache");
        batchSizes = List.copyOf(new TreeSet<>(batchSizes));
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "%d threads, expected 0 (one per core) or more".formatted(threads));
        }
        if (!batchSizes.isEmpty() && batchSizes.get(0) < 1) {
            throw new IllegalArgumentException(
                    "batch sizes %s, expected at least 1 each".formatted(batchSizes));
        }
    }

    /** With the defaults of engines that build plans. */
    public EngineOptions(String engine, int threads) {
        this(engine, threads, List.of(), "");
    }

    /** Batches that are worked on at the same time on this machine. */
    int workers() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /**
     * What {@link ai.djl.Model#load} is told of a graph when the engine is TensorRT. Batch sizes
     * over the bundle's largest count as that.
     */
    public Map<String, Object> tensorRtOptions(GraphRole role, BundleManifest manifest) {
        int largest = manifest.batch().max();
        TreeSet<Integer> sizes = new TreeSet<>();
        batchSizes.forEach(size -> sizes.add(Math.min(size, largest)));
        if (sizes.isEmpty()) {
            sizes.add(largest);
        }
        if (role == GraphRole.TEXT_ENCODER) {
            // A prompt without a stream's own frame is encoded alone.
            sizes.add(1);
        }
        Map<String, Object> options = new HashMap<>();
        options.put("stream", CUDA_STREAMS.get(role));
        // As many batches as may be in flight, and one that is looked at frame by frame.
        options.put("slots", Integer.toString(StylizePipeline.DEPTH_ON_DEVICE + 1));
        options.put(
                "batchSizes", sizes.stream().map(String::valueOf).collect(Collectors.joining(",")));
        if (!planCache.isEmpty()) {
            options.put("planCache", planCache);
        }
        return options;
    }
}
