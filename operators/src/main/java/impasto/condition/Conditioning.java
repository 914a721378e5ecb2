package impasto.condition;

import impasto.decode.FrameDecoder;
import impasto.decode.Pixels;
import impasto.model.Condition;
import impasto.model.Kept;
import impasto.model.StylizePipeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Conditions the frames of many streams, each on its own stream's past and on no other's.
 *
 * <p>For one thread; optical flow is computed on a lane of its own.
 */
public final class Conditioning implements AutoCloseable {

    private final ConditioningSettings settings;
    private final StylizePipeline pipeline;
    private final FrameDecoder decoder;
    private final OpticalFlow opticalFlow;
    private final ExecutorService flowLane;
    private final Map<String, ConditionedStream> streams = new HashMap<>();
    private final Set<String> released = new HashSet<>();

    /** Not null exactly if the schedule is the paper's; then {@code streams} is empty. */
    private final PaperConditioning paper;

    /**
     * @param pipeline stays the caller's, who closes it before this
     * @param decoder for frames that a snapshot has as they were received
     */
    public Conditioning(
            ConditioningSettings settings, StylizePipeline pipeline, FrameDecoder decoder) {
        this.settings = settings;
        this.pipeline = pipeline;
        this.decoder = decoder;
        this.paper =
                settings.schedule() == RefreshSchedule.PAPER
                        ? new PaperConditioning(settings.everyGroups(), this::flow)
                        : null;
        this.opticalFlow = new OpticalFlow(settings.halfSizeFlow());
        this.flowLane =
                Executors.newFixedThreadPool(
                        settings.flowThreads(),
                        work -> {
                            Thread thread = new Thread(work, "impasto-flow");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    private boolean byStream() {
        return settings.schedule() == RefreshSchedule.EVERY_GROUPS
                || settings.schedule() == RefreshSchedule.ADAPTIVE;
    }

    /**
     * Whether the next frame of a stream needs something that is still being computed, so that its
     * batch would have to wait.
     */
    public boolean waits(String streamId) {
        ConditionedStream stream = streams.get(streamId);
        return stream != null && stream.waits();
    }

    /**
     * Whether a frame may go into the same batch as those before it in its stream: frames of two
     * groups never share one.
     *
     * @param before the stream's frames in the batch, at least one
     */
    public boolean mayJoin(String streamId, List<StreamFrame> before, StreamFrame frame) {
        if (!byStream()) {
            return true;
        }
        ConditionedStream stream = streams.get(streamId);
        int room = stream == null ? settings.groupFrames() : stream.room(before.get(0).seen());
        return before.size() < room
                && !ConditionedStream.begins(
                        settings, before.get(before.size() - 1).seen(), frame.seen());
    }

    /** Whether {@link #foresee} may have something to begin. */
    public boolean foresees() {
        return byStream();
    }

    /**
     * Begins the optical flow that a waiting frame will need, so that no batch has to wait for it.
     *
     * @param waiting the stream's waiting frames in their order, up to this one; that all of them
     *     go to the model is taken for granted, and costs the flow if it turns out wrong
     * @return nothing if the frame needs no flow, or if that is not known yet
     */
    public Optional<ForeseenFlow> foresee(String streamId, List<StreamFrame> waiting) {
        Pixels to = waiting.get(waiting.size() - 1).pixels();
        return Optional.ofNullable(streams.get(streamId))
                .flatMap(stream -> stream.foreseenAnchor(waiting))
                .map(from -> new ForeseenFlow(from, flow(from, to)));
    }

    /** The frames from now on are those of the next batch. */
    public void beginBatch() {
        if (paper != null) {
            paper.beginBatch();
        }
    }

    /**
     * Gives a stream's next frame to the model.
     *
     * @param strength of the adapter; with 0 the frame is not conditioned, and the stream begins
     *     anew after it
     */
    public Conditioned next(String streamId, StreamFrame frame, float strength) {
        if (paper != null) {
            return paper.next(frame.pixels(), strength);
        }
        if (!byStream()) {
            return Conditioned.OFF;
        }
        if (strength == 0) {
            release(streamId);
            return Conditioned.OFF;
        }
        return streams.computeIfAbsent(
                        streamId, id -> new ConditionedStream(id, settings, this::flow))
                .next(frame, strength);
    }

    /** Says that a stream's next frame is not given to the model, because it is like the last. */
    public void skip(String streamId, StreamFrame frame) {
        ConditionedStream stream = streams.get(streamId);
        if (stream != null) {
            stream.skip(frame.seen());
        }
    }

    private CompletableFuture<float[]> flow(Pixels from, Pixels to) {
        return CompletableFuture.supplyAsync(() -> opticalFlow.between(from, to), flowLane);
    }

    /** Forgets a stream: with its next frame conditioning begins anew. */
    public void release(String streamId) {
        ConditionedStream stream = streams.remove(streamId);
        if (stream != null) {
            stream.close();
            released.add(streamId);
        }
    }

    /**
     * What has changed since this was asked last: a stream's state, or nothing if it was released.
     * Streams that have paused for too long are released now. Call it when nothing is in the model.
     */
    public Map<String, Optional<byte[]>> takeChanges(Pause pause) {
        for (String streamId : new ArrayList<>(streams.keySet())) {
            if (pause.isOver(streamId, streams.get(streamId).lastAppendMillis())) {
                release(streamId);
            }
        }
        Map<String, Optional<byte[]>> changes = new HashMap<>();
        released.forEach(streamId -> changes.put(streamId, Optional.empty()));
        released.clear();
        streams.forEach(
                (streamId, stream) -> {
                    if (stream.takeChanged()) {
                        changes.put(streamId, Optional.of(stream.state().toBytes()));
                    }
                });
        return changes;
    }

    /**
     * Goes on with a stream where {@link #takeChanges} left it.
     *
     * @return completes when all that was lost is there again, or with the failure because of which
     *     it is not: then the stream's frames would not be those of a run without failure
     * @throws IllegalArgumentException if the state is of a later release
     */
    public CompletableFuture<Void> restore(String streamId, byte[] state) {
        ConditionedStream stream = new ConditionedStream(streamId, settings, this::flow);
        Restoration restoration = new Restoration();
        if (byStream() && stream.restore(StreamState.of(state), restoration)) {
            streams.put(streamId, stream);
        } else {
            released.add(streamId);
        }
        return CompletableFuture.allOf(restoration.encoded.toArray(CompletableFuture[]::new));
    }

    /** What brings one stream back. */
    private final class Restoration implements ConditionedStream.Restorer {
        final List<CompletableFuture<Void>> encoded = new ArrayList<>();

        @Override
        public Pixels decode(byte[] image) {
            return decoder.decode(image).pixels();
        }

        @Override
        public Anchor anchor(StreamState.AnchorState state) {
            if (state == null) {
                return null;
            }
            Pixels input = decode(state.image());
            if (state.output() == null) {
                return new Anchor(state.image(), input, Kept.nothing());
            }
            Pixels output = new Pixels(state.output(), input.widthPixels(), input.heightPixels());
            Anchor anchor = new Anchor(state.image(), input, pipeline.keep(output));
            anchor.finished(output);
            return anchor;
        }

        @Override
        public void encode(Pixels pixels, Condition condition) {
            encoded.add(pipeline.encode(pixels, condition));
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        flowLane.shutdownNow();
        streams.values().forEach(ConditionedStream::close);
        streams.clear();
        if (paper != null) {
            paper.close();
        }
    }
}
