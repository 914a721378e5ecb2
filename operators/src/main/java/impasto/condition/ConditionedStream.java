package impasto.condition;

import impasto.condition.StreamFrame.Seen;
import impasto.decode.Pixels;
import impasto.model.Condition;
import impasto.model.Kept;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * The conditioning of one stream: its groups, its anchors, and the embeddings that it has.
 *
 * <p>Frame i since conditioning began belongs to group ⌊i/G⌋. The first group is conditioned on its
 * own inputs, a later one on the output of the last frame of the group before, moved along with the
 * optical flow between the two inputs. In a group that is not refreshed a frame takes the
 * embeddings of the frame at its place in the last group that was.
 *
 * <p>For one thread.
 */
final class ConditionedStream implements AutoCloseable {

    private final ConditioningSettings settings;
    private final BiFunction<Pixels, Pixels, CompletableFuture<float[]>> flow;
    private final int phase;

    private GroupPosition position;
    private Seen last;

    /** The last frame of the group that is complete, until the next group begins; or null. */
    private Anchor upcoming;

    private Refreshed refreshed;
    private boolean changed = true;

    /** The last group for which embeddings were made; owns its anchor. */
    private static final class Refreshed implements AutoCloseable {
        final long group;
        final FrameSignature first;
        final Anchor anchor;
        final List<Place> places = new ArrayList<>();

        Refreshed(long group, FrameSignature first, Anchor anchor) {
            this.group = group;
            this.first = first;
            this.anchor = anchor;
        }

        @Override
        public void close() {
            if (anchor != null) {
                anchor.close();
            }
            places.forEach(place -> place.embeddings.close());
        }
    }

    /** A frame of a refreshed group, as received, and its embeddings. */
    private record Place(byte[] image, Kept embeddings) {}

    ConditionedStream(
            String streamId,
            ConditioningSettings settings,
            BiFunction<Pixels, Pixels, CompletableFuture<float[]>> flow) {
        this.settings = settings;
        this.flow = flow;
        this.phase = settings.phaseOf(streamId);
        this.position = GroupPosition.first(settings.groupFrames());
    }

    /** Whether conditioning has to begin anew between two successive frames of a stream. */
    static boolean begins(ConditioningSettings settings, Seen before, Seen frame) {
        return frame.look() != before.look()
                || frame.appendTimeMillis() - before.appendTimeMillis()
                        > settings.resetAfter().toMillis()
                || frame.signature().colourDistance(before.signature()) > settings.cutBound();
    }

    /** Frames that the next batch may take, if the first of them is this one. */
    int room(Seen frame) {
        return last == null || begins(settings, last, frame)
                ? settings.groupFrames()
                : position.room();
    }

    /** Whether the next frame, if it goes on with the scene, needs what is not computed yet. */
    boolean waits() {
        if (position.group() == 0) {
            return false;
        }
        if (position.place() == 0 && settings.mayRefresh(position.group(), phase)) {
            return !upcoming.output.isDone();
        }
        return refreshed.group == position.group()
                ? !refreshed.anchor.output.isDone()
                : !refreshed.places.get(position.place()).embeddings.isDone();
    }

    /**
     * The input of the anchor on which a waiting frame will be conditioned.
     *
     * @param waiting the stream's waiting frames in their order, up to this one, as if all of them
     *     went to the model
     * @return nothing if it has none, or takes another frame's embeddings
     */
    Optional<Pixels> foreseenAnchor(List<StreamFrame> waiting) {
        if (last == null) {
            return Optional.empty();
        }
        GroupPosition at = position;
        Seen before = last;
        long group = refreshed.group;
        FrameSignature first = refreshed.first;
        Pixels anchor = refreshed.anchor == null ? null : refreshed.anchor.input;
        Pixels nextAnchor = upcoming == null ? null : upcoming.input;
        boolean encodes = false;
        for (StreamFrame frame : waiting) {
            Seen seen = frame.seen();
            if (begins(settings, before, seen)) {
                at = GroupPosition.first(settings.groupFrames());
                nextAnchor = null;
            }
            if (at.place() == 0 && settings.refreshes(at.group(), phase, first, seen.signature())) {
                group = at.group();
                first = seen.signature();
                anchor = nextAnchor;
            }
            if (at.isLastOfGroup()) {
                nextAnchor = frame.pixels();
            }
            encodes = group == at.group();
            before = seen;
            at = at.next();
        }
        return encodes ? Optional.ofNullable(anchor) : Optional.empty();
    }

    /** Gives the stream's next frame to the model. */
    Conditioned next(StreamFrame frame, float strength) {
        if (last != null && begins(settings, last, frame.seen())) {
            begin();
        }
        if (position.place() == 0) {
            beginGroup(frame.seen().signature());
        }
        last = frame.seen();
        changed = true;
        if (position.isLastOfGroup() && settings.mayRefresh(position.group() + 1, phase)) {
            upcoming = new Anchor(frame.image(), frame.pixels(), new Kept());
        }
        Condition condition = condition(frame, strength);
        position = position.next();
        return new Conditioned(condition, upcoming, 0);
    }

    /** The scene goes on, with a frame that is not given to the model. */
    void skip(Seen frame) {
        if (last != null) {
            last = frame;
            changed = true;
        }
    }

    private void beginGroup(FrameSignature signature) {
        if (refreshed == null
                || settings.refreshes(position.group(), phase, refreshed.first, signature)) {
            if (refreshed != null) {
                refreshed.close();
            }
            refreshed = new Refreshed(position.group(), signature, upcoming);
        } else if (upcoming != null) {
            upcoming.close();
        }
        upcoming = null;
    }

    private Condition condition(StreamFrame frame, float strength) {
        Kept output = upcoming == null ? null : upcoming.output.retain();
        if (refreshed.group != position.group()) {
            Kept reused = refreshed.places.get(position.place()).embeddings;
            return new Condition(strength, null, null, reused.retain(), null, output);
        }
        Kept embeddings = null;
        if (settings.reuses()) {
            embeddings = new Kept();
            refreshed.places.add(new Place(frame.image(), embeddings));
        }
        return encoding(frame.pixels(), frame.flow(), strength, embeddings, output);
    }

    /**
     * @param foreseen flow that was begun for the frame, taken unless it turns out to begin
     *     elsewhere; or null
     */
    private Condition encoding(
            Pixels pixels, ForeseenFlow foreseen, float strength, Kept embeddings, Kept output) {
        Anchor anchor = refreshed.anchor;
        CompletableFuture<float[]> vectors = null;
        if (anchor != null) {
            vectors =
                    foreseen != null && foreseen.from().equals(anchor.input)
                            ? foreseen.vectors()
                            : flow.apply(anchor.input, pixels);
        }
        return new Condition(
                strength,
                anchor == null ? null : anchor.output.retain(),
                vectors,
                null,
                embeddings == null ? null : embeddings.retain(),
                output);
    }

    /** Conditioning begins anew with the next frame. */
    private void begin() {
        close();
        position = GroupPosition.first(settings.groupFrames());
    }

    /** When the broker appended the last frame; there must have been one. */
    long lastAppendMillis() {
        return last.appendTimeMillis();
    }

    /** Whether a frame has come since this was asked last. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** What restores this, when nothing of the stream is in the model. */
    StreamState state() {
        boolean anchorNeeded = settings.reuses() || position.place() != 0;
        return new StreamState(
                settings.groupFrames(),
                position.index(),
                last,
                anchorState(upcoming),
                new StreamState.RefreshedState(
                        refreshed.group,
                        refreshed.first,
                        anchorNeeded ? anchorState(refreshed.anchor) : null,
                        refreshed.places.stream()
                                .map(place -> place.embeddings.isNothing() ? null : place.image)
                                .toList()));
    }

    private static StreamState.AnchorState anchorState(Anchor anchor) {
        return anchor == null
                ? null
                : new StreamState.AnchorState(
                        anchor.image, anchor.picture() == null ? null : anchor.picture().rgb());
    }

    /** What a stream needs to come back. */
    interface Restorer {
        Pixels decode(byte[] image);

        /** The anchor of a state; null if that is. */
        Anchor anchor(StreamState.AnchorState state);

        void encode(Pixels pixels, Condition condition);
    }

    /**
     * Goes on where a stream was when {@link #state} was taken.
     *
     * @return false if that is not possible with today's settings: then conditioning begins anew
     */
    boolean restore(StreamState state, Restorer restorer) {
        StreamState.RefreshedState group = state.refreshed();
        GroupPosition next = new GroupPosition(state.index(), settings.groupFrames());
        if (state.groupFrames() != settings.groupFrames() || !suffices(state, next)) {
            return false;
        }
        position = next;
        last = state.last();
        changed = false;
        upcoming = restorer.anchor(state.upcoming());
        refreshed = new Refreshed(group.group(), group.first(), restorer.anchor(group.anchor()));
        for (byte[] image : settings.reuses() ? group.images() : List.<byte[]>of()) {
            if (image == null) {
                refreshed.places.add(new Place(null, Kept.nothing()));
                continue;
            }
            Kept embeddings = new Kept();
            refreshed.places.add(new Place(image, embeddings));
            Pixels pixels = restorer.decode(image);
            restorer.encode(pixels, encoding(pixels, null, 1, embeddings, null));
        }
        return true;
    }

    /** Whether a state holds what frames need under today's settings. */
    private boolean suffices(StreamState state, GroupPosition next) {
        StreamState.RefreshedState group = state.refreshed();
        long members =
                Math.min(next.groupFrames(), next.index() - group.group() * next.groupFrames());
        boolean embeddings =
                settings.reuses()
                        ? group.images().size() == members
                        : next.place() == 0 || group.group() == next.group();
        boolean anchor =
                next.place() != 0
                        || !settings.mayRefresh(next.group(), phase)
                        || state.upcoming() != null;
        return embeddings && anchor;
    }

    /** Gives up what is kept; frames in the model keep what they need. Idempotent. */
    @Override
    public void close() {
        if (upcoming != null) {
            upcoming.close();
        }
        if (refreshed != null) {
            refreshed.close();
        }
        upcoming = null;
        refreshed = null;
        last = null;
    }
}
