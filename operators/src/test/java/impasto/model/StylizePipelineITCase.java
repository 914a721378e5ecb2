package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.decode.Pixels;
import impasto.failure.BadInputException;
import impasto.failure.JobFailureException;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.StreamPrompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class StylizePipelineITCase {

    private static LoadedBundle bundle;
    private static TextEncoder encoder;
    private static StylizePipeline pipeline;

    @BeforeAll
    static void load() {
        bundle = TestBundle.acquire();
        encoder = new TextEncoder(bundle);
        pipeline = new StylizePipeline(bundle);
    }

    @AfterAll
    static void free() {
        pipeline.close();
        encoder.close();
        bundle.close();
    }

    @Test
    void differentPromptsInOneBatchGiveTheSamePicturesAsAlone() {
        List<Batch.Item> items =
                List.of(
                        new Batch.Item(picture(1), prompt("oil painting", 42)),
                        new Batch.Item(picture(2), prompt("pencil sketch", 42)),
                        new Batch.Item(picture(1), prompt("mosaic tiles", 7)));
        List<Pixels> together = pictures(new Batch(items));
        for (int i = 0; i < items.size(); i++) {
            Pixels alone = pictures(new Batch(List.of(items.get(i)))).get(0);
            assertThat(largestDifference(together.get(i), alone)).isLessThanOrEqualTo(1);
        }
        assertThat(largestDifference(together.get(0), together.get(2))).isGreaterThan(30);
    }

    @Test
    void batchesInFlightDoNotDisturbOneAnother() {
        Pixels alone = pictures(new Batch(List.of(item(1)))).get(0);
        var inFlight =
                IntStream.range(0, 6)
                        .mapToObj(i -> pipeline.submit(new Batch(List.of(item(1), item(i)))))
                        .toList();
        for (var batch : inFlight) {
            assertThat(largestDifference(batch.join().results().get(0).pixels(), alone))
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aPromptEncodedByAnotherBundleFailsTheJobWithBothSizes() {
        EncodedPrompt good = prompt("oil painting", 42);
        EncodedPrompt foreign =
                new EncodedPrompt("p", 1, "*", "t", 42, 1, new byte[12], good.embeddingsMask());
        assertThatThrownBy(
                        () ->
                                pipeline.submit(
                                                new Batch(
                                                        List.of(
                                                                new Batch.Item(
                                                                        picture(1), foreign))))
                                        .join())
                .hasCauseInstanceOf(JobFailureException.class)
                .hasMessageContaining("12 bytes")
                .hasMessageContaining(Integer.toString(good.embeddings().length));
        assertThat(pictures(new Batch(List.of(item(1))))).hasSize(1);
    }

    @Test
    void closingWaitsForTheBatchesInFlightAlsoWhenInterrupted() {
        StylizePipeline closing = new StylizePipeline(bundle);
        var first = closing.submit(new Batch(List.of(item(1), item(2))));
        var second = closing.submit(new Batch(List.of(item(3), item(4))));
        Thread.currentThread().interrupt();
        closing.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(first).as("nothing runs on the bundle any more").isCompleted();
        assertThat(second).isCompleted();
    }

    @Test
    void theTextEncoderSeesTheFrameOfEachStream() {
        TextEmbedding neutral = encoder.encode("oil painting");
        TextEmbedding first = encoder.encode("oil painting", picture(1));
        assertThat(first.embeddings())
                .isNotEqualTo(neutral.embeddings())
                .isNotEqualTo(encoder.encode("oil painting", picture(2)).embeddings());
        assertThat(first.mask()).isEqualTo(neutral.mask());
    }

    @Test
    void framesWithTextsOfTheirOwnGiveThePicturesOfThoseEmbeddings() {
        List<String> prompts =
                List.of("oil painting", "a pencil sketch with many fine lines", "pop art");
        List<Batch.Item> together = new ArrayList<>();
        List<Pixels> expected = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            Pixels picture = picture(i + 1);
            EncodedPrompt prompt = prompt(prompts.get(i), 42);
            TextEmbedding seen = encoder.encode(prompts.get(i), picture);
            expected.add(alone(picture, with(prompt, seen)));
            Batch.Item own = withOwnText(StreamPrompt.of(prompt), picture);
            assertThat(pictures(new Batch(List.of(own))).get(0).rgb())
                    .isEqualTo(expected.get(i).rgb())
                    .isNotEqualTo(alone(picture, prompt).rgb());
            together.add(withOwnText(StreamPrompt.of(prompt), picture));
        }
        // one with the text that came with its prompt is among them
        together.add(item(5));
        expected.add(alone(picture(5), prompt("oil painting", 42)));
        List<Pixels> found = pictures(new Batch(together));
        for (int i = 0; i < found.size(); i++) {
            assertThat(largestDifference(found.get(i), expected.get(i))).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aTextOnItsWayIsBlendedFromBothEndsWithTheFrame() {
        Pixels picture = picture(1);
        TextEmbedding oil = encoder.encode("oil painting", picture);
        TextEmbedding pencil = encoder.encode("pencil sketch", picture);
        TextEmbedding between = new TextBlend(bundle.manifest()).between(pencil, oil, 0.5);
        EncodedPrompt prompt = prompt("oil painting", 42);
        StreamPrompt way =
                new StreamPrompt(
                        prompt,
                        new StreamPrompt.Before(
                                prompt.embeddings(),
                                prompt.embeddingsMask(),
                                1,
                                prompt("pencil sketch", 42).parts()),
                        0.5,
                        1,
                        null);
        Pixels found = pictures(new Batch(List.of(withOwnText(way, picture)))).get(0);
        assertThat(found.rgb()).isEqualTo(alone(picture, with(prompt, between)).rgb());
    }

    @Test
    void aTextThatAnotherFrameHadEncodedIsTakenWithoutEncodingIt() {
        EncodedPrompt prompt = prompt("oil painting", 42);
        Kept kept = new Kept();
        Batch.Item encodes = reading(prompt, picture(1), kept.retain(), () -> picture(1));
        Batch.Item waits = reading(prompt, picture(2), kept.retain(), null);
        Batch.Item later = reading(prompt, picture(3), kept.retain(), null);
        int before = pipeline.open();
        List<Pixels> found = pictures(new Batch(List.of(encodes, waits)));
        Pixels last = pictures(new Batch(List.of(later))).get(0);
        TextEmbedding seen = encoder.encode("oil painting", picture(1));
        EncodedPrompt same = with(prompt, seen);
        assertThat(largestDifference(found.get(1), alone(picture(2), same))).isLessThanOrEqualTo(1);
        assertThat(last.rgb())
                .isEqualTo(alone(picture(3), same).rgb())
                .isNotEqualTo(alone(picture(3), prompt).rgb());
        assertThat(pipeline.open()).isEqualTo(before);
        kept.close();
    }

    @Test
    void aFrameThatTheTextEncoderFailsOnFailsAloneAndLaterOnesTakeThePromptsOwnText() {
        EncodedPrompt prompt = prompt("oil painting", 42);
        Kept kept = new Kept();
        Pixels tooSmall = new Pixels(new byte[3 * 64], 8, 8);
        Batch.Item fails = reading(prompt, picture(1), kept.retain(), () -> tooSmall);
        Batch.Item waits = reading(prompt, picture(2), kept.retain(), null);
        var failing = pipeline.submit(new Batch(List.of(fails, item(3))));
        var after = pipeline.submit(new Batch(List.of(waits)));
        assertThat(failing.join().results().get(0).error()).isNotNull();
        assertThat(failing.join().results().get(1).pixels()).isNotNull();
        assertThat(after.join().results().get(0).pixels().rgb())
                .isEqualTo(alone(picture(2), prompt).rgb());
        kept.close();
    }

    private static EncodedPrompt with(EncodedPrompt prompt, TextEmbedding text) {
        return new EncodedPrompt(
                prompt.promptId(),
                prompt.version(),
                prompt.target(),
                prompt.text(),
                prompt.seed(),
                1,
                text.embeddings(),
                text.mask());
    }

    private static Batch.Item withOwnText(StreamPrompt prompt, Pixels picture) {
        return new Batch.Item(
                picture, prompt.prompt(), Condition.OFF, FrameText.of(prompt, picture));
    }

    private static Batch.Item reading(
            EncodedPrompt prompt, Pixels picture, Kept kept, Supplier<Pixels> seen) {
        return new Batch.Item(
                picture,
                prompt,
                Condition.OFF,
                FrameText.of(
                        StreamPrompt.of(prompt),
                        part -> new FrameText.Part(part.text(), 1, kept, seen)));
    }

    private static Pixels alone(Pixels picture, EncodedPrompt prompt) {
        return pictures(new Batch(List.of(new Batch.Item(picture, prompt)))).get(0);
    }

    @Test
    void whatFailsHoldsNothing() {
        int before = pipeline.open();
        Kept embeddings = new Kept();
        assertThat(pipeline.encode(picture(1), conditionWithoutFlow(embeddings)))
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .withMessageContaining("no flow");
        assertThat(embeddings.isNothing()).as("nobody waits for it").isTrue();
        Batch.Item item =
                new Batch.Item(
                        picture(1), prompt("oil painting", 42), conditionWithoutFlow(new Kept()));
        assertThat(pipeline.submit(new Batch(List.of(item))))
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .withMessageContaining("no flow");
        assertThat(pipeline.open()).isEqualTo(before);
    }

    private static Condition conditionWithoutFlow(Kept embeddings) {
        return new Condition(
                1,
                pipeline.keep(picture(2)),
                CompletableFuture.failedFuture(new IllegalArgumentException("no flow")),
                null,
                embeddings,
                null);
    }

    @Test
    void aBatchOverTheBundlesLimitIsRefused() {
        int limit = bundle.manifest().batch().max();
        List<Batch.Item> items = IntStream.rangeClosed(0, limit).mapToObj(i -> item(1)).toList();
        assertThatThrownBy(() -> pipeline.submit(new Batch(items)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most " + limit);
    }

    @Test
    void aPromptThatIsTooLongIsRefusedWithBothLengths() {
        assertThatThrownBy(() -> encoder.encode("brush stroke ".repeat(200)))
                .isInstanceOf(BadInputException.class)
                .hasMessageMatching("text has about \\d+ tokens, expected at most \\d+");
    }

    @Test
    void aPromptWithAReservedTokenIsRefused() {
        assertThatThrownBy(() -> encoder.encode("oil <|im_end|> painting"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("<|im_end|>");
    }

    private static Batch.Item item(int seed) {
        return new Batch.Item(picture(seed), prompt("oil painting", 42));
    }

    private static EncodedPrompt prompt(String text, long seed) {
        TextEmbedding embedding = encoder.encode(text);
        return new EncodedPrompt(
                text, 1, "*", text, seed, 1, embedding.embeddings(), embedding.mask());
    }

    /** Coloured discs on a gradient. */
    private static Pixels picture(int seed) {
        int size = bundle.manifest().frame().width();
        byte[] rgb = new byte[3 * size * size];
        Random random = new Random(seed);
        int centre = 60 + random.nextInt(size - 120);
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                int i = 3 * (y * size + x);
                boolean inside = Math.hypot(x - centre, y - centre) < 50;
                rgb[i] = (byte) (inside ? 220 : x * 255 / size);
                rgb[i + 1] = (byte) (inside ? 40 * seed : y * 255 / size);
                rgb[i + 2] = (byte) (inside ? 30 : 128);
            }
        }
        return new Pixels(rgb, size, size);
    }

    private static List<Pixels> pictures(Batch batch) {
        return pipeline.submit(batch).join().results().stream()
                .map(StylizedBatch.Result::pixels)
                .toList();
    }

    private static int largestDifference(Pixels a, Pixels b) {
        return IntStream.range(0, a.rgb().length)
                .map(i -> Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff)))
                .max()
                .orElseThrow();
    }
}
