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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes batches through the model in two lanes: while the main lane denoises and decodes, the side
 * lane encodes what is next. On a CPU the main lane has several workers, each with a batch of its
 * own, which may overtake one another.
 *
 * <p>Thread-safe. The caller bounds how many batches are in flight; {@link #depth} keep the lanes
 * busy.
 */
public final class StylizePipeline implements AutoCloseable {

    /** So many frames failing one after another are not the frames' fault. */
    static final int MAX_CONSECUTIVE_FAILURES = 16;

    private static final int CACHED_SEEDS = 64;

    private final LoadedBundle bundle;
    private final BundleManifest manifest;
    private final ExecutorService sideLane = lane("impasto-side-lane", 1);
    private final ExecutorService mainLane;
    private final int depth;
    private final Map<Long, float[]> noiseBySeed =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, float[]> eldest) {
                    return size() > CACHED_SEEDS;
                }
            };
    private final DirectBuffers buffers = new DirectBuffers();
    private final NDManager adapterOffArrays;
    private final Map<Integer, NDList> adapterOffBySize = new HashMap<>();
    private final AtomicInteger consecutiveFailures = new AtomicInteger();

    /**
     * @param bundle stays the caller's, who closes it after this pipeline
     */
    public StylizePipeline(LoadedBundle bundle) {
        this.bundle = bundle;
        this.manifest = bundle.manifest();
        this.mainLane = lane("impasto-main-lane", bundle.workers());
        this.depth = bundle.workers() + 1;
        this.adapterOffArrays = bundle.newManager();
    }

    /**
     * Batches in flight that keep both lanes busy: one for each worker, and one on its way there.
     */
    public int depth() {
        return depth;
    }

    private static ExecutorService lane(String name, int threads) {
        return Executors.newFixedThreadPool(
                threads,
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
            if (attempt.error() == null) {
                consecutiveFailures.set(0);
            } else if (consecutiveFailures.incrementAndGet() >= MAX_CONSECUTIVE_FAILURES) {
                throw new JobFailureException(
                        "%d frames failed one after another, so the fault is the model's or the machine's: %s"
                                .formatted(MAX_CONSECUTIVE_FAILURES, attempt.error().getMessage()),
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

    /**
     * The arrays with which the main lane begins, and what they live in; the main lane closes it.
     */
    private record Prepared(
            NDManager manager, DirectBuffers.Loan buffers, NDList denoiserInputs, int frames)
            implements AutoCloseable {
        @Override
        public void close() {
            manager.close();
            buffers.close();
        }
    }

    private Prepared prepare(List<Batch.Item> items) {
        Prepared prepared =
                new Prepared(bundle.newManager(), buffers.loan(), new NDList(), items.size());
        boolean done = false;
        try {
            NDArray reference =
                    bundle.run(GraphRole.VAE_ENCODER, new NDList(frames(prepared, items)))
                            .get(BundleContract.LATENTS);
            reference.setName(BundleContract.REFERENCE_LATENTS);
            prepared.denoiserInputs.add(reference);
            prepared.denoiserInputs.add(noise(prepared, items));
            prepared.denoiserInputs.addAll(embeddings(prepared, items));
            prepared.denoiserInputs.addAll(adapterOff(items.size()));
            done = true;
            return prepared;
        } finally {
            if (!done) {
                prepared.close();
            }
        }
    }

    private List<Pixels> finish(Prepared work) {
        try (work) {
            NDList inputs = work.denoiserInputs;
            NDArray latents = null;
            for (int step = 0; step < manifest.sampling().steps(); step++) {
                if (latents != null) {
                    // The state of the walk from noise to picture takes the place of the noise.
                    inputs.remove(inputs.get(BundleContract.NOISE));
                    latents.setName(BundleContract.NOISE);
                    inputs.add(latents);
                }
                NDArray sigmas = sigmas(work, step);
                inputs.add(sigmas);
                latents = bundle.run(GraphRole.DENOISER, inputs).get(BundleContract.LATENTS);
                inputs.remove(sigmas);
            }
            latents.setName(BundleContract.LATENTS);
            NDList decoded = bundle.run(GraphRole.VAE_DECODER, new NDList(latents));
            return pixels(decoded.get(BundleContract.FRAME), work.frames);
        }
    }

    private NDArray frames(Prepared work, List<Batch.Item> items) {
        BundleManifest.FrameSize size = manifest.frame();
        ByteBuffer bytes = work.buffers.take(items.size() * 3 * size.width() * size.height());
        for (Batch.Item item : items) {
            bytes.put(item.pixels().rgb());
        }
        return array(
                work,
                BundleContract.FRAME,
                bytes,
                new Shape(items.size(), size.height(), size.width(), 3),
                DataType.UINT8);
    }

    private NDArray noise(Prepared work, List<Batch.Item> items) {
        BundleManifest.Latents shape = manifest.latents();
        int size = shape.channels() * shape.height() * shape.width();
        ByteBuffer bytes = work.buffers.take(items.size() * size * Float.BYTES);
        FloatBuffer values = bytes.asFloatBuffer();
        for (Batch.Item item : items) {
            synchronized (noiseBySeed) {
                values.put(
                        noiseBySeed.computeIfAbsent(
                                item.prompt().seed(), seed -> PhiloxNoise.normals(seed, size)));
            }
        }
        return array(
                work,
                BundleContract.NOISE,
                bytes.position(bytes.capacity()),
                new Shape(items.size(), shape.channels(), shape.height(), shape.width()),
                DataType.FLOAT32);
    }

    private NDList embeddings(Prepared work, List<Batch.Item> items) {
        BundleManifest.Embedding shape = manifest.text().embedding();
        List<EncodedPrompt> prompts = items.stream().map(Batch.Item::prompt).toList();
        return new NDList(
                stack(
                        work,
                        prompts.stream().map(EncodedPrompt::embeddings).toList(),
                        BundleContract.EMBEDDINGS,
                        shape.length(),
                        shape.dimension()),
                stack(
                        work,
                        prompts.stream().map(EncodedPrompt::embeddingsMask).toList(),
                        BundleContract.EMBEDDINGS_MASK,
                        shape.length()));
    }

    /** Stacks one row of bytes per frame, in the precision that the denoiser takes. */
    private NDArray stack(Prepared work, List<byte[]> rows, String name, long... rowShape) {
        DataType type = denoiserInput(name).type();
        int expected = byteCount(new Shape(rowShape), type);
        ByteBuffer bytes = work.buffers.take(rows.size() * expected);
        for (byte[] row : rows) {
            if (row.length != expected) {
                throw new JobFailureException(
                        "a prompt's %s has %d bytes, bundle %s expects %d: it was encoded by another bundle"
                                .formatted(name, row.length, manifest.name(), expected),
                        null);
            }
            bytes.put(row);
        }
        return array(work, name, bytes, new Shape(rows.size()).addAll(new Shape(rowShape)), type);
    }

    private NDArray sigmas(Prepared work, int step) {
        ByteBuffer values = work.buffers.take(2 * work.frames * Float.BYTES);
        for (int i = 0; i < work.frames; i++) {
            values.putFloat(manifest.sampling().sigmas().get(step));
            values.putFloat(manifest.sampling().sigmas().get(step + 1));
        }
        return array(
                work, BundleContract.SIGMAS, values, new Shape(work.frames, 2), DataType.FLOAT32);
    }

    private static NDArray array(
            Prepared work, String name, ByteBuffer written, Shape shape, DataType type) {
        NDArray array = work.manager.create(written.flip(), shape, type);
        array.setName(name);
        return array;
    }

    /**
     * The temporal adapter's inputs where it has no say: strength 0, conditions all zero. They are
     * the same for every batch of a size and live as long as the pipeline.
     */
    private NDList adapterOff(int frames) {
        synchronized (adapterOffBySize) {
            return adapterOffBySize.computeIfAbsent(
                    frames,
                    size -> {
                        NDList inputs =
                                new NDList(zeros(denoiserInput(BundleContract.STRENGTH), size));
                        manifest.graph(GraphRole.CONDITION_ENCODER)
                                .outputs()
                                .forEach(condition -> inputs.add(zeros(condition, size)));
                        return inputs;
                    });
        }
    }

    private NDArray zeros(TensorSpec spec, int frames) {
        List<Long> dimensions = new ArrayList<>(spec.dimensions());
        dimensions.set(0, (long) frames);
        Shape shape = new Shape(dimensions);
        ByteBuffer bytes = adapterOffArrays.allocateDirect(byteCount(shape, spec.type()));
        NDArray array = adapterOffArrays.create(bytes, shape, spec.type());
        array.setName(spec.name());
        return array;
    }

    private static int byteCount(Shape shape, DataType type) {
        return Math.toIntExact(shape.size() * type.getNumOfBytes());
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
        adapterOffArrays.close();
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
