package impasto.condition;

import impasto.decode.FrameDecoder;
import impasto.decode.Pixels;
import impasto.model.FrameText;
import impasto.model.Kept;
import impasto.prompt.Prompt;
import impasto.prompt.StreamPrompt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The texts of many streams as the text encoder makes them with each stream's own frames.
 *
 * <p>A stream remembers the frame with which its text was encoded last. The embeddings are kept,
 * but not more of them than there may be, those used longest ago go first; an embedding that is
 * missing, because it was evicted or lost with a machine, is encoded again with that same frame. So
 * what is kept decides how much work there is, and not what comes out.
 *
 * <p>A blend of texts, and both ends of a transition, are each encoded with the frame and then
 * blended as those that came with the prompt would be.
 *
 * <p>For one thread.
 */
public final class StreamTexts implements AutoCloseable {

    private final TextSettings settings;
    private final ConditioningSettings conditioning;
    private final FrameDecoder decoder;
    private final TextCounters counters = new TextCounters();
    private final Map<String, Stream> streams = new HashMap<>();
    private final Set<String> released = new HashSet<>();

    /** The one that was used longest ago first. */
    private final LinkedHashMap<Key, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(String streamId, String text) {}

    /** A stream, and the frame with which its text is encoded. */
    private final class Stream {
        final TextSchedule schedule = new TextSchedule(settings, conditioning);
        final Set<String> texts = new HashSet<>();
        byte[] image;
        boolean changed = true;

        TextState state(String streamId) {
            boolean failed =
                    texts.stream()
                            .map(text -> kept.get(new Key(streamId, text)))
                            .anyMatch(embedding -> embedding != null && embedding.isNothing());
            return new TextState(
                    conditioning.groupFrames(),
                    schedule.index(),
                    schedule.last(),
                    schedule.asked(),
                    failed ? null : image);
        }
    }

    /**
     * @param conditioning says what a group and a scene are, whether or not frames are conditioned
     * @param decoder for frames that are kept as they were received
     */
    public StreamTexts(
            TextSettings settings, ConditioningSettings conditioning, FrameDecoder decoder) {
        this.settings = settings;
        this.conditioning = conditioning;
        this.decoder = decoder;
    }

    public TextCounters counters() {
        return counters;
    }

    /**
     * The text of a stream's frame if every frame has its own.
     *
     * @param pixels at the model's size
     * @return nothing if the frame takes what came with the prompt
     */
    public Optional<FrameText> ofFrame(StreamPrompt prompt, Pixels pixels) {
        if (settings.refresh() != TextRefresh.EVERY_BATCH || isFixed(prompt)) {
            return Optional.empty();
        }
        counters.refreshes.increment();
        counters.encoded.add(count(prompt));
        return Optional.of(FrameText.of(prompt, pixels));
    }

    /** Whether all that a frame is restyled by has a picture of its own. */
    private static boolean isFixed(StreamPrompt prompt) {
        return count(prompt) == 0;
    }

    private static int count(StreamPrompt prompt) {
        return prompt.prompt().parts().length
                + (prompt.before() == null ? 0 : prompt.before().parts().length);
    }

    /**
     * Gives a stream's next frame to the model, if texts are kept.
     *
     * @return its text; nothing if the frame takes what came with the prompt
     */
    public Optional<FrameText> next(String streamId, StreamFrame frame, StreamPrompt prompt) {
        if (!settings.keeps()) {
            return Optional.empty();
        }
        Stream stream = streams.computeIfAbsent(streamId, id -> new Stream());
        stream.changed = true;
        TextSchedule.Asked asked =
                new TextSchedule.Asked(
                        prompt.prompt().promptId(),
                        prompt.prompt().version(),
                        prompt.prompt().text());
        boolean refreshes = stream.schedule.next(frame.seen(), asked);
        if (refreshes) {
            forgetTexts(streamId, stream);
            stream.image = frame.image();
        }
        if (isFixed(prompt) || stream.image == null) {
            return Optional.empty();
        }
        if (refreshes) {
            counters.refreshes.increment();
        }
        byte[] image = stream.image;
        Supplier<Pixels> picture = refreshes ? frame::pixels : () -> decoder.decode(image).pixels();
        FrameText text =
                FrameText.of(prompt, part -> part(new Key(streamId, part.text()), part, picture));
        evict();
        return Optional.of(text);
    }

    private FrameText.Part part(Key key, Prompt.Part part, Supplier<Pixels> picture) {
        Kept known = kept.get(key);
        if (known != null) {
            return new FrameText.Part(part.text(), part.weight(), known.retain(), null);
        }
        Kept embedding = new Kept();
        kept.put(key, embedding);
        streams.get(key.streamId).texts.add(key.text);
        counters.encoded.increment();
        return new FrameText.Part(part.text(), part.weight(), embedding.retain(), picture);
    }

    private void evict() {
        Iterator<Map.Entry<Key, Kept>> eldest = kept.entrySet().iterator();
        while (kept.size() > settings.maxKept()) {
            Map.Entry<Key, Kept> entry = eldest.next();
            entry.getValue().close();
            streams.get(entry.getKey().streamId).texts.remove(entry.getKey().text);
            eldest.remove();
            counters.evicted.increment();
        }
    }

    private void forgetTexts(String streamId, Stream stream) {
        for (String text : stream.texts) {
            kept.remove(new Key(streamId, text)).close();
        }
        stream.texts.clear();
    }

    /** Says that a stream's next frame is not given to the model, because it is like the last. */
    public void skip(String streamId, StreamFrame frame) {
        Stream stream = streams.get(streamId);
        if (stream != null) {
            stream.schedule.skip(frame.seen());
            stream.changed = true;
        }
    }

    private void release(String streamId) {
        forgetTexts(streamId, streams.remove(streamId));
        released.add(streamId);
    }

    /**
     * What has changed since this was asked last: a stream's state, or nothing if it was released.
     * Streams that have paused for too long are released now. Call it when nothing is in the model.
     */
    public Map<String, Optional<byte[]>> takeChanges(Pause pause) {
        for (String streamId : new ArrayList<>(streams.keySet())) {
            if (pause.isOver(streamId, streams.get(streamId).schedule.last().appendTimeMillis())) {
                release(streamId);
            }
        }
        Map<String, Optional<byte[]>> changes = new HashMap<>();
        released.forEach(streamId -> changes.put(streamId, Optional.empty()));
        released.clear();
        streams.forEach(
                (streamId, stream) -> {
                    if (stream.changed) {
                        changes.put(streamId, Optional.of(stream.state(streamId).toBytes()));
                        stream.changed = false;
                    }
                });
        return changes;
    }

    /**
     * Goes on with a stream where {@link #takeChanges} left it. Nothing is encoded until a frame
     * needs it. With other settings for groups, or none, the stream begins anew.
     *
     * @throws IllegalArgumentException if the state is of a later release
     */
    public void restore(String streamId, byte[] bytes) {
        TextState state = TextState.of(bytes);
        if (!settings.keeps() || state.groupFrames() != conditioning.groupFrames()) {
            released.add(streamId);
            return;
        }
        Stream stream = new Stream();
        stream.schedule.restore(state.index(), state.last(), state.asked());
        stream.image = state.image();
        stream.changed = false;
        streams.put(streamId, stream);
    }

    /** Gives up what is kept; frames in the model keep what they need. Idempotent. */
    @Override
    public void close() {
        List.copyOf(kept.values()).forEach(Kept::close);
        kept.clear();
        streams.clear();
    }
}
