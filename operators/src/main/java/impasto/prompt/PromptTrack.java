package impasto.prompt;

import impasto.prompt.StreamPrompt.Before;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Follows one stream from prompt to prompt: when a transition begins and how far it is, by the time
 * of the stream's own frames, so that it goes the same way again after a failure.
 *
 * <p>A prompt without a transition is a new look from one frame to the next. One with a transition
 * is on its way from the first frame that it holds for until so long after that frame; text and
 * strength change gradually, noise (the seed) with the first frame. From no prompt to one, and
 * back, there is no way. A prompt that is replaced on its way goes on from where it is.
 *
 * <p>For one thread.
 */
public final class PromptTrack {

    /**
     * What is remembered of it. Its fields are of types that Flink serializes as they are.
     *
     * @param promptId of the prompt that holds; null if none does
     * @param steps of the prompt's schedule that have begun
     * @param content {@link EncodedPrompt#look} of it
     * @param look see {@link StreamPrompt#look}
     * @param embeddings of what holds; null if nothing does, or if an earlier release saved this
     * @param transitionMillis for how long it is on the way
     * @param beforeEmbeddings where it comes from; null unless it is on the way
     * @param parts of what holds; null if nothing does, or if an earlier release saved this
     * @param beforeParts of where it comes from; null unless it is on the way
     */
    public record State(
            String promptId,
            long version,
            int steps,
            long content,
            long look,
            byte[] embeddings,
            byte[] mask,
            float strength,
            long transitionMillis,
            byte[] beforeEmbeddings,
            byte[] beforeMask,
            float beforeStrength,
            long beginMillis,
            Prompt.Part[] parts,
            Prompt.Part[] beforeParts) {
        static final State NONE = nothing(0);

        private static State nothing(long look) {
            return new State(null, 0, 0, 0, look, null, null, 0, 0, null, null, 0, 0, null, null);
        }

        private State arrived() {
            return new State(
                    promptId,
                    version,
                    steps,
                    content,
                    look,
                    embeddings,
                    mask,
                    strength,
                    transitionMillis,
                    null,
                    null,
                    0,
                    0,
                    parts,
                    null);
        }
    }

    /** Blends two texts. */
    public interface Blend {
        /**
         * @param progress 0 (all from) to 1 (all to)
         */
        Before between(Before from, Before to, double progress);
    }

    private final Blend blend;
    private State state;
    private boolean changed;

    public PromptTrack(Blend blend, State restored) {
        this.blend = blend;
        this.state = restored == null ? State.NONE : restored;
    }

    /** What it is restored from. */
    public State state() {
        return state;
    }

    /** Whether the state has changed since this was asked last. */
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** The stream begins anew: what was, is not what the next prompt comes from. */
    public void begin() {
        change(State.NONE);
    }

    /**
     * Goes back to where the stream was before a frame that is asked for again.
     *
     * @param before {@link StreamPrompt#track} of that frame
     */
    public void restart(State before) {
        change(before);
    }

    /**
     * The prompt of the stream's next frame.
     *
     * @param bound the prompt that applies to the stream
     * @param appendMillis when the broker appended the frame
     */
    public Optional<StreamPrompt> next(Optional<EncodedPrompt> bound, long appendMillis) {
        State before = state;
        if (bound.isEmpty()) {
            if (state.promptId != null) {
                // What comes after the pause begins anew, even if it is the same.
                change(State.nothing(state.look * 31 + 1));
            }
            return Optional.empty();
        }
        EncodedPrompt prompt = bound.get();
        int steps = prompt.stepsBegun(appendMillis);
        EncodedPrompt now = prompt.afterSteps(steps);
        if (!prompt.promptId().equals(state.promptId)
                || prompt.version() != state.version
                || steps != state.steps) {
            turnTo(now, steps, appendMillis);
        }
        double progress = progress(appendMillis);
        return Optional.of(
                new StreamPrompt(
                        now, progress < 1 ? before() : null, progress, state.look, before));
    }

    private void turnTo(EncodedPrompt next, int steps, long appendMillis) {
        long content = next.look();
        boolean first = state.promptId == null;
        boolean sameLook = !first && content == state.content;
        if (sameLook && next.strength() == state.strength) {
            // Another name for what holds: a way that was begun goes on, as fast as before.
            change(
                    state(
                            next,
                            steps,
                            content,
                            state.look,
                            before(),
                            state.beginMillis,
                            state.transitionMillis));
        } else if (first || next.transitionMillis() == 0 || state.embeddings == null) {
            // How strong the adapter is may change within a scene; a way that is cut short may not.
            boolean stays = sameLook && progress(appendMillis) == 1;
            long look = stays ? state.look : state.look * 31 + content;
            change(state(next, steps, content, look, null, 0, 0));
        } else {
            Before from = reached(appendMillis);
            change(
                    state(
                            next,
                            steps,
                            content,
                            state.look,
                            from,
                            appendMillis,
                            next.transitionMillis()));
        }
    }

    private void change(State next) {
        state = next;
        changed = true;
    }

    private static State state(
            EncodedPrompt prompt,
            int steps,
            long content,
            long look,
            Before before,
            long begin,
            long transition) {
        return new State(
                prompt.promptId(),
                prompt.version(),
                steps,
                content,
                look,
                prompt.embeddings(),
                prompt.embeddingsMask(),
                prompt.strength(),
                transition,
                before == null ? null : before.embeddings(),
                before == null ? null : before.embeddingsMask(),
                before == null ? 0 : before.strength(),
                begin,
                prompt.parts(),
                before == null ? null : before.parts());
    }

    /** Where the stream was when its prompt was replaced. */
    private Before reached(long appendMillis) {
        Before goal = new Before(state.embeddings, state.mask, state.strength, state.parts);
        double progress = progress(appendMillis);
        if (progress == 1) {
            return goal;
        }
        Before before = before();
        Before between = blend.between(before, goal, progress);
        return new Before(
                between.embeddings(),
                between.embeddingsMask(),
                between.strength(),
                parts(before.parts(), goal.parts(), progress));
    }

    /**
     * The texts of a blend of blends, by their weights in it. Ways that are left again and again
     * pile up texts; those that weigh least are forgotten.
     */
    private static Prompt.Part[] parts(Prompt.Part[] from, Prompt.Part[] to, double progress) {
        if (from.length == 0 || to.length == 0) {
            return Prompt.Part.NONE;
        }
        List<Prompt.Part> parts = new ArrayList<>();
        addParts(from, 1 - progress, parts);
        addParts(to, progress, parts);
        while (parts.size() > 1 + Prompt.MAX_BLEND) {
            parts.remove(Collections.min(parts, Comparator.comparing(Prompt.Part::weight)));
        }
        return parts.toArray(Prompt.Part[]::new);
    }

    private static void addParts(Prompt.Part[] of, double share, List<Prompt.Part> parts) {
        double sum = 0;
        for (Prompt.Part part : of) {
            sum += part.weight();
        }
        for (Prompt.Part part : of) {
            float weight = (float) (share * part.weight() / sum);
            if (weight > 0) {
                parts.add(new Prompt.Part(part.text(), weight));
            }
        }
    }

    private Before before() {
        return state.beforeEmbeddings == null
                ? null
                : new Before(
                        state.beforeEmbeddings,
                        state.beforeMask,
                        state.beforeStrength,
                        state.beforeParts);
    }

    private double progress(long appendMillis) {
        if (state.beforeEmbeddings == null) {
            return 1;
        }
        double progress =
                (double) (appendMillis - state.beginMillis) / Math.max(1, state.transitionMillis);
        if (progress >= 1) {
            change(state.arrived());
            return 1;
        }
        return Math.max(0, progress);
    }
}
