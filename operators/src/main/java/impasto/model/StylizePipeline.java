package impasto.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.decode.Pixels;
import impasto.failure.Bisector;
import impasto.failure.Consequence;
import impasto.failure.FailurePolicy;
import impasto.failure.JobFailureException;
import impasto.prompt.EncodedPrompt;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Takes batches through the model in two lanes: while the main lane denoises and decodes one batch,
 * the side lane encodes the next. Batches come out in the order in which they went in.
 *
 * <p>Thread-safe. The caller bounds how many batches are in flight; two keep both lanes busy.
 */
public final class StylizePipeline implements AutoCloseable {

    /** Batches in flight that keep both lanes busy. */
    public static final int DEPTH = 2;

    /** So many frames failing one after another are not the frames' fault. */
    static final int MAX_CONSECUTIVE_FAILURES = 16;

    private static final int CACHED_SEEDS = 64;

    private final LoadedBundle bundle;
    private final BundleManifest manifest;
    private final ExecutorService sideLane = lane("impasto-side-lane");
    private final ExecutorService mainLane = lane("impasto-main-lane");
    private final Map<Long, float[]> noiseBySeed =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, float[]> eldest) {
                    return size() > CACHED_SEEDS;
                }
            };
    // Touched by the main lane alone.
    private int consecutiveFailures;

    /**
     * @param bundle stays the caller's, who closes it after this pipeline
     */
    public StylizePipeline(LoadedBundle bundle) {
        this.bundle = bundle;
        this.manifest = bundle.manifest();
    }

    private static ExecutorService lane(String name) {
        return Executors.newSingleThreadExecutor(
                work -> {
                    Thread thread = new Thread(work, name);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Restyles a batch.
     *
     * @return completes with one result per frame, or with a failure that no frame is to blame for
     * @throws IllegalArgumentException if the batch is larger than the bundle takes
     */
    public CompletableFuture<StylizedBatch> submit(Batch batch) {
        if (batch.items().size() > manifest.batch().max()) {
            throw new IllegalArgumentException(
                    "a batch of %d frames, bundle %s takes at most %d"
                            .formatted(
                                    batch.items().size(), manifest.name(), manifest.batch().max()));
        }
        List<Batch.Item> items = batch.items();
        long[] startNanos = new long[1];
        return CompletableFuture.supplyAsync(
                        () -> {
                            startNanos[0] = System.nanoTime();
                            return prepare(items);
                        },
                        sideLane)
                .handleAsync(
                        (prepared, failure) ->
                                new StylizedBatch(
                                        restyle(items, prepared, failure),
                                        startNanos[0],
                                        System.nanoTime()),
                        mainLane);
    }

    /** The work of the main lane: what the side lane made, or if that failed, frame by frame. */
    private List<StylizedBatch.Result> restyle(
            List<Batch.Item> items, Prepared prepared, Throwable sideFailure) {
        List<Bisector.Attempt<Pixels>> attempts;
        if (sideFailure != null) {
            attempts = isolate(items, sideFailure.getCause());
        } else {
            try {
                attempts =
                        finish(prepared).stream()
                                .map(pixels -> new Bisector.Attempt<>(pixels, null))
                                .toList();
            } catch (RuntimeException e) {
                attempts = isolate(items, e);
            }
        }
        for (Bisector.Attempt<Pixels> attempt : attempts) {
            consecutiveFailures = attempt.error() == null ? 0 : consecutiveFailures + 1;
            if (consecutiveFailures >= MAX_CONSECUTIVE_FAILURES) {
                throw new JobFailureException(
                        "%d frames failed one after another, so the fault is the model's or the machine's: %s"
                                .formatted(consecutiveFailures, attempt.error().getMessage()),
                        attempt.error());
            }
        }
        return attempts.stream()
                .map(attempt -> new StylizedBatch.Result(attempt.value(), attempt.error()))
                .toList();
    }

    private List<Bisector.Attempt<Pixels>> isolate(List<Batch.Item> items, Throwable failure) {
        if (failure instanceof Error error) {
            // As it is: Flink halts the process only for errors that it recognises.
            throw error;
        }
        if (FailurePolicy.of(failure) != Consequence.ISOLATE) {
            throw new JobFailureException(
                    "restyling a batch of %d frames failed: %s"
                            .formatted(items.size(), failure.getMessage()),
                    failure);
        }
        return Bisector.run(items, part -> finish(prepare(part)));
    }

    /** The arrays with which the main lane begins; they live until {@code manager} is closed. */
    private record Prepared(NDManager manager, NDList denoiserInputs, int frames) {}

    private Prepared prepare(List<Batch.Item> items) {
        NDManager manager = bundle.newManager();
        boolean handedOver = false;
        try {
            NDList latents = bundle.run(GraphRole.VAE_ENCODER, new NDList(frames(manager, items)));
            NDArray reference = latents.get(BundleContract.LATENTS);
            reference.setName(BundleContract.REFERENCE_LATENTS);
            NDList inputs = new NDList(reference, noise(manager, items));
            inputs.addAll(embeddings(manager, items));
            inputs.addAll(adapterOff(manager, items.size()));
            Prepared prepared = new Prepared(manager, inputs, items.size());
            handedOver = true;
            return prepared;
        } finally {
            if (!handedOver) {
                manager.close();
            }
        }
    }

    private List<Pixels> finish(Prepared prepared) {
        try (NDManager manager = prepared.manager) {
            NDList inputs = prepared.denoiserInputs;
            NDArray latents = null;
            for (int step = 0; step < manifest.sampling().steps(); step++) {
                if (latents != null) {
                    // The state of the walk from noise to picture takes the place of the noise.
                    inputs.remove(inputs.get(BundleContract.NOISE));
                    latents.setName(BundleContract.NOISE);
                    inputs.add(latents);
                }
                NDArray sigmas = sigmas(manager, step, prepared.frames);
                inputs.add(sigmas);
                latents = bundle.run(GraphRole.DENOISER, inputs).get(BundleContract.LATENTS);
                inputs.remove(sigmas);
            }
            latents.setName(BundleContract.LATENTS);
            NDList decoded = bundle.run(GraphRole.VAE_DECODER, new NDList(latents));
            return pixels(decoded.get(BundleContract.FRAME), prepared.frames);
        }
    }

    private NDArray frames(NDManager manager, List<Batch.Item> items) {
        BundleManifest.FrameSize size = manifest.frame();
        ByteBuffer bytes = manager.allocateDirect(items.size() * 3 * size.width() * size.height());
        for (Batch.Item item : items) {
            bytes.put(item.pixels().rgb());
        }
        NDArray array =
                manager.create(
                        bytes.flip(),
                        new Shape(items.size(), size.height(), size.width(), 3),
                        DataType.UINT8);
        array.setName(BundleContract.FRAME);
        return array;
    }

    private NDArray noise(NDManager manager, List<Batch.Item> items) {
        BundleManifest.Latents shape = manifest.latents();
        int size = shape.channels() * shape.height() * shape.width();
        FloatBuffer values = floats(manager, items.size() * size);
        for (Batch.Item item : items) {
            synchronized (noiseBySeed) {
                values.put(
                        noiseBySeed.computeIfAbsent(
                                item.prompt().seed(), seed -> PhiloxNoise.normals(seed, size)));
            }
        }
        NDArray array =
                manager.create(
                        values.flip(),
                        new Shape(items.size(), shape.channels(), shape.height(), shape.width()),
                        DataType.FLOAT32);
        return named(array, BundleContract.NOISE);
    }

    private NDList embeddings(NDManager manager, List<Batch.Item> items) {
        BundleManifest.Embedding shape = manifest.text().embedding();
        List<EncodedPrompt> prompts = items.stream().map(Batch.Item::prompt).toList();
        return new NDList(
                stack(
                        manager,
                        prompts.stream().map(EncodedPrompt::embeddings).toList(),
                        BundleContract.EMBEDDINGS,
                        shape.length(),
                        shape.dimension()),
                stack(
                        manager,
                        prompts.stream().map(EncodedPrompt::embeddingsMask).toList(),
                        BundleContract.EMBEDDINGS_MASK,
                        shape.length()));
    }

    /** Stacks one row of bytes per frame, in the precision that the denoiser takes. */
    private NDArray stack(NDManager manager, List<byte[]> rows, String name, long... rowShape) {
        DataType type = denoiserInput(name).type();
        long elements = new Shape(rowShape).size();
        int expected = Math.toIntExact(elements * type.getNumOfBytes());
        ByteBuffer bytes = manager.allocateDirect(rows.size() * expected);
        for (byte[] row : rows) {
            if (row.length != expected) {
                throw new JobFailureException(
                        "a prompt's %s has %d bytes, bundle %s expects %d: it was encoded by another bundle"
                                .formatted(name, row.length, manifest.name(), expected),
                        null);
            }
            bytes.put(row);
        }
        NDArray array =
                manager.create(
                        bytes.flip(), new Shape(rows.size()).addAll(new Shape(rowShape)), type);
        return named(array, name);
    }

    /** The temporal adapter's inputs where it has no say: strength 0, conditions all zero. */
    private NDList adapterOff(NDManager manager, int frames) {
        NDList inputs = new NDList();
        NDArray strength =
                manager.create(floats(manager, frames), new Shape(frames), DataType.FLOAT32);
        inputs.add(named(strength, BundleContract.STRENGTH));
        for (TensorSpec condition : manifest.graph(GraphRole.CONDITION_ENCODER).outputs()) {
            List<Long> dimensions = new ArrayList<>(condition.dimensions());
            dimensions.set(0, (long) frames);
            Shape shape = new Shape(dimensions);
            int bytes = Math.toIntExact(shape.size() * condition.type().getNumOfBytes());
            NDArray zeros = manager.create(manager.allocateDirect(bytes), shape, condition.type());
            inputs.add(named(zeros, condition.name()));
        }
        return inputs;
    }

    private NDArray sigmas(NDManager manager, int step, int frames) {
        FloatBuffer values = floats(manager, 2 * frames);
        for (int i = 0; i < frames; i++) {
            values.put(manifest.sampling().sigmas().get(step));
            values.put(manifest.sampling().sigmas().get(step + 1));
        }
        NDArray array = manager.create(values.flip(), new Shape(frames, 2), DataType.FLOAT32);
        return named(array, BundleContract.SIGMAS);
    }

    private TensorSpec denoiserInput(String name) {
        return manifest.graph(GraphRole.DENOISER).inputs().stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<Pixels> pixels(NDArray array, int frames) {
        BundleManifest.FrameSize size = manifest.frame();
        ByteBuffer bytes = array.toByteBuffer();
        List<Pixels> pictures = new ArrayList<>(frames);
        for (int i = 0; i < frames; i++) {
            byte[] rgb = new byte[3 * size.width() * size.height()];
            bytes.get(rgb);
            pictures.add(new Pixels(rgb, size.width(), size.height()));
        }
        return pictures;
    }

    private static FloatBuffer floats(NDManager manager, int count) {
        return manager.allocateDirect(count * Float.BYTES).asFloatBuffer();
    }

    private static NDArray named(NDArray array, String name) {
        array.setName(name);
        return array;
    }

    /**
     * Takes no more batches, and returns when those in flight have come out: the bundle may be
     * freed only after that, because a graph that loses its memory while it runs takes the process
     * with it. Idempotent.
     */
    @Override
    public void close() {
        sideLane.shutdown();
        awaitEnd(sideLane);
        mainLane.shutdown();
        awaitEnd(mainLane);
    }

    /** Waits also when interrupted; Flink halts a process whose task does not end. */
    private static void awaitEnd(ExecutorService lane) {
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = lane.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
