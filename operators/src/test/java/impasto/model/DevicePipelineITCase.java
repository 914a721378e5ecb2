package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.decode.Pixels;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.StreamPrompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The pipeline on an engine whose arrays stay on a device, against ONNX Runtime on the CPU. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DevicePipelineITCase {

    static final int BATCH = 4;

    /** What is asked of arithmetic in half precision. */
    private static final double LEAST_DB = 40;

    private final String engine;

    LoadedBundle bundle;
    StylizePipeline pipeline;
    private LoadedBundle cpuBundle;
    private StylizePipeline cpu;
    private TextEncoder encoder;

    /**
     * @param engine DJL's name of it
     */
    DevicePipelineITCase(String engine) {
        this.engine = engine;
    }

    @BeforeAll
    void load() {
        cpuBundle = TestBundle.acquire();
        cpu = new StylizePipeline(cpuBundle);
        encoder = new TextEncoder(cpuBundle);
        bundle =
                LoadedBundle.acquire(
                        TestBundle.path(), new EngineOptions(engine, 0, List.of(1, BATCH), ""));
        pipeline = new StylizePipeline(bundle);
    }

    @AfterAll
    void free() {
        pipeline.close();
        bundle.close();
        encoder.close();
        cpu.close();
        cpuBundle.close();
    }

    @Test
    void aSecondPipelineIsRefused() {
        assertThatThrownBy(() -> new StylizePipeline(bundle))
                .isInstanceOf(BundleException.class)
                .hasMessageContaining("second Stylize subtask")
                .hasMessageContaining("taskmanager.numberOfTaskSlots");
    }

    @Test
    void picturesAreThoseOfTheCpu() {
        Supplier<Batch> batch =
                () ->
                        new Batch(
                                List.of(
                                        plain(1, "oil painting"),
                                        plain(2, "pencil sketch"),
                                        plain(3, "pop art")));
        assertAlike(pictures(pipeline, batch.get()), pictures(cpu, batch.get()));
    }

    @Test
    void batchesInFlightDoNotDisturbOneAnother() {
        List<Pixels> expected =
                IntStream.range(0, 5)
                        .mapToObj(i -> pictures(cpu, new Batch(List.of(plain(i, "oil painting")))))
                        .map(pictures -> pictures.get(0))
                        .toList();
        List<CompletableFuture<StylizedBatch>> inFlight = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            if (i >= pipeline.depth()) {
                inFlight.get(i - pipeline.depth()).join();
            }
            inFlight.add(
                    pipeline.submit(
                            new Batch(
                                    List.of(
                                            plain(i % 5, "oil painting"),
                                            plain((i + 2) % 5, "oil painting")))));
        }
        for (int i = 0; i < 25; i++) {
            assertAlike(
                    pictures(inFlight.get(i)),
                    List.of(expected.get(i % 5), expected.get((i + 2) % 5)));
        }
    }

    @Test
    void framesAreConditionedOnOutputsThatStayOnTheDevice() {
        assertAlike(conditioned(pipeline), conditioned(cpu));
    }

    /**
     * Three batches in flight at once: of the first everything is kept, the second reuses
     * embeddings and is conditioned on outputs, in one batch, and the third has all of that beside
     * frames without the adapter.
     */
    List<Pixels> conditioned(StylizePipeline on) {
        Kept firstOutput = new Kept();
        Kept firstEmbeddings = new Kept();
        Kept secondOutput = new Kept();
        Batch first =
                new Batch(
                        List.of(
                                item(
                                        1,
                                        new Condition(
                                                1, null, null, null, firstEmbeddings, firstOutput)),
                                item(2, new Condition(1, null, null, null, null, null))));
        Batch second =
                new Batch(
                        List.of(
                                item(3, anchored(firstOutput.retain(), secondOutput)),
                                item(4, reusing(firstEmbeddings.retain()))));
        Batch third =
                new Batch(
                        List.of(
                                item(5, anchored(secondOutput.retain(), null)),
                                item(1, Condition.OFF),
                                item(2, reusing(firstEmbeddings.retain()))));
        List<CompletableFuture<StylizedBatch>> inFlight =
                List.of(on.submit(first), on.submit(second), on.submit(third));
        return inFlight.stream().flatMap(batch -> pictures(batch).stream()).toList();
    }

    private Condition anchored(Kept anchor, Kept output) {
        BundleManifest.FrameSize size = bundle.manifest().frame();
        float[] flow = new float[2 * size.width() * size.height()];
        Arrays.fill(flow, 1.5f);
        return new Condition(
                1, anchor, CompletableFuture.completedFuture(flow), null, new Kept(), output);
    }

    private static Condition reusing(Kept embeddings) {
        return new Condition(1, null, null, embeddings, null, null);
    }

    @Test
    void textsOfTheFramesThemselvesAreThoseOfTheCpu() {
        Supplier<Batch> batch =
                () ->
                        new Batch(
                                List.of(
                                        seen(1, "oil painting"),
                                        seen(2, "a pencil sketch with many fine lines"),
                                        plain(3, "pop art")));
        assertAlike(pictures(pipeline, batch.get()), pictures(cpu, batch.get()));
    }

    /**
     * What the batches behind it have on the device comes round again meanwhile: their frames are
     * halved and run again and again, and every run takes a slot.
     */
    @Test
    void aBatchThatIsTakenApartHarmsNoneBehindIt() {
        List<Pixels> expected =
                pictures(
                        cpu,
                        new Batch(List.of(plain(1, "oil painting"), plain(2, "oil painting"))));
        CompletableFuture<float[]> flow = new CompletableFuture<>();
        List<Batch.Item> failing = new ArrayList<>();
        for (int i = 0; i < BATCH - 1; i++) {
            failing.add(plain(1, "oil painting"));
        }
        failing.add(failing());
        CompletableFuture<StylizedBatch> apart = pipeline.submit(new Batch(failing));
        CompletableFuture<StylizedBatch> late = pipeline.submit(new Batch(List.of(waiting(flow))));
        CompletableFuture<StylizedBatch> behind =
                pipeline.submit(
                        new Batch(List.of(plain(1, "oil painting"), plain(2, "oil painting"))));

        CompletableFuture.allOf(apart, behind)
                .handle((done, failure) -> flow.complete(still()))
                .join();

        List<StylizedBatch.Result> results = apart.join().results();
        assertThat(results.get(BATCH - 1).error()).isNotNull();
        for (int i = 0; i < BATCH - 1; i++) {
            assertAlike(List.of(results.get(i).pixels()), expected.subList(0, 1));
        }
        assertAlike(pictures(behind), expected);
        assertThat(pictures(late)).hasSize(1);
    }

    /** A frame on which the text encoder fails, because the picture has another size. */
    private Batch.Item failing() {
        Pixels tooSmall = new Pixels(new byte[3 * 64], 8, 8);
        return new Batch.Item(
                picture(2),
                prompt("oil painting"),
                Condition.OFF,
                FrameText.of(StreamPrompt.of(prompt("oil painting")), tooSmall));
    }

    /** A frame whose optical flow takes its time. */
    private Batch.Item waiting(CompletableFuture<float[]> flow) {
        return item(3, new Condition(1, pipeline.keep(picture(2)), flow, null, null, null));
    }

    private float[] still() {
        BundleManifest.FrameSize size = bundle.manifest().frame();
        return new float[2 * size.width() * size.height()];
    }

    Batch.Item plain(int seed, String text) {
        return new Batch.Item(picture(seed), prompt(text));
    }

    Batch.Item seen(int seed, String text) {
        return new Batch.Item(
                picture(seed),
                prompt(text),
                Condition.OFF,
                FrameText.of(StreamPrompt.of(prompt(text)), picture(seed)));
    }

    Batch.Item item(int seed, Condition condition) {
        return new Batch.Item(picture(seed), prompt("oil painting"), condition);
    }

    private EncodedPrompt prompt(String text) {
        TextEmbedding embedding = encoder.encode(text);
        return new EncodedPrompt(
                text, 1, "*", text, 42, 1, embedding.embeddings(), embedding.mask());
    }

    /** Coloured waves. */
    private Pixels picture(int seed) {
        BundleManifest.FrameSize size = bundle.manifest().frame();
        byte[] rgb = new byte[3 * size.width() * size.height()];
        for (int i = 0; i < rgb.length; i++) {
            int x = i / 3 % size.width();
            int y = i / 3 / size.width();
            rgb[i] =
                    (byte)
                            (128
                                    + 100
                                            * Math.sin(0.02 * seed * x + i % 3)
                                            * Math.cos(0.03 * y + seed));
        }
        return new Pixels(rgb, size.width(), size.height());
    }

    static List<Pixels> pictures(StylizePipeline on, Batch batch) {
        return pictures(on.submit(batch));
    }

    private static List<Pixels> pictures(CompletableFuture<StylizedBatch> batch) {
        return batch.join().results().stream().map(StylizedBatch.Result::pixels).toList();
    }

    private static void assertAlike(List<Pixels> found, List<Pixels> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            assertThat(psnr(found.get(i), expected.get(i)))
                    .as("PSNR of picture %d in dB", i)
                    .isGreaterThan(LEAST_DB);
        }
    }

    private static double psnr(Pixels found, Pixels expected) {
        long squares = 0;
        for (int i = 0; i < expected.rgb().length; i++) {
            int difference = (found.rgb()[i] & 0xff) - (expected.rgb()[i] & 0xff);
            squares += (long) difference * difference;
        }
        return 10 * Math.log10(255.0 * 255 * expected.rgb().length / squares);
    }
}
