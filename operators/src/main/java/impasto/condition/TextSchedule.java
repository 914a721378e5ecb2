package impasto.condition;

import impasto.condition.StreamFrame.Seen;

/**
 * With which frames of one stream its text is encoded anew. Frames count in groups as conditioning
 * counts them: from the beginning of the stream, of a scene, of an abrupt change of the prompt, or
 * from a pause. The first frame after any of these always is one, and so is the first under another
 * prompt, version or step of a schedule.
 *
 * <p>For one thread.
 */
final class TextSchedule {

    private final TextSettings text;
    private final ConditioningSettings conditioning;

    private long index;
    private Seen last;
    private Asked asked;

    /**
     * What is asked for.
     *
     * @param text all texts, as people read them
     */
    record Asked(String promptId, long version, String text) {}

    TextSchedule(TextSettings text, ConditioningSettings conditioning) {
        this.text = text;
        this.conditioning = conditioning;
    }

    /**
     * Takes the stream's next frame.
     *
     * @return whether the text is encoded anew with it
     */
    boolean next(Seen frame, Asked now) {
        boolean begins = last == null || ConditionedStream.begins(conditioning, last, frame);
        if (begins) {
            index = 0;
        }
        GroupPosition position = new GroupPosition(index++, conditioning.groupFrames());
        boolean refreshes =
                begins
                        || !now.equals(asked)
                        || (text.refresh() == TextRefresh.EVERY_GROUPS
                                && position.place() == 0
                                && position.group() % text.everyGroups() == 0);
        last = frame;
        asked = now;
        return refreshes;
    }

    /** The scene goes on, with a frame that is not given to the model. */
    void skip(Seen frame) {
        if (last != null) {
            last = frame;
        }
    }

    /** Index of the next frame, if it goes on with the scene. */
    long index() {
        return index;
    }

    /** The frame before; null before the first. */
    Seen last() {
        return last;
    }

    /** What was asked for with the frame before; null before the first. */
    Asked asked() {
        return asked;
    }

    /** Goes on from what these three were. */
    void restore(long savedIndex, Seen savedLast, Asked savedAsked) {
        index = savedIndex;
        last = savedLast;
        asked = savedAsked;
    }
}
