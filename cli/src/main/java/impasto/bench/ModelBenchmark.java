package impasto.bench;

import impasto.decode.Pixels;
import impasto.evaluation.restyle.ProcessCpu;
import impasto.model.Batch;
import impasto.model.BundleManifest;
import impasto.model.LoadedBundle;
import impasto.model.StylizePipeline;
import impasto.model.StylizedBatch;
import impasto.model.TextEmbedding;
import impasto.model.TextEncoder;
import impasto.prompt.EncodedPrompt;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** The model's lanes alone, on pixels: what PyTorch is compared with. */
final class ModelBenchmark {

    private final LoadedBundle bundle;
    private final Batch batch;

    /**
     * @param bundle stays the caller's
     * @param size frames in a batch
     */
    ModelBenchmark(LoadedBundle bundle, int size) {
        this.bundle = bundle;
        BundleManifest manifest = bundle.manifest();
        String text = manifest.styles().get(0).prompt();
        EncodedPrompt prompt;
        try (TextEncoder encoder = new TextEncoder(bundle)) {
            TextEmbedding embedding = encoder.encode(text);
            prompt =
                    new EncodedPrompt(
                            "bench",
                            1,
                            "*",
                            text,
                            manifest.noise().defaultSeed(),
                            1,
                            embedding.embeddings(),
                            embedding.mask());
        }
        int width = manifest.frame().width();
        int height = manifest.frame().height();
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % width);
        }
        this.batch =
                new Batch(
                        Collections.nCopies(
                                size, new Batch.Item(new Pixels(rgb, width, height), prompt)));
    }

    /** Keeps both lanes busy with so many batches. */
    Throughput run(int warmup, int measured) {
        try (StylizePipeline pipeline = new StylizePipeline(bundle)) {
            runBatches(pipeline, warmup);
            long startNanos = System.nanoTime();
            long startCpu = ProcessCpu.nanos();
            runBatches(pipeline, measured);
            return Throughput.of(
                    (long) measured * batch.items().size(),
                    System.nanoTime() - startNanos,
                    ProcessCpu.nanos() - startCpu,
                    null);
        }
    }

    private void runBatches(StylizePipeline pipeline, int count) {
        Queue<CompletableFuture<StylizedBatch>> inFlight = new ArrayDeque<>();
        for (int i = 0; i < count; i++) {
            if (inFlight.size() == pipeline.depth()) {
                inFlight.remove().join();
            }
            inFlight.add(pipeline.submit(batch));
        }
        inFlight.forEach(CompletableFuture::join);
    }
}
