package impasto.prompt;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * A prompt with its text as the denoiser takes it. Its fields are of types that Flink serializes as
 * they are.
 *
 * @param target a {@link PromptTarget} as written
 * @param seed of the noise
 * @param strength of the temporal adapter, 0 to 1
 * @param embeddings {@code [L, D]} in the bundle's precision, row-major, little-endian; shared, not
 *     copied: nobody writes to it
 * @param embeddingsMask {@code int64 [L]}, little-endian; shared, not copied: nobody writes to it
 * @param transitionMillis for how long it blends in from the prompt before
 * @param schedule what it becomes later, in the order of time; shared, not copied: nobody writes to
 *     it
 * @param parts the texts that were blended, which may be encoded anew with a stream's own frame;
 *     empty for a prompt with a picture of its own, and for one saved by an earlier release;
 *     shared, not copied: nobody writes to it
 */
public record EncodedPrompt(
        String promptId,
        long version,
        String target,
        String text,
        long seed,
        float strength,
        byte[] embeddings,
        byte[] embeddingsMask,
        long transitionMillis,
        Step[] schedule,
        Prompt.Part[] parts) {

    private static final Step[] NO_STEPS = {};

    public EncodedPrompt {
        Objects.requireNonNull(promptId, "promptId");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(embeddings, "embeddings");
        Objects.requireNonNull(embeddingsMask, "embeddingsMask");
        Objects.requireNonNull(schedule, "schedule");
        parts = parts == null ? Prompt.Part.NONE : parts;
    }

    /** A prompt of one text. */
    public EncodedPrompt(
            String promptId,
            long version,
            String target,
            String text,
            long seed,
            float strength,
            byte[] embeddings,
            byte[] embeddingsMask,
            long transitionMillis,
            Step[] schedule) {
        this(
                promptId,
                version,
                target,
                text,
                seed,
                strength,
                embeddings,
                embeddingsMask,
                transitionMillis,
                schedule,
                Prompt.Part.of(text));
    }

    /** A prompt of one text, at once and for good. */
    public EncodedPrompt(
            String promptId,
            long version,
            String target,
            String text,
            long seed,
            float strength,
            byte[] embeddings,
            byte[] embeddingsMask) {
        this(
                promptId,
                version,
                target,
                text,
                seed,
                strength,
                embeddings,
                embeddingsMask,
                0,
                NO_STEPS);
    }

    /**
     * What a prompt becomes at a time.
     *
     * @param fromMillis of the frames' append to their topic, in milliseconds since the epoch
     * @param parts as those of a prompt
     */
    public record Step(
            long fromMillis,
            String text,
            long seed,
            float strength,
            byte[] embeddings,
            byte[] embeddingsMask,
            long transitionMillis,
            Prompt.Part[] parts) {
        public Step {
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(embeddings, "embeddings");
            Objects.requireNonNull(embeddingsMask, "embeddingsMask");
            parts = parts == null ? Prompt.Part.NONE : parts;
        }

        /** A step to one text. */
        public Step(
                long fromMillis,
                String text,
                long seed,
                float strength,
                byte[] embeddings,
                byte[] embeddingsMask,
                long transitionMillis) {
            this(
                    fromMillis,
                    text,
                    seed,
                    strength,
                    embeddings,
                    embeddingsMask,
                    transitionMillis,
                    Prompt.Part.of(text));
        }
    }

    /** How many steps of the schedule have begun at a time. */
    int stepsBegun(long timeMillis) {
        int begun = 0;
        while (begun < schedule.length && schedule[begun].fromMillis <= timeMillis) {
            begun++;
        }
        return begun;
    }

    /** What the prompt is once so many steps have begun. */
    EncodedPrompt afterSteps(int begun) {
        if (begun == 0) {
            return this;
        }
        Step step = schedule[begun - 1];
        return new EncodedPrompt(
                promptId,
                version,
                target,
                step.text,
                step.seed,
                step.strength,
                step.embeddings,
                step.embeddingsMask,
                step.transitionMillis,
                schedule,
                step.parts);
    }

    /** The same with other noise, unless the offset is 0. */
    public EncodedPrompt withSeedOffset(long offset) {
        return offset == 0
                ? this
                : new EncodedPrompt(
                        promptId,
                        version,
                        target,
                        text,
                        seed + offset,
                        strength,
                        embeddings,
                        embeddingsMask,
                        0,
                        NO_STEPS,
                        parts);
    }

    /**
     * A number that tells looks apart: it changes with embeddings, seed, and whether there is an
     * adapter at all, but not with how strong the adapter is, which may change within a scene.
     */
    public long look() {
        CRC32C checksum = new CRC32C();
        checksum.update(embeddings);
        checksum.update(embeddingsMask);
        checksum.update(ByteBuffer.allocate(Long.BYTES).putLong(0, seed));
        return checksum.getValue() | (strength == 0 ? 1L << 32 : 0);
    }

    @Override
    public String toString() {
        return "prompt '%s' version %d for '%s': %s".formatted(promptId, version, target, text);
    }
}
