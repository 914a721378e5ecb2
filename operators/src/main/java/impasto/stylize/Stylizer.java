package impasto.stylize;

import impasto.batch.BatchAssembler;
import impasto.condition.Anchor;
import impasto.condition.Conditioned;
import impasto.condition.Conditioning;
import impasto.condition.ForeseenFlow;
import impasto.condition.FrameSignature;
import impasto.condition.Pause;
import impasto.condition.RefreshSchedule;
import impasto.condition.StreamFrame;
import impasto.condition.StreamTexts;
import impasto.condition.TextCounters;
import impasto.decode.Decoded;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageHeader;
import impasto.decode.Pixels;
import impasto.encode.FrameEncoder;
import impasto.failure.BadInputException;
import impasto.failure.Consequence;
import impasto.failure.DeadLetterReason;
import impasto.failure.FailurePolicy;
import impasto.failure.FrameFailure;
import impasto.failure.JobFailureException;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.frame.ImageEncoding;
import impasto.frame.Outcome;
import impasto.frame.StageLatencies;
import impasto.model.Batch;
import impasto.model.BundleManifest;
import impasto.model.FrameText;
import impasto.model.LoadedBundle;
import impasto.model.StylizePipeline;
import impasto.model.StylizedBatch;
import impasto.prompt.StreamPrompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * Restyles the frames of many streams: decodes, batches, runs the model, encodes, and hands results
 * out in the order in which each stream's frames came in.
 *
 * <p>Everything but the lanes' own work happens on the owner's thread: all methods are called
 * there, and the lanes report through the owner's executor. So there are no locks, and a frame is
 * in exactly one place.
 */
public final class Stylizer implements AutoCloseable {

    /** Where results go, on the owner's thread. */
    public interface Output {
        void result(FrameResult result);

        void failure(FrameFailure failure);
    }

    /**
     * Optical flow takes as long as two or three batches on a GPU, and a stream that needs it for
     * every frame of a group still has to give one to every batch.
     */
    private static final int BATCHES_FORESEEN = 4;

    /** Streams that sent a frame so lately share their room. */
    private static final Duration RECENT = Duration.ofSeconds(10);

    private final StylizerSettings settings;
    private final BundleManifest manifest;
    private final Executor owner;
    private final Output output;
    private final FrameDecoder decoder;
    private final FrameEncoder encoder;
    private final StylizePipeline pipeline;
    private final Conditioning conditioning;
    private final SimilarFrames similar;
    private final StreamTexts texts;
    private final ExecutorService decodeLane;
    private final ExecutorService encodeLane;
    private final BatchAssembler<Ticket> assembler;
    private final StreamSequencer<Runnable> sequencer = new StreamSequencer<>();
    private final RecentStreams recentStreams = new RecentStreams(RECENT);
    private final StylizerMetrics metrics = new StylizerMetrics();

    /** With several workers: batches that could not go into the main lane when they started. */
    private final List<Batch> waitingBatches = new ArrayList<>();

    private int batchesInFlight;
    private int framesInside;
    private boolean flushing;

    /** A frame on its way. */
    private static final class Ticket {
        final Frame frame;
        final long takenNanos;
        final long queueMicros;
        StreamSequencer<Runnable>.Slot slot;

        /** Null if the frame passes through. */
        StreamPrompt prompt;

        /** Whether it is being decoded, or has been. */
        boolean decoding;

        Decoded decoded;

        /** Null if nothing is conditioned. */
        FrameSignature signature;

        /** Not null if it is known that the frame needs it. */
        ForeseenFlow flow;

        /** Not null if later frames are conditioned on this one's output. */
        Anchor anchor;

        /** Not null if later frames may be answered with this one's output. */
        SimilarFrames.Given given;

        long decodedNanos;

        /** Whether the frame has gone another way than through the model. */
        volatile boolean gone;

        Ticket(Frame frame, StreamPrompt prompt) {
            this.frame = frame;
            this.prompt = prompt;
            this.takenNanos = System.nanoTime();
            this.queueMicros =
                    Math.max(0, System.currentTimeMillis() - frame.origin().appendTimeMillis())
                            * 1000;
        }

        /** As conditioning looks at it, under the prompt that it has now. */
        StreamFrame streamFrame() {
            return new StreamFrame(
                    frame.image(),
                    decoded.pixels(),
                    new StreamFrame.Seen(
                            signature, frame.origin().appendTimeMillis(), prompt.look()),
                    flow);
        }
    }

    /**
     * @param bundle stays the caller's, who closes it after this
     * @param owner runs what the lanes report on the owner's thread
     */
    public Stylizer(StylizerSettings settings, LoadedBundle bundle, Executor owner, Output output) {
        this.settings = settings;
        this.manifest = bundle.manifest();
        this.owner = owner;
        this.output = output;
        this.decoder =
                new FrameDecoder(
                        manifest.frame().width(),
                        manifest.frame().height(),
                        settings.fit(),
                        settings.limits());
        this.encoder = new FrameEncoder(settings.jpegQuality());
        this.pipeline = new StylizePipeline(bundle);
        this.similar =
                new SimilarFrames(
                        settings.similarBound(), settings.conditioning().resetAfter().toMillis());
        this.conditioning = new Conditioning(settings.conditioning(), pipeline, decoder);
        this.texts = new StreamTexts(settings.text(), settings.conditioning(), decoder);
        this.decodeLane = lane("impasto-decode", settings.decodeThreads());
        this.encodeLane = lane("impasto-encode", settings.encodeThreads());
        this.assembler = new BatchAssembler<>(settings.batch());
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
     * Takes a frame, if there is room for it.
     *
     * @param prompt what to make of it; without one the frame passes through
     * @return false if the queues are full and the policy is to block: offer it again after
     *     something came out
     */
    public boolean offer(Frame frame, Optional<StreamPrompt> prompt) {
        Ticket ticket = new Ticket(frame, prompt.orElse(null));
        if (prompt.isEmpty()) {
            admit(ticket);
            passThrough(ticket, null);
            return true;
        }
        if (!hasRoom(frame.streamId())) {
            switch (settings.overload()) {
                case BLOCK -> {
                    return false;
                }
                case DROP_OLDEST ->
                        assembler
                                .dropOldest(frame.streamId(), waiting -> waiting.decoding)
                                .ifPresent(this::drop);
                case PASS_THROUGH -> {
                    admit(ticket);
                    passThrough(ticket, "overload: %s".formatted(queueFull()));
                    return true;
                }
            }
        }
        admit(ticket);
        assembler.offer(frame.streamId(), ticket, System.nanoTime());
        decodeAhead();
        return true;
    }

    /**
     * Where nothing is dropped, streams share their room: after a pause a broker hands over one
     * partition's frames after another's, and if the first full queue held up the source, batches
     * would be made of one stream at a time.
     */
    private boolean hasRoom(String streamId) {
        if (settings.overload() != OverloadPolicy.BLOCK) {
            return assembler.hasRoom(streamId);
        }
        long now = System.nanoTime();
        recentStreams.seen(streamId, now);
        return assembler.hasSharedRoom(recentStreams.count(now));
    }

    /**
     * Decodes what the next batch will take, and where there may be optical flow to compute what
     * the next {@value #BATCHES_FORESEEN} take; and no more: of the frames that wait behind an
     * overloaded model most are dropped before their turn.
     */
    private void decodeAhead() {
        for (Ticket ticket : assembler.upcoming(foresees() ? BATCHES_FORESEEN : 1)) {
            if (!ticket.decoding) {
                ticket.decoding = true;
                report(
                        CompletableFuture.supplyAsync(() -> decode(ticket), decodeLane),
                        (decoded, failure) -> decoded(ticket, decoded, failure));
            }
        }
    }

    /** A frame's pixels, and what they are compared by; null if nothing is compared. */
    private record Looked(Decoded decoded, FrameSignature signature) {}

    /** Nothing for a frame that has gone meanwhile. */
    private Looked decode(Ticket ticket) {
        if (ticket.gone) {
            return null;
        }
        Decoded decoded = decoder.decode(ticket.frame.image());
        boolean compared = isConditioned() || similar.isOn() || settings.text().keeps();
        return new Looked(decoded, compared ? FrameSignature.of(decoded.pixels()) : null);
    }

    private boolean isConditioned() {
        return settings.conditioning().schedule() != RefreshSchedule.OFF;
    }

    private void admit(Ticket ticket) {
        ticket.slot = sequencer.register(ticket.frame.streamId());
        framesInside++;
        metrics.framesIn.increment();
    }

    private void decoded(Ticket ticket, Looked looked, Throwable failure) {
        if (ticket.gone) {
            return;
        }
        if (failure != null) {
            BadInputException bad = badInput(failure);
            assembler.remove(ticket.frame.streamId(), ticket);
            fail(ticket, bad.reason(), bad.getMessage());
        } else {
            ticket.decodedNanos = System.nanoTime();
            ticket.decoded = looked.decoded;
            ticket.signature = looked.signature;
            if (foresees()) {
                foresee(ticket.frame.streamId());
            }
        }
        poll();
    }

    /** Where frames are skipped it is not known before their turn which go to the model. */
    private boolean foresees() {
        return conditioning.foresees() && !similar.isOn();
    }

    /** Begins the optical flow that a stream's decoded frames will need. */
    private void foresee(String streamId) {
        List<StreamFrame> waiting = new ArrayList<>();
        for (Ticket ticket : assembler.waiting(streamId)) {
            if (ticket.decoded == null) {
                break;
            }
            waiting.add(ticket.streamFrame());
            if (ticket.flow == null && ticket.prompt.strength() > 0) {
                conditioning
                        .foresee(streamId, waiting)
                        .ifPresent(
                                flow -> {
                                    ticket.flow = flow;
                                    report(flow.vectors(), (vectors, failure) -> poll());
                                });
            }
        }
    }

    /**
     * Frames go when they are decoded and their optical flow is computed, as far as it was
     * foreseen, and with those of their own group.
     */
    private class Decodedness implements BatchAssembler.Admission<Ticket> {
        @Override
        public boolean isReady(Ticket ticket) {
            return ticket.decoded != null && (ticket.flow == null || ticket.flow.isDone());
        }

        @Override
        public boolean comesSoon(Ticket ticket) {
            return ticket.decoding && ticket.decoded == null;
        }

        @Override
        public boolean mayJoin(List<Ticket> before, Ticket ticket) {
            return !isConditioned()
                    || conditioning.mayJoin(
                            ticket.frame.streamId(),
                            before.stream().map(Ticket::streamFrame).toList(),
                            ticket.streamFrame());
        }
    }

    /** Frames go that need not wait in the model for others. */
    private final class Independence extends Decodedness {
        @Override
        public boolean isReady(Ticket ticket) {
            return super.isReady(ticket) && !conditioning.waits(ticket.frame.streamId());
        }
    }

    private final Decodedness decodedness = new Decodedness();
    private final Independence independence = new Independence();

    /** Starts the batches that are due. Call it when {@link #deadlineNanos} has passed. */
    public void poll() {
        while (batchesInFlight < pipeline.depth()) {
            Optional<List<Ticket>> batch = nextBatch();
            if (batch.isEmpty()) {
                break;
            }
            start(batch.get());
        }
        decodeAhead();
    }

    /**
     * With several workers, a batch that waits for another takes a place that a third might use. So
     * one at a time may wait, in which the side lane is ahead of the workers.
     */
    private Optional<List<Ticket>> nextBatch() {
        if (pipeline.workers() == 1) {
            return nextBatch(decodedness);
        }
        waitingBatches.removeIf(Stylizer::isReady);
        Optional<List<Ticket>> batch = nextBatch(independence);
        return batch.isEmpty() && waitingBatches.isEmpty() ? nextBatch(decodedness) : batch;
    }

    private Optional<List<Ticket>> nextBatch(BatchAssembler.Admission<Ticket> admission) {
        if (!mayStartPartial()) {
            return assembler.pollFull(admission);
        }
        return flushing ? assembler.flush(admission) : assembler.poll(System.nanoTime(), admission);
    }

    /**
     * On a device a batch that is not full does not take the last place in flight: there it would
     * only wait, and cost as much as a full one, while more frames could join it.
     */
    private boolean mayStartPartial() {
        return batchesInFlight <= pipeline.workers();
    }

    private static boolean isReady(Batch batch) {
        return batch.items().stream().allMatch(item -> item.condition().isReady());
    }

    private void start(List<Ticket> chosen) {
        List<Ticket> tickets = new ArrayList<>(chosen.size());
        List<Batch.Item> items = new ArrayList<>(chosen.size());
        for (Ticket ticket : chosen) {
            // One after another, so that a stream's conditioning sees its frames in their order.
            if (!similar.isOn() || isNew(ticket)) {
                if (tickets.isEmpty()) {
                    conditioning.beginBatch();
                }
                tickets.add(ticket);
                items.add(item(ticket));
            }
        }
        if (!tickets.isEmpty()) {
            submit(tickets, new Batch(items));
        }
    }

    /** Whether the frame goes to the model; one that is like the last is answered. */
    private boolean isNew(Ticket ticket) {
        if (ticket.prompt.before() != null) {
            // A picture from before the way, or from it, need not be kept: it answers nothing.
            similar.forget(ticket.frame.streamId());
            return true;
        }
        Optional<SimilarFrames.Given> given =
                similar.next(
                        ticket.frame.streamId(),
                        ticket.streamFrame().seen(),
                        Style.of(ticket.prompt),
                        last -> skip(ticket, last));
        ticket.given = given.orElse(null);
        if (given.isEmpty()) {
            conditioning.skip(ticket.frame.streamId(), ticket.streamFrame());
            texts.skip(ticket.frame.streamId(), ticket.streamFrame());
        }
        return given.isPresent();
    }

    private void skip(Ticket ticket, Optional<LastOutput> last) {
        if (last.isEmpty()) {
            passThrough(ticket, "the model failed on a frame that is nearly equal");
            return;
        }
        metrics.framesSkipped.increment();
        LastOutput output = last.get();
        complete(
                ticket,
                () ->
                        this.output.result(
                                new FrameResult(
                                        ticket.frame.streamId(),
                                        ticket.frame.sequence(),
                                        ticket.frame.captureTimeMicros(),
                                        Outcome.SKIPPED,
                                        "nearly equal to frame %d".formatted(output.sequence()),
                                        ImageEncoding.JPEG,
                                        output.image(),
                                        output.promptId(),
                                        output.promptVersion(),
                                        manifest.name(),
                                        manifest.version(),
                                        new StageLatencies(
                                                ticket.queueMicros,
                                                micros(ticket.takenNanos, ticket.decodedNanos),
                                                micros(ticket.decodedNanos, System.nanoTime()),
                                                0,
                                                0))));
    }

    private Batch.Item item(Ticket ticket) {
        Optional<FrameText> text =
                (settings.text().keeps()
                                ? texts.next(
                                        ticket.frame.streamId(),
                                        ticket.streamFrame(),
                                        ticket.prompt)
                                : texts.ofFrame(ticket.prompt, ticket.decoded.pixels()))
                        .or(() -> FrameText.onItsWay(ticket.prompt));
        Conditioned conditioned =
                isConditioned()
                        ? conditioning.next(
                                ticket.frame.streamId(),
                                ticket.streamFrame(),
                                ticket.prompt.strength())
                        : Conditioned.OFF;
        ticket.anchor = conditioned.anchor();
        return new Batch.Item(
                ticket.decoded.pixels(),
                ticket.prompt.prompt().withSeedOffset(conditioned.seedOffset()),
                conditioned.condition(),
                text.orElse(null));
    }

    private void submit(List<Ticket> tickets, Batch batch) {
        batchesInFlight++;
        if (pipeline.workers() > 1 && !isReady(batch)) {
            waitingBatches.add(batch);
        }
        report(
                pipeline.submit(batch).thenCompose(stylized -> encode(tickets, stylized)),
                (finished, failure) -> finished(tickets, finished, failure));
    }

    /**
     * Gives waiting frames the prompts that hold now, in the order in which they came, so that a
     * change does not wait for the queue. Frames that have no prompt any more pass through.
     *
     * @param prompts a frame's prompt, given the frame and the prompt that it has had so far
     */
    public void rebind(BiFunction<Frame, StreamPrompt, Optional<StreamPrompt>> prompts) {
        for (Ticket ticket : assembler.waiting()) {
            Optional<StreamPrompt> prompt = prompts.apply(ticket.frame, ticket.prompt);
            if (prompt.isPresent()) {
                ticket.prompt = prompt.get();
            } else {
                assembler.remove(ticket.frame.streamId(), ticket);
                ticket.gone = true;
                passThrough(ticket, null);
            }
        }
        poll();
    }

    /** Has the owner told of what a lane has done. */
    private <T> void report(CompletableFuture<T> work, BiConsumer<T, Throwable> receiver) {
        var unused =
                work.whenComplete(
                        (value, failure) -> owner.execute(() -> receiver.accept(value, failure)));
    }

    /** A frame's way out of the model: pixels and result, or an error. */
    private record Finished(
            Ticket ticket, Pixels pixels, FrameResult result, RuntimeException error) {}

    private CompletableFuture<List<Finished>> encode(List<Ticket> tickets, StylizedBatch batch) {
        metrics.batches.increment();
        metrics.modelMicros.add(micros(batch.startNanos(), batch.endNanos()));
        List<CompletableFuture<Finished>> pending = new ArrayList<>(tickets.size());
        for (int i = 0; i < tickets.size(); i++) {
            Ticket ticket = tickets.get(i);
            StylizedBatch.Result result = batch.results().get(i);
            pending.add(
                    CompletableFuture.supplyAsync(
                            () ->
                                    result.error() == null
                                            ? encode(ticket, result, batch)
                                            : new Finished(ticket, null, null, result.error()),
                            encodeLane));
        }
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .thenApply(all -> pending.stream().map(CompletableFuture::join).toList());
    }

    private Finished encode(Ticket ticket, StylizedBatch.Result result, StylizedBatch batch) {
        byte[] image = encoder.encode(result.pixels(), ticket.decoded.content());
        StageLatencies latencies =
                new StageLatencies(
                        ticket.queueMicros,
                        micros(ticket.takenNanos, ticket.decodedNanos),
                        micros(ticket.decodedNanos, batch.startNanos()),
                        micros(batch.startNanos(), batch.endNanos()),
                        micros(batch.endNanos(), System.nanoTime()));
        return new Finished(
                ticket,
                result.pixels(),
                new FrameResult(
                        ticket.frame.streamId(),
                        ticket.frame.sequence(),
                        ticket.frame.captureTimeMicros(),
                        Outcome.STYLIZED,
                        null,
                        ImageEncoding.JPEG,
                        image,
                        ticket.prompt.prompt().promptId(),
                        ticket.prompt.prompt().version(),
                        manifest.name(),
                        manifest.version(),
                        latencies),
                null);
    }

    private void finished(List<Ticket> tickets, List<Finished> finished, Throwable failure) {
        batchesInFlight--;
        if (failure != null) {
            throw jobFailure(
                    "restyling %d frames, the first of them %s"
                            .formatted(tickets.size(), tickets.get(0).frame),
                    failure);
        }
        for (Finished frame : finished) {
            if (frame.ticket().anchor != null) {
                frame.ticket().anchor.finished(frame.pixels());
            }
            if (frame.ticket().given != null) {
                similar.finished(frame.ticket().given, lastOutput(frame));
            }
            if (frame.error() == null) {
                metrics.framesStylized.increment();
                complete(frame.ticket(), () -> output.result(frame.result()));
            } else {
                fail(
                        frame.ticket(),
                        DeadLetterReason.MODEL_FAILURE,
                        "the model failed on this frame alone: " + frame.error().getMessage());
            }
        }
        poll();
    }

    private static Optional<LastOutput> lastOutput(Finished frame) {
        Ticket ticket = frame.ticket();
        return Optional.ofNullable(frame.result())
                .map(
                        result ->
                                new LastOutput(
                                        result.sequence(),
                                        ticket.signature,
                                        Style.of(ticket.prompt),
                                        ticket.frame.origin().appendTimeMillis(),
                                        result.image(),
                                        result.promptId(),
                                        result.promptVersion()));
    }

    private void passThrough(Ticket ticket, String reason) {
        try {
            ImageHeader header = settings.limits().check(ticket.frame.image());
            metrics.framesPassedThrough.increment();
            complete(
                    ticket,
                    () ->
                            output.result(
                                    unchanged(
                                            ticket,
                                            Outcome.PASSED_THROUGH,
                                            reason,
                                            header.encoding(),
                                            ticket.frame.image())));
        } catch (BadInputException e) {
            fail(ticket, e.reason(), e.getMessage());
        }
    }

    private void drop(Ticket ticket) {
        ticket.gone = true;
        metrics.framesDropped.increment();
        complete(
                ticket,
                () ->
                        output.result(
                                unchanged(
                                        ticket,
                                        Outcome.DROPPED,
                                        "overload: %s".formatted(queueFull()),
                                        null,
                                        null)));
    }

    private String queueFull() {
        return "%d frames of the stream were waiting".formatted(settings.batch().queuePerStream());
    }

    private static FrameResult unchanged(
            Ticket ticket, Outcome outcome, String reason, ImageEncoding encoding, byte[] image) {
        return new FrameResult(
                ticket.frame.streamId(),
                ticket.frame.sequence(),
                ticket.frame.captureTimeMicros(),
                outcome,
                reason,
                encoding,
                image,
                null,
                null,
                null,
                null,
                new StageLatencies(ticket.queueMicros, 0, 0, 0, 0));
    }

    private void fail(Ticket ticket, DeadLetterReason reason, String error) {
        metrics.framesDeadLettered.increment();
        complete(ticket, () -> output.failure(new FrameFailure(ticket.frame, reason, error)));
    }

    private void complete(Ticket ticket, Runnable emission) {
        framesInside--;
        sequencer.complete(ticket.slot, emission);
        sequencer.drainTo(Runnable::run);
    }

    private static BadInputException badInput(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        if (FailurePolicy.of(cause) == Consequence.DEAD_LETTER) {
            return (BadInputException) cause;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        throw new JobFailureException("decoding failed: " + cause.getMessage(), cause);
    }

    private static RuntimeException jobFailure(String work, Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        if (cause instanceof Error error) {
            throw error;
        }
        return new JobFailureException(work + ": " + cause.getMessage(), cause);
    }

    private static long micros(long fromNanos, long toNanos) {
        return Math.max(0, toNanos - fromNanos) / 1000;
    }

    /** When to call {@link #poll} if nothing else happens, by {@link System#nanoTime}. */
    public OptionalLong deadlineNanos() {
        return mayStartPartial() ? assembler.deadlineNanos() : OptionalLong.empty();
    }

    /**
     * From now on, until {@link #endFlush}, batches start as soon as they can, full or not.
     *
     * @return whether anything is still inside: then wait for what the lanes report
     */
    public boolean flush() {
        flushing = true;
        poll();
        return framesInside > 0;
    }

    /** Goes back to waiting for full batches. */
    public void endFlush() {
        flushing = false;
    }

    /**
     * How streams' conditioning has changed since this was asked last: a stream's state, or nothing
     * where it has been released. Call it when {@link #flush} has found nothing inside.
     *
     * @param pause tells which streams have paused for too long: these are released
     */
    public Map<String, Optional<byte[]>> takeConditioningChanges(Pause pause) {
        return conditioning.takeChanges(pause);
    }

    /**
     * Goes on with a stream's conditioning from a state that {@link #takeConditioningChanges} gave,
     * before its first frame. If that fails, the owner's executor is given work that throws.
     */
    public void restoreConditioning(String streamId, byte[] state) {
        report(
                conditioning.restore(streamId, state),
                (restored, failure) -> {
                    if (failure != null) {
                        throw jobFailure(
                                "restoring the conditioning of stream '%s'".formatted(streamId),
                                failure);
                    }
                });
    }

    /**
     * As {@link #takeConditioningChanges}, of the pictures with which similar frames are answered.
     */
    public Map<String, Optional<LastOutput>> takeLastOutputChanges(Pause pause) {
        return similar.takeChanges(pause);
    }

    /** As {@link #restoreConditioning}, of the picture with which similar frames are answered. */
    public void restoreLastOutput(String streamId, LastOutput last) {
        similar.restore(streamId, last);
    }

    /** As {@link #takeConditioningChanges}, of the texts that are encoded with streams' frames. */
    public Map<String, Optional<byte[]>> takeTextChanges(Pause pause) {
        return texts.takeChanges(pause);
    }

    /** As {@link #restoreConditioning}, of the texts that are encoded with streams' frames. */
    public void restoreText(String streamId, byte[] state) {
        texts.restore(streamId, state);
    }

    /** What was done for texts that are encoded with streams' frames. */
    public TextCounters textCounters() {
        return texts.counters();
    }

    /** Frames taken that have not come out. */
    public int framesInside() {
        return framesInside;
    }

    public StylizerMetrics metrics() {
        return metrics;
    }

    /**
     * Ends the lanes; what is inside is lost, so flush first. Returns when the model is at rest and
     * the bundle may be closed. Idempotent.
     */
    @Override
    public void close() {
        decodeLane.shutdownNow();
        pipeline.close();
        conditioning.close();
        texts.close();
        encodeLane.shutdownNow();
    }
}
