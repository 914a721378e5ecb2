package impasto.stylize;

import impasto.condition.FrameSignature;
import impasto.condition.Pause;
import impasto.condition.StreamFrame.Seen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds frames that are nearly equal to the last of their stream that was given to the model, under
 * the same style: those need not be restyled. They are compared with that frame and not with the
 * one before, so that a slow change does not go unseen.
 *
 * <p>For one thread.
 */
final class SimilarFrames {

    private final int bound;
    private final long forgetMillis;
    private final Map<String, Given> lastGiven = new HashMap<>();
    private final Set<String> forgotten = new HashSet<>();

    /** A frame that was given to the model, and those that wait for its picture. */
    static final class Given {
        private final FrameSignature signature;
        private final Style style;

        /** When the broker appended the last frame that was compared with it. */
        private long appendMillis;

        private final List<Consumer<Optional<LastOutput>>> waiting = new ArrayList<>();
        private LastOutput output;
        private boolean failed;
        private boolean changed;

        private Given(FrameSignature signature, Style style, long appendMillis) {
            this.signature = signature;
            this.style = style;
            this.appendMillis = appendMillis;
        }
    }

    /**
     * @param bound largest difference, as {@link FrameSignature#largestDifference}; 0 finds none
     * @param forgetMillis a stream that pauses for longer between two appends is forgotten
     */
    SimilarFrames(int bound, long forgetMillis) {
        this.bound = bound;
        this.forgetMillis = forgetMillis;
    }

    boolean isOn() {
        return bound > 0;
    }

    /**
     * Looks at a stream's next frame.
     *
     * @param answer told of the picture for the frame as soon as that is there, or that there is
     *     none because the model failed
     * @return nothing if the frame is answered; else it goes to the model, and {@link #finished}
     *     wants to know what became of it
     */
    Optional<Given> next(
            String streamId, Seen frame, Style style, Consumer<Optional<LastOutput>> answer) {
        Given last = lastGiven.get(streamId);
        if (last == null
                || last.failed
                || !last.style.equals(style)
                || frame.appendTimeMillis() - last.appendMillis > forgetMillis
                || frame.signature().largestDifference(last.signature) > bound) {
            Given given = new Given(frame.signature(), style, frame.appendTimeMillis());
            lastGiven.put(streamId, given);
            return Optional.of(given);
        }
        last.appendMillis = frame.appendTimeMillis();
        last.changed = true;
        if (last.output == null) {
            last.waiting.add(answer);
        } else {
            answer.accept(Optional.of(last.output));
        }
        return Optional.empty();
    }

    /** The stream's next frame goes to the model, whatever it is like. */
    void forget(String streamId) {
        if (lastGiven.remove(streamId) != null) {
            forgotten.add(streamId);
        }
    }

    /** Says what became of a frame that was given to the model. */
    void finished(Given given, Optional<LastOutput> output) {
        given.output = output.orElse(null);
        given.failed = output.isEmpty();
        given.changed = true;
        given.waiting.forEach(answer -> answer.accept(output));
        given.waiting.clear();
    }

    /** What has changed since this was asked last: nothing where a stream is forgotten. */
    Map<String, Optional<LastOutput>> takeChanges(Pause pause) {
        Map<String, Optional<LastOutput>> changes = new HashMap<>();
        lastGiven
                .entrySet()
                .removeIf(
                        entry -> {
                            boolean over =
                                    pause.isOver(entry.getKey(), entry.getValue().appendMillis);
                            if (over) {
                                forgotten.add(entry.getKey());
                            }
                            return over;
                        });
        forgotten.forEach(streamId -> changes.put(streamId, Optional.empty()));
        forgotten.clear();
        lastGiven.forEach(
                (streamId, given) -> {
                    if (given.changed) {
                        changes.put(
                                streamId,
                                Optional.ofNullable(given.output)
                                        .map(output -> output.until(given.appendMillis)));
                        given.changed = false;
                    }
                });
        return changes;
    }

    /** Goes on from what {@link #takeChanges} gave. */
    void restore(String streamId, LastOutput output) {
        if (!isOn()) {
            forgotten.add(streamId);
            return;
        }
        Given given = new Given(output.signature(), output.style(), output.appendTimeMillis());
        given.output = output;
        lastGiven.put(streamId, given);
    }
}
