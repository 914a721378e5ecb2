package impasto.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.decode.Pixels;
import impasto.failure.Bisector;
import impasto.failure.Consequence;
import impasto.failure.FailurePolicy;
import impasto.failure.JobFailureException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Takes batches through the model in three lanes that do not wait for one another's work. The side
 * lane encodes what is next; the main lane warps and encodes the conditions, denoises and decodes;
 * the completion lane reads finished frames to the host. On an engine whose arrays live on a device
 * the first two only enqueue, and only the last waits for the device.
 *
 * <p>On a CPU the main lane has several workers, each with a batch of its own, which may overtake
 * one another. A batch with a frame whose anchor or embeddings are not computed yet waits for them
 * outside the lane, so that no worker is idle for it.
 *
 * <p>Thread-safe. The caller bounds how many batches are in flight; {@link #depth} keep the lanes
 * busy.
 */
public final class StylizePipeline implements AutoCloseable {

    /** So many frames failing one after another are not the frames' fault. */
    static final int MAX_CONSECUTIVE_FAILURES = 16;

    /** On a device: a batch in the main lane, one on its way there, and one that is read back. */
    static final int DEPTH_ON_DEVICE = 3;

    private static final int CACHED_SEEDS = 64;

    private final LoadedBundle bundle;
    private final BundleManifest manifest;
    private final ExecutorService sideLane = lane("impasto-side-lane", 1);
    private final ExecutorService mainLane;
    private final ExecutorService completionLane = lane("impasto-completion-lane", 1);
    private final Map<Long, float[]> noiseBySeed =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, float[]> eldest) {
                    return size() > CACHED_SEEDS;
                }
            };
    private final DirectBuffers buffers = new DirectBuffers();
    private final Conditioner conditioner;
    private final FrameTexts texts;

    /** Of these something may still lie in the engine's own memory. */
    private final Set<Work> underWay = ConcurrentHashMap.newKeySet();

    /** One party for each batch in flight, and one for whoever closes. */
    private final Phaser inFlight = new Phaser(1);

    private final AtomicInteger consecutiveFailures = new AtomicInteger();

    /**
     * @param bundle stays the caller's, who closes it after this pipeline
     * @throws BundleException if it is on a device and another pipeline is there already
     */
    public StylizePipeline(LoadedBundle bundle) {
        this.bundle = bundle;
        this.manifest = bundle.manifest();
        this.mainLane = lane("impasto-main-lane", bundle.workers());
        this.conditioner = new Conditioner(bundle, buffers);
        this.texts = new FrameTexts(bundle, buffers);
        bundle.startRestyling();
    }

    /**
     * Batches in flight that keep the lanes busy: one for each worker, one on its way there, and on
     * a device one that is being read back.
     */
    public int depth() {
        return bundle.onHost() ? workers() + 1 : DEPTH_ON_DEVICE;
    }

    /** Batches that are in the main lane at the same time; a single one goes in order. */
    public int workers() {
        return bundle.workers();
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
     * Restyles a batch. What the conditions of its items refer to must have been submitted before.
     *
     * @return completes with one result per frame, or with a failure that no frame is to blame for
     * @throws IllegalArgumentException if the batch is larger than the bundle takes
     */
    public CompletableFuture<StylizedBatch> submit(Batch batch) {
        List<Batch.Item> items = batch.items();
        if (items.size() > manifest.batch().max()) {
            throw new IllegalArgumentException(
                    "a batch of %d frames, bundle %s takes at most %d"
                            .formatted(items.size(), manifest.name(), manifest.batch().max()));
        }
        long[] startNanos = new long[1];
        CompletableFuture<Work> prepared =
                CompletableFuture.supplyAsync(
                        () -> {
                            startNanos[0] = System.nanoTime();
                            return prepare(items);
                        },
                        sideLane);
        return track(
                whenReady(prepared, items, Work::withRest)
                        .handleAsync((work, failure) -> restyle(items, work, failure), mainLane)
                        .thenApplyAsync(
                                restyled ->
                                        new StylizedBatch(
                                                results(items, restyled),
                                                startNanos[0],
                                                System.nanoTime()),
                                completionLane),
                items);
    }

    /**
     * Encodes and keeps conditions as {@link #submit} would, without restyling, for instance those
     * that were lost with a machine.
     *
     * @param pixels the frame, at the model's size
     * @param condition one that encodes; closed in the end
     * @return completes when they are kept, or with the failure because of which there are none
     */
    public CompletableFuture<Void> encode(Pixels pixels, Condition condition) {
        List<Batch.Item> items = List.of(new Batch.Item(pixels, null, condition));
        CompletableFuture<Work> prepared =
                CompletableFuture.supplyAsync(() -> new Work(items), sideLane);
        return track(
                whenReady(prepared, items, Work::withFlow)
                        .thenAcceptAsync(
                                work -> {
                                    try (work) {
                                        conditioner.encode(work.arrays, items, work.flow);
                                    }
                                },
                                mainLane),
                items);
    }

    /** Keeps a picture as if it had just been computed; the caller closes it. */
    public Kept keep(Pixels pixels) {
        Kept kept = new Kept();
        kept.complete(conditioner.picture(pixels));
        return kept;
    }

    /**
     * What the side lane made, once all that the frames depend on is there as well.
     *
     * @param rest the side lane's work with flows, and with texts that other frames had encoded
     */
    private CompletableFuture<Work> whenReady(
            CompletableFuture<Work> prepared, List<Batch.Item> items, UnaryOperator<Work> rest) {
        CompletableFuture<?>[] awaited =
                Stream.concat(
                                items.stream()
                                        .map(item -> item.condition().flow())
                                        .filter(Objects::nonNull),
                                textsOfOthers(items))
                        .toArray(CompletableFuture[]::new);
        CompletableFuture<?>[] kept =
                items.stream()
                        .map(Batch.Item::condition)
                        .flatMap(condition -> Stream.of(condition.anchor(), condition.reused()))
                        .filter(Objects::nonNull)
                        .map(Kept::done)
                        .toArray(CompletableFuture[]::new);
        CompletableFuture<Work> whole =
                awaited.length == 0
                        ? prepared.thenApply(rest)
                        : prepared.thenCombineAsync(
                                CompletableFuture.allOf(awaited),
                                (work, done) -> rest.apply(work),
                                sideLane);
        CompletableFuture<Work> ready =
                kept.length == 0
                        ? whole
                        : whole.thenCombine(CompletableFuture.allOf(kept), (work, done) -> work);
        return ready.whenComplete(
                (work, failure) -> {
                    if (failure != null) {
                        // Nobody is given the work, so nobody else frees it.
                        var unused = prepared.thenAccept(Work::close);
                    }
                });
    }

    /** Those that a batch encodes itself are there once it is prepared, or never. */
    private static Stream<CompletableFuture<?>> textsOfOthers(List<Batch.Item> items) {
        List<FrameText.Part> parts =
                items.stream()
                        .map(Batch.Item::text)
                        .filter(Objects::nonNull)
                        .flatMap(FrameText::parts)
                        .toList();
        Set<Kept> own = Collections.newSetFromMap(new IdentityHashMap<>());
        parts.stream().filter(part -> part.picture() != null).forEach(part -> own.add(part.kept()));
        return parts.stream()
                .map(FrameText.Part::kept)
                .filter(kept -> !own.contains(kept) && !kept.isDone())
                .map(Kept::done);
    }

    /** Remembers what is in flight, and in the end frees what its frames held. */
    private <T> CompletableFuture<T> track(CompletableFuture<T> work, List<Batch.Item> items) {
        inFlight.register();
        CompletableFuture<T> freed =
                work.whenComplete(
                        (value, failure) -> {
                            for (Batch.Item item : items) {
                                withoutMore(item);
                                item.condition().close();
                                if (item.text() != null) {
                                    item.text().close();
                                }
                            }
                        });
        // Only then, so that what was in flight is complete for whoever waited for it.
        var unused = freed.whenComplete((value, failure) -> inFlight.arriveAndDeregister());
        return freed;
    }

    /** Lets nobody wait for what has not been computed. */
    private static void withoutMore(Batch.Item item) {
        Condition condition = item.condition();
        if (condition.output() != null) {
            condition.output().completeWithout();
        }
        if (condition.embeddings() != null) {
            condition.embeddings().completeWithout();
        }
        if (item.text() != null) {
            item.text()
                    .parts()
                    .filter(part -> part.picture() != null)
                    .forEach(part -> part.kept().completeWithout());
        }
    }

    /**
     * What comes out of the main lane: a batch to be read, or if it failed there, its frames one by
     * one.
     */
    private record Restyled(Work work, List<Bisector.Attempt<Pixels>> attempts) {}

    private Restyled restyle(List<Batch.Item> items, Work work, Throwable sideFailure) {
        if (sideFailure != null) {
            return new Restyled(null, isolate(items, cause(sideFailure)));
        }
        try {
            work.finish();
            return new Restyled(work, null);
        } catch (RuntimeException e) {
            work.close();
            return new Restyled(null, isolate(items, e));
        }
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }

    private List<StylizedBatch.Result> results(List<Batch.Item> items, Restyled restyled) {
        List<Bisector.Attempt<Pixels>> attempts = restyled.attempts;
        if (attempts == null) {
            try (Work work = restyled.work) {
                attempts =
                        work.read().stream()
                                .map(pixels -> new Bisector.Attempt<>(pixels, null))
                                .toList();
            } catch (RuntimeException e) {
                // A device tells of what went wrong when its results are asked for.
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

    /**
     * Runs the frames of a batch that failed in smaller and smaller parts, one batch at a time. On
     * a device a model's output is overwritten some runs later, so the others in flight are told
     * before every part to take theirs away.
     */
    private synchronized List<Bisector.Attempt<Pixels>> isolate(
            List<Batch.Item> items, Throwable failure) {
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
        List<Bisector.Attempt<Pixels>> attempts =
                Bisector.run(
                        items,
                        part -> {
                            if (!bundle.onHost()) {
                                underWay.forEach(Work::leaveSlots);
                            }
                            try (Work work = prepare(part)) {
                                work.withRest().finish();
                                return work.read();
                            }
                        });
        for (int i = 0; i < attempts.size(); i++) {
            if (attempts.get(i).error() != null) {
                withoutMore(items.get(i));
            }
        }
        return attempts;
    }

    /**
     * The arrays of one batch on its way. One lane after another has it; another batch that runs
     * out of turn first has its models' outputs copied.
     */
    private final class Work implements AutoCloseable {
        final BatchArrays arrays = new BatchArrays(bundle.newManager(), buffers.loan());
        final NDList denoiserInputs = new NDList();
        final List<Batch.Item> items;
        NDArray noise;
        NDArray flow;

        /** Until they are denoised with, the output of the VAE encoder. */
        private NDArray reference;

        /** Until they are read, the output of the VAE decoder. */
        private NDArray frames;

        Work(List<Batch.Item> items) {
            this.items = items;
            underWay.add(this);
        }

        Work withFlow() {
            flow = conditioner.flow(arrays, items);
            return this;
        }

        /** Adds what had to wait for others: flows and texts. */
        Work withRest() {
            denoiserInputs.addAll(texts.inputs(arrays, items));
            return withFlow();
        }

        /** The main lane's part. */
        synchronized void finish() {
            denoiserInputs.add(reference);
            denoiserInputs.addAll(conditioner.inputs(arrays, items, flow));
            NDArray latents = noise;
            for (int step = 0; step < manifest.sampling().steps(); step++) {
                // The state of the walk from noise to picture takes the place of the noise. A list
                // of each step's own: to take an array out of one, DJL compares values, which the
                // host would wait for.
                latents.setName(BundleContract.NOISE);
                NDList inputs = new NDList(denoiserInputs);
                inputs.add(latents);
                inputs.add(sigmas(step));
                latents = bundle.run(GraphRole.DENOISER, inputs).get(BundleContract.LATENTS);
            }
            reference = null;
            latents.setName(BundleContract.LATENTS);
            frames =
                    bundle.run(GraphRole.VAE_DECODER, new NDList(latents))
                            .get(BundleContract.FRAME);
            conditioner.keepOutputs(items, frames);
        }

        /** The restyled frames, for which it waits. */
        synchronized List<Pixels> read() {
            return pixels(frames, items.size());
        }

        /** Copies what models have made and others still need to memory of this batch's own. */
        synchronized void leaveSlots() {
            reference = own(reference);
            frames = own(frames);
        }

        private NDArray own(NDArray array) {
            if (array == null) {
                return null;
            }
            NDArray copy = array.duplicate();
            copy.attach(arrays.manager());
            array.close();
            return copy;
        }

        synchronized void encodeReference() {
            reference =
                    bundle.run(GraphRole.VAE_ENCODER, new NDList(pictures()))
                            .get(BundleContract.LATENTS);
            reference.setName(BundleContract.REFERENCE_LATENTS);
        }

        private NDArray pictures() {
            BundleManifest.FrameSize size = manifest.frame();
            return arrays.ofRows(
                    BundleContract.FRAME,
                    items.stream().map(item -> item.pixels().rgb()).toList(),
                    new Shape(size.height(), size.width(), 3),
                    DataType.UINT8);
        }

        void makeNoise() {
            BundleManifest.Latents shape = manifest.latents();
            noise =
                    arrays.ofFloats(
                            BundleContract.NOISE,
                            items.stream()
                                    .map(item -> StylizePipeline.this.noise(item.prompt().seed()))
                                    .toList(),
                            new Shape(shape.channels(), shape.height(), shape.width()));
        }

        private NDArray sigmas(int step) {
            List<Float> sigmas = manifest.sampling().sigmas();
            return arrays.ofFloats(
                    BundleContract.SIGMAS,
                    Collections.nCopies(
                            items.size(), new float[] {sigmas.get(step), sigmas.get(step + 1)}),
                    new Shape(2));
        }

        @Override
        public synchronized void close() {
            underWay.remove(this);
            reference = null;
            frames = null;
            arrays.close();
        }
    }

    /** The side lane's part. */
    private Work prepare(List<Batch.Item> items) {
        Work work = new Work(items);
        boolean done = false;
        try {
            work.encodeReference();
            work.makeNoise();
            texts.encode(work.arrays, items);
            done = true;
            return work;
        } finally {
            if (!done) {
                work.close();
            }
        }
    }

    private float[] noise(long seed) {
        BundleManifest.Latents shape = manifest.latents();
        synchronized (noiseBySeed) {
            return noiseBySeed.computeIfAbsent(
                    seed,
                    key ->
                            PhiloxNoise.normals(
                                    key, shape.channels() * shape.height() * shape.width()));
        }
    }

    /** Pieces of work that hold memory: what is in flight, and two that live as long as this. */
    int open() {
        return buffers.loans();
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
     * Returns when the batches in flight have come out; submit none any more. The bundle may be
     * freed only after that, because a graph that loses its memory while it runs takes the process
     * with it. Waits also when interrupted: Flink halts a process whose task does not end.
     * Idempotent.
     */
    @Override
    public void close() {
        inFlight.arriveAndAwaitAdvance();
        sideLane.shutdown();
        mainLane.shutdown();
        completionLane.shutdown();
        conditioner.close();
        texts.close();
        bundle.endRestyling();
    }
}
