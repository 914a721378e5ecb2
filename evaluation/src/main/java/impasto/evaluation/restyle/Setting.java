package impasto.evaluation.restyle;

/**
 * How frames are restyled.
 *
 * @param batch frames that go through the model together
 * @param overlapped whether the stages work at the same time; if not, the next batch is taken when
 *     the one before has come out
 */
public record Setting(int batch, boolean overlapped, Conditioning conditioning) {
    public Setting {
        if (batch < 1) {
            throw new IllegalArgumentException(
                    "a batch of %d frames, expected at least 1".formatted(batch));
        }
    }
}
