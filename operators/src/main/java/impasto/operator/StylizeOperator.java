package impasto.operator;

import impasto.condition.Pause;
import impasto.condition.TextCounters;
import impasto.failure.FrameFailure;
import impasto.failure.JobFailureException;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.model.LoadedBundle;
import impasto.model.TextBlend;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.PromptBindings;
import impasto.prompt.PromptTrack;
import impasto.prompt.PromptUpdate;
import impasto.prompt.StreamPrompt;
import impasto.stylize.LastOutput;
import impasto.stylize.Stylizer;
import impasto.stylize.StylizerMetrics;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.KeyedStateFunction;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Restyles frames, keyed by shard, by the prompts that are broadcast to it. Around a {@link
 * Stylizer} it adds what Flink gives: lanes report through the mailbox, nothing is inside when a
 * checkpoint is taken, and what must survive is in state.
 *
 * <p>Frames that arrive before the prompts that were there before the job ({@link
 * PromptUpdate.Kind#CAUGHT_UP}) wait, in a bounded buffer that is part of the state.
 */
public final class StylizeOperator extends AbstractStreamOperator<FrameResult>
        implements TwoInputStreamOperator<Frame, PromptUpdate, FrameResult> {

    private static final long serialVersionUID = 1L;

    /** Frames that could not be restyled. */
    public static final OutputTag<FrameFailure> FAILURES =
            new OutputTag<>("frame-failures", TypeInformation.of(FrameFailure.class));

    private static final MapStateDescriptor<String, EncodedPrompt> PROMPTS =
            new MapStateDescriptor<>(
                    "prompts", Types.STRING, TypeInformation.of(EncodedPrompt.class));
    private static final MapStateDescriptor<String, Boolean> CAUGHT_UP =
            new MapStateDescriptor<>("prompts-caught-up", Types.STRING, Types.BOOLEAN);
    private static final MapStateDescriptor<String, StreamProgress> STREAMS =
            new MapStateDescriptor<>(
                    "streams", Types.STRING, TypeInformation.of(StreamProgress.class));
    private static final MapStateDescriptor<String, PromptTrack.State> TRACKS =
            new MapStateDescriptor<>(
                    "prompt-tracks", Types.STRING, TypeInformation.of(PromptTrack.State.class));
    private static final MapStateDescriptor<String, byte[]> CONDITIONING =
            new MapStateDescriptor<>(
                    "conditioning",
                    Types.STRING,
                    PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    private static final MapStateDescriptor<String, byte[]> TEXTS =
            new MapStateDescriptor<>(
                    "texts", Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    private static final MapStateDescriptor<String, LastOutput> LAST_OUTPUTS =
            new MapStateDescriptor<>(
                    "last-outputs", Types.STRING, TypeInformation.of(LastOutput.class));
    private static final ListStateDescriptor<Frame> WAITING =
            new ListStateDescriptor<>("frames-before-prompts", TypeInformation.of(Frame.class));

    private final Settings settings;

    private transient MailboxExecutor mailbox;
    private transient LoadedBundle bundle;
    private transient Stylizer stylizer;
    private transient BroadcastState<String, EncodedPrompt> prompts;
    private transient BroadcastState<String, Boolean> caughtUpState;
    private transient StreamStore<StreamProgress> progress;
    private transient StreamStore<PromptTrack.State> tracks;
    private transient StreamStore<byte[]> conditioning;
    private transient StreamStore<byte[]> texts;
    private transient StreamStore<LastOutput> lastOutputs;
    private transient ListState<Frame> waitingState;
    private transient PromptBindings bindings;
    private transient boolean caughtUp;
    private transient ArrayDeque<Frame> waiting;
    private transient Map<String, Tracked> streams;

    private transient Map<Object, Map<Integer, Appends>> appendsByShard;
    private transient ScheduledFuture<?> lingerTimer;
    private transient long lingerTimerNanos;
    private transient boolean drainExpired;
    private transient long framesMissing;
    private transient long promptsEvicted;
    private transient TextBlend blend;

    /**
     * @param maxWaitingFrames frames that may wait for the first prompts; beyond that the one that
     *     has waited longest goes on with the prompts known by then
     * @param maxPrompts prompts in effect; beyond that one is forgotten, as {@link
     *     PromptBindings#evict} tells, the same in every subtask
     * @param drainDeadline how long a checkpoint waits for what is inside before the task fails
     */
    public record Settings(
            ModelSettings model,
            StylizerConfiguration stylizer,
            int maxWaitingFrames,
            int maxPrompts,
            Duration drainDeadline)
            implements Serializable {
        public Settings {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(stylizer, "stylizer");
            Objects.requireNonNull(drainDeadline, "drainDeadline");
        }
    }

    /** A stream's progress in memory, and the shard under which it is kept. */
    private static final class Tracked {
        final Object shard;
        final PromptTrack prompts;
        StreamProgress progress;
        boolean changed;

        Tracked(Object shard, PromptTrack prompts, StreamProgress progress) {
            this.shard = shard;
            this.prompts = prompts;
            this.progress = progress;
        }
    }

    /** When the broker appended the frames of a partition that were taken since the start. */
    private record Appends(long firstMillis, long newestMillis) {
        Appends and(Appends later) {
            return new Appends(firstMillis, Math.max(newestMillis, later.newestMillis));
        }
    }

    public StylizeOperator(Settings settings) {
        this.settings = settings;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        prompts = context.getOperatorStateStore().getBroadcastState(PROMPTS);
        caughtUpState = context.getOperatorStateStore().getBroadcastState(CAUGHT_UP);
        progress = streamStore(context, STREAMS);
        tracks = streamStore(context, TRACKS);
        conditioning = streamStore(context, CONDITIONING);
        texts = streamStore(context, TEXTS);
        lastOutputs = streamStore(context, LAST_OUTPUTS);
        waitingState = context.getKeyedStateStore().getListState(WAITING);
        bindings = new PromptBindings(settings.maxPrompts);
        for (Map.Entry<String, EncodedPrompt> entry : prompts.immutableEntries()) {
            bindings.put(entry.getValue());
        }
        evictPrompts();
        caughtUp = caughtUpState.contains("");
        waiting = new ArrayDeque<>();
        streams = new HashMap<>();
        appendsByShard = new HashMap<>();
        if (context.isRestored()) {
            restoreWaitingFrames();
        }
    }

    private <T> StreamStore<T> streamStore(
            StateInitializationContext context, MapStateDescriptor<String, T> descriptor)
            throws Exception {
        return new StreamStore<>(
                context.getKeyedStateStore().getMapState(descriptor),
                descriptor,
                getKeyedStateBackend(),
                this::setCurrentKey);
    }

    private void restoreWaitingFrames() throws Exception {
        this.<Object>getKeyedStateBackend()
                .applyToAllKeys(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        WAITING,
                        (KeyedStateFunction<Object, ListState<Frame>>)
                                (shard, frames) -> frames.get().forEach(waiting::add));
    }

    @Override
    public void open() throws Exception {
        super.open();
        mailbox =
                getContainingTask()
                        .getMailboxExecutorFactory()
                        .createExecutor(getOperatorConfig().getChainIndex());
        bundle = settings.model.acquire();
        blend = new TextBlend(bundle.manifest());
        stylizer =
                new Stylizer(
                        settings.stylizer.toSettings(bundle.manifest()),
                        bundle,
                        this::onMailbox,
                        new Stylizer.Output() {
                            @Override
                            public void result(FrameResult result) {
                                output.collect(new StreamRecord<>(result));
                            }

                            @Override
                            public void failure(FrameFailure failure) {
                                output.collect(FAILURES, new StreamRecord<>(failure));
                            }
                        });
        registerMetrics(stylizer.metrics(), stylizer.textCounters());
    }

    /** Runs what a lane reports on the task's thread; afterwards another batch may be due. */
    private void onMailbox(Runnable report) {
        mailbox.execute(
                () -> {
                    report.run();
                    armLingerTimer();
                },
                "frame lanes");
    }

    private void registerMetrics(StylizerMetrics metrics, TextCounters texts) {
        MetricGroup group = getMetricGroup().addGroup("impasto");
        group.gauge("framesIn", metrics.framesIn::sum);
        group.gauge("framesStylized", metrics.framesStylized::sum);
        group.gauge("framesPassedThrough", metrics.framesPassedThrough::sum);
        group.gauge("framesSkipped", metrics.framesSkipped::sum);
        group.gauge("framesDropped", metrics.framesDropped::sum);
        group.gauge("framesDeadLettered", metrics.framesDeadLettered::sum);
        group.gauge("framesMissing", () -> framesMissing);
        group.gauge("prompts", () -> bindings.prompts().size());
        group.gauge("promptsEvicted", this::promptsEvicted);
        group.gauge("framesInside", stylizer::framesInside);
        group.gauge("framesWaitingForPrompts", () -> waiting.size());
        group.gauge("batches", metrics.batches::sum);
        group.gauge("modelMicros", metrics.modelMicros::sum);
        group.gauge("textRefreshes", texts.refreshes::sum);
        group.gauge("streamTextsEncoded", texts.encoded::sum);
        group.gauge("streamTextsEvicted", texts.evicted::sum);
    }

    @Override
    public void processElement1(StreamRecord<Frame> element) throws Exception {
        Frame frame = element.getValue();
        if (caughtUp) {
            take(frame, getCurrentKey());
            return;
        }
        waiting.add(frame);
        if (waiting.size() > settings.maxWaitingFrames) {
            // The oldest, so that its stream stays in order.
            takeWaitingFrame();
        }
    }

    private void take(Frame frame, Object shard) throws Exception {
        long appendMillis = frame.origin().appendTimeMillis();
        appendsByShard
                .computeIfAbsent(shard, key -> new HashMap<>())
                .merge(
                        frame.origin().partition(),
                        new Appends(appendMillis, appendMillis),
                        Appends::and);
        Tracked tracked = tracked(frame, shard);
        if (appendMillis - tracked.progress.lastAppendMillis() > resetMillis()) {
            // As if the pause had been noticed at a checkpoint, and the stream been forgotten.
            tracked.prompts.begin();
        }
        Optional<StreamPrompt> prompt = prompt(frame);
        track(tracked, frame, prompt.isPresent());
        while (!stylizer.offer(frame, prompt)) {
            mailbox.yield();
        }
        armLingerTimer();
    }

    /** The prompt under which a frame of a tracked stream comes now. */
    private Optional<StreamPrompt> prompt(Frame frame) {
        return streams.get(frame.streamId())
                .prompts
                .next(bindings.resolve(frame.streamId()), frame.origin().appendTimeMillis());
    }

    private Tracked tracked(Frame frame, Object shard) throws Exception {
        String streamId = frame.streamId();
        Tracked tracked = streams.get(streamId);
        if (tracked == null) {
            tracked =
                    new Tracked(
                            shard,
                            new PromptTrack(blend, tracks.wake(streamId).orElse(null)),
                            progress.wake(streamId)
                                    .orElseGet(
                                            () ->
                                                    StreamProgress.before(
                                                            frame.sequence(),
                                                            frame.origin().appendTimeMillis())));
            streams.put(streamId, tracked);
            conditioning
                    .wake(streamId)
                    .ifPresent(state -> stylizer.restoreConditioning(streamId, state));
            texts.wake(streamId).ifPresent(state -> stylizer.restoreText(streamId, state));
            lastOutputs
                    .wake(streamId)
                    .ifPresent(output -> stylizer.restoreLastOutput(streamId, output));
        }
        return tracked;
    }

    private void track(Tracked tracked, Frame frame, boolean given) {
        StreamProgress after =
                tracked.progress.after(frame.sequence(), frame.origin().appendTimeMillis(), given);
        framesMissing += after.framesMissing() - tracked.progress.framesMissing();
        tracked.progress = after;
        tracked.changed = true;
    }

    @Override
    public void processElement2(StreamRecord<PromptUpdate> element) throws Exception {
        PromptUpdate update = element.getValue();
        switch (update.kind()) {
            case SET -> {
                if (bindings.put(update.prompt())) {
                    prompts.put(update.promptId(), update.prompt());
                    evictPrompts();
                    rebindWaiting();
                }
            }
            case CLEAR -> {
                if (bindings.clear(update.promptId(), update.version())) {
                    prompts.remove(update.promptId());
                    rebindWaiting();
                }
            }
            case CAUGHT_UP -> {
                caughtUpState.put("", true);
                caughtUp = true;
                takeWaitingFrames();
            }
        }
    }

    /**
     * Takes every stream back to before its oldest waiting frame: those that no change concerns go
     * the same way again, with none of it gone twice. A frame before which nothing held, because
     * the stream had paused or its frames had passed through, begins anew again.
     */
    private void rebindWaiting() {
        Set<String> restarted = new HashSet<>();
        stylizer.rebind(
                (frame, until) -> {
                    if (restarted.add(frame.streamId()) || until.track().promptId() == null) {
                        streams.get(frame.streamId()).prompts.restart(until.track());
                    }
                    return prompt(frame);
                });
    }

    private void evictPrompts() throws Exception {
        for (Optional<String> evicted = bindings.evict();
                evicted.isPresent();
                evicted = bindings.evict()) {
            prompts.remove(evicted.get());
            // Every subtask forgets the same one; it is counted once.
            if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
                LOG.warn(
                        "Forgot prompt '{}', because there were more than {} (prompts.max-active)",
                        evicted.get(),
                        settings.maxPrompts);
                promptsEvicted++;
            }
        }
    }

    /** Prompts forgotten since the start, by the first subtask for all. */
    long promptsEvicted() {
        return promptsEvicted;
    }

    private void takeWaitingFrames() throws Exception {
        while (!waiting.isEmpty()) {
            takeWaitingFrame();
        }
    }

    private void takeWaitingFrame() throws Exception {
        Frame frame = waiting.remove();
        take(frame, ShardKey.of(frame.origin().partition(), maxParallelism()));
    }

    private int maxParallelism() {
        return getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
    }

    /** One timer stands for the earliest moment at which a batch is due although it is not full. */
    private void armLingerTimer() {
        OptionalLong deadline = stylizer.deadlineNanos();
        if (deadline.isEmpty()
                || (lingerTimer != null && lingerTimerNanos <= deadline.getAsLong())) {
            return;
        }
        if (lingerTimer != null) {
            lingerTimer.cancel(false);
        }
        lingerTimerNanos = deadline.getAsLong();
        // At least a millisecond: the deadline is past while the frame is still being decoded.
        long waitMillis =
                Math.max(
                        1, TimeUnit.NANOSECONDS.toMillis(lingerTimerNanos - System.nanoTime()) + 1);
        lingerTimer =
                getProcessingTimeService()
                        .registerTimer(
                                getProcessingTimeService().getCurrentProcessingTime() + waitMillis,
                                timestamp -> {
                                    lingerTimer = null;
                                    stylizer.poll();
                                    armLingerTimer();
                                });
    }

    /** Lets everything that is inside come out, so that no frame in flight is in a checkpoint. */
    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        drain("checkpoint " + checkpointId);
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        // Without prompts to wait for any longer, frames still waiting go on as they are; batches
        // start full or not, because no timer fires any more.
        caughtUp = true;
        stylizer.flush();
        takeWaitingFrames();
        drain("the end of input");
        super.finish();
    }

    private void drain(String occasion) throws InterruptedException {
        drainExpired = false;
        boolean inside = stylizer.flush();
        if (inside) {
            CompletableFuture<Void> alarm =
                    CompletableFuture.runAsync(
                            () -> mailbox.execute(() -> drainExpired = true, "drain deadline"),
                            CompletableFuture.delayedExecutor(
                                    settings.drainDeadline.toMillis(), TimeUnit.MILLISECONDS));
            while (stylizer.flush()) {
                mailbox.yield();
                if (drainExpired) {
                    throw new JobFailureException(
                            "%d frames did not come out within %s before %s"
                                    .formatted(
                                            stylizer.framesInside(),
                                            settings.drainDeadline,
                                            occasion),
                            null);
                }
            }
            alarm.cancel(false);
        }
        stylizer.endFlush();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        Map<String, Object> shards = new HashMap<>();
        Map<String, Optional<StreamProgress>> progressChanges = new HashMap<>();
        Map<String, Optional<PromptTrack.State>> trackChanges = new HashMap<>();
        Set<String> ended = new HashSet<>();
        streams.forEach(
                (streamId, tracked) -> {
                    shards.put(streamId, tracked.shard);
                    if (isPauseOver(streamId, tracked.progress.lastAppendMillis())) {
                        ended.add(streamId);
                        progressChanges.put(streamId, Optional.empty());
                        trackChanges.put(streamId, Optional.empty());
                        return;
                    }
                    if (tracked.changed) {
                        progressChanges.put(streamId, Optional.of(tracked.progress));
                        tracked.changed = false;
                    }
                    if (tracked.prompts.takeChanged()) {
                        trackChanges.put(streamId, Optional.of(tracked.prompts.state()));
                    }
                });
        progress.update(progressChanges, shards, this::isLate);
        tracks.update(trackChanges, shards, this::isLate);
        conditioning.update(
                stylizer.takeConditioningChanges(this::isPauseOver), shards, this::isLate);
        texts.update(stylizer.takeTextChanges(this::isPauseOver), shards, this::isLate);
        lastOutputs.update(stylizer.takeLastOutputChanges(this::isPauseOver), shards, this::isLate);
        streams.keySet().removeAll(ended);
        snapshotWaitingFrames();
        super.snapshotState(context);
    }

    /**
     * A {@link Pause}: a partition's frames come in the order of their appends, so a stream's next
     * frame is appended no earlier than the newest of its partition. Where partitions share a
     * shard, all must be past.
     */
    private boolean isPauseOver(String streamId, long lastAppendMillis) {
        return appendsByShard.get(streams.get(streamId).shard).values().stream()
                .mapToLong(Appends::newestMillis)
                .min()
                .stream()
                .anyMatch(newest -> newest - lastAppendMillis > resetMillis());
    }

    /** A stream that has not come since the start had its last frame before the shard's first. */
    private boolean isLate(Object shard) {
        Map<Integer, Appends> partitions = appendsByShard.getOrDefault(shard, Map.of());
        return !partitions.isEmpty()
                && partitions.values().stream()
                        .allMatch(
                                appends ->
                                        appends.newestMillis - appends.firstMillis > resetMillis());
    }

    private long resetMillis() {
        return settings.stylizer.conditioning().resetAfter().toMillis();
    }

    private void snapshotWaitingFrames() throws Exception {
        this.<Object>getKeyedStateBackend()
                .applyToAllKeys(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        WAITING,
                        (KeyedStateFunction<Object, ListState<Frame>>)
                                (shard, frames) -> frames.clear());
        for (Frame frame : waiting) {
            setCurrentKey(ShardKey.of(frame.origin().partition(), maxParallelism()));
            waitingState.add(frame);
        }
    }

    @Override
    public void close() throws Exception {
        if (stylizer != null) {
            stylizer.close();
            stylizer = null;
        }
        if (bundle != null) {
            bundle.close();
            bundle = null;
        }
        super.close();
    }
}
