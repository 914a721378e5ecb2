package impasto.condition;

/**
 * Where a frame stands among those of its stream that were given to the model since conditioning
 * began.
 *
 * @param index of the frame, from 0
 * @param groupFrames frames of a group
 */
record GroupPosition(long index, int groupFrames) {

    static GroupPosition first(int groupFrames) {
        return new GroupPosition(0, groupFrames);
    }

    long group() {
        return index / groupFrames;
    }

    /** Index of the frame within its group. */
    int place() {
        return (int) (index % groupFrames);
    }

    /** Frames that its group takes, from this one on. */
    int room() {
        return groupFrames - place();
    }

    boolean isLastOfGroup() {
        return room() == 1;
    }

    GroupPosition next() {
        return new GroupPosition(index + 1, groupFrames);
    }
}
