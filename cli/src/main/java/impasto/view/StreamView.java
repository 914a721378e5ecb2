package impasto.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import impasto.schemas.Outcome;
import impasto.schemas.StylizedFrame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/** One stream as the page shows it. Used by one thread. */
final class StreamView {
    private static final byte[] NONE = {};
    private static final long JOB_SILENT_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long WAIT_FOR_INPUT_NANOS = Duration.ofMillis(500).toNanos();

    private final int index;
    private final String name;
    private final Consumer<PicturePair> pictures;
    private final FramePairing<Output> pairing = new FramePairing<>(this::pair);
    private final StreamStatistics in = new StreamStatistics();
    private final StreamStatistics out = new StreamStatistics();
    private Used prompt;
    private StylizedFrame last;
    private Long lastPictureNanos;
    private long dropped;
    private long deadLettered;
    private String lastError;

    private record Output(StylizedFrame frame, long appendMillis) {}

    /** The prompt that made a picture. */
    record Used(String id, long version) {}

    /** The numbers beside a stream, as JSON. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Numbers(
            int index,
            double fpsIn,
            double fpsOut,
            Long latencyMillisP50,
            Long latencyMillisP95,
            long dropped,
            long deadLettered,
            String outcome,
            String reason,
            String lastError) {}

    /**
     * @param index place on the page
     * @param pictures takes what is to be shown
     */
    StreamView(int index, String name, Consumer<PicturePair> pictures) {
        this.index = index;
        this.name = name;
        this.pictures = pictures;
    }

    int index() {
        return index;
    }

    String name() {
        return name;
    }

    /** The prompt of the latest picture; null if none made it. */
    Used prompt() {
        return prompt;
    }

    void input(long sequence, ByteBuffer image, long appendMillis) {
        long now = System.nanoTime();
        in.add(now, -1);
        byte[] bytes = bytes(image);
        pairing.input(new FramePairing.Input(sequence, appendMillis, bytes));
        if (lastPictureNanos == null || now - lastPictureNanos > JOB_SILENT_NANOS) {
            pictures.accept(
                    new PicturePair(index, PicturePair.NO_OUTPUT, sequence, -1, bytes, NONE));
        }
    }

    /** Counts an output; returns whether another prompt or version than before made it. */
    boolean account(StylizedFrame frame) {
        Used before = prompt;
        last = frame;
        if (frame.getOutcome() == Outcome.DROPPED) {
            dropped++;
        } else {
            prompt =
                    frame.getPromptId() == null || frame.getPromptVersion() == null
                            ? null
                            : new Used(frame.getPromptId(), frame.getPromptVersion());
        }
        return !Objects.equals(before, prompt);
    }

    /** Shows an output beside its input; after {@link #account}, when the page knows the prompt. */
    void show(StylizedFrame frame, long appendMillis) {
        pairing.output(frame.getSequence(), new Output(frame, appendMillis), System.nanoTime());
    }

    private void pair(FramePairing.Input input, Output output) {
        StylizedFrame frame = output.frame();
        if (frame.getOutcome() == Outcome.DROPPED || frame.getImage() == null) {
            return;
        }
        long now = System.nanoTime();
        lastPictureNanos = now;
        out.add(
                now,
                input == null ? -1 : Math.max(0, output.appendMillis() - input.appendMillis()));
        pictures.accept(
                new PicturePair(
                        index,
                        PicturePair.code(frame.getOutcome()),
                        frame.getSequence(),
                        frame.getPromptVersion() == null ? -1 : frame.getPromptVersion(),
                        input == null ? NONE : input.image(),
                        bytes(frame.getImage())));
    }

    void deadLetter(String error) {
        deadLettered++;
        lastError = error;
    }

    Numbers numbers() {
        long now = System.nanoTime();
        pairing.release(now - WAIT_FOR_INPUT_NANOS);
        StreamStatistics.Summary summary = out.summary(now);
        return new Numbers(
                index,
                in.summary(now).framesPerSecond(),
                summary.framesPerSecond(),
                summary.latencyMillisP50(),
                summary.latencyMillisP95(),
                dropped,
                deadLettered,
                last == null ? null : last.getOutcome().name(),
                last == null ? null : last.getReason(),
                lastError);
    }

    private static byte[] bytes(ByteBuffer image) {
        byte[] bytes = new byte[image.remaining()];
        image.duplicate().get(bytes);
        return bytes;
    }
}
