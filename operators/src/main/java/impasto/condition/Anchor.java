package impasto.condition;

import impasto.decode.Pixels;
import impasto.model.Kept;

/**
 * A frame on whose output a later group is conditioned. It has one owner, who closes it; frames in
 * the model hold its output for themselves.
 */
public final class Anchor implements AutoCloseable {

    final byte[] image;
    final Pixels input;
    final Kept output;

    /** The output on the host, where a snapshot finds it; null if the model failed on the frame. */
    private Pixels picture;

    Anchor(byte[] image, Pixels input, Kept output) {
        this.image = image;
        this.input = input;
        this.output = output;
    }

    /**
     * Says what became of the frame.
     *
     * @param result the model's picture, or null if there is none
     */
    public void finished(Pixels result) {
        picture = result;
    }

    Pixels picture() {
        return picture;
    }

    @Override
    public void close() {
        output.close();
    }
}
