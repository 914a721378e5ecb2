package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import impasto.decode.Pixels;
import impasto.failure.BadInputException;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.StreamPrompt;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Text encoders for two lengths, 64 and 32 tokens, in a copy of the project's bundle. They are
 * those of {@code text_encoders.py}: a token's embedding is its id plus 1, so that padding shows as
 * 1 where a graph saw it and as 0 where it was put behind a graph's output.
 */
class TextEncoderITCase {

    private static final int BUCKET = 32;
    private static final int DROPPED = 2;
    private static final int LENGTH = 62;
    private static final int DIMENSION = 128;

    @TempDir private Path folder;

    @BeforeEach
    void write() throws IOException {
        try (Stream<Path> files = Files.list(TestBundle.path())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        String whole = copy("text_encoder_64.onnx");
        String bucket = copy("text_encoder_32.onnx");
        alter(
                manifest -> {
                    ObjectNode graphs = (ObjectNode) manifest.get("graphs");
                    ObjectNode graph = (ObjectNode) graphs.get("text_encoder");
                    ObjectNode shorter = graph.deepCopy();
                    graph.put("file", "text_encoder_64.onnx").put("sha256", whole);
                    shorter.put("file", "text_encoder_32.onnx").put("sha256", bucket);
                    for (String path : List.of("/inputs/0", "/inputs/1")) {
                        shorter.withArray(path + "/shape").set(1, BUCKET);
                    }
                    for (String path : List.of("/outputs/0", "/outputs/1")) {
                        shorter.withArray(path + "/shape").set(1, BUCKET - DROPPED);
                    }
                    graphs.set("text_encoder_32", shorter);
                    ((ObjectNode) manifest.get("text")).putArray("buckets").add(BUCKET);
                });
    }

    @Test
    void everyPromptTakesTheShortestEncoderThatHoldsIt() throws IOException {
        Path without = Files.createDirectory(folder.resolve("without"));
        copyWithoutBuckets(without);
        int shortest = Integer.MAX_VALUE;
        int longest = 0;
        try (LoadedBundle bundle = load();
                TextEncoder encoder = new TextEncoder(bundle);
                LoadedBundle plain = LoadedBundle.acquire(without, TestBundle.engine());
                TextEncoder reference = new TextEncoder(plain)) {
            for (String prompt = "a"; prompt.length() < 30; prompt += " a") {
                TextEmbedding found = encoder.encode(prompt);
                TextEmbedding expected = reference.encode(prompt);
                assertThat(found.mask()).isEqualTo(expected.mask());
                int tokens = tokens(found);
                int bytes = tokens * DIMENSION * Float.BYTES;
                assertThat(found.embeddings()).hasSize(LENGTH * DIMENSION * Float.BYTES);
                assertThat(found.embeddings())
                        .startsWith(Arrays.copyOf(expected.embeddings(), bytes));
                int seen = tokens + DROPPED <= BUCKET ? BUCKET - DROPPED : LENGTH;
                for (int token = tokens; token < LENGTH; token++) {
                    assertThat(value(found, token)).isEqualTo(token < seen ? 1 : 0);
                }
                shortest = Math.min(shortest, tokens);
                longest = Math.max(longest, tokens);
            }
        }
        assertThat(BUCKET - DROPPED).isStrictlyBetween(shortest, longest);
    }

    @Test
    void severalPromptsTakeTheEncoderThatHoldsTheLongestInOneRun() {
        String shorter = "a";
        String longer = "a ".repeat(30);
        try (LoadedBundle bundle = load();
                TextEncoder encoder = new TextEncoder(bundle)) {
            Pixels frame = plainFrame(bundle);
            for (List<String> prompts :
                    List.of(List.of(shorter, shorter), List.of(shorter, longer))) {
                try (BatchArrays arrays =
                        new BatchArrays(bundle.newManager(), new DirectBuffers().loan())) {
                    NDList outputs = encoder.encode(arrays, prompts, List.of(frame, frame));
                    NDArray embeddings = outputs.get(BundleContract.EMBEDDINGS);
                    NDArray mask = outputs.get(BundleContract.EMBEDDINGS_MASK);
                    int length = prompts.contains(longer) ? LENGTH : BUCKET - DROPPED;
                    assertThat(embeddings.getShape()).isEqualTo(new Shape(2, length, DIMENSION));
                    assertThat(mask.getShape()).isEqualTo(new Shape(2, length));
                    ByteBuffer found = embeddings.toByteBuffer();
                    int row = length * DIMENSION * Float.BYTES;
                    for (int i = 0; i < 2; i++) {
                        TextEmbedding alone = encoder.encode(prompts.get(i), frame);
                        byte[] tokens = new byte[tokens(alone) * DIMENSION * Float.BYTES];
                        found.get(i * row, tokens);
                        assertThat(alone.embeddings()).startsWith(tokens);
                    }
                }
            }
        }
    }

    @Test
    void streamsTextsThatAreShorterThanTheDenoiserTakesArePadded() {
        try (LoadedBundle bundle = load();
                TextEncoder encoder = new TextEncoder(bundle);
                FrameTexts texts = new FrameTexts(bundle, new DirectBuffers());
                BatchArrays arrays =
                        new BatchArrays(bundle.newManager(), new DirectBuffers().loan())) {
            Pixels frame = plainFrame(bundle);
            TextEmbedding alone = encoder.encode("a", frame);
            EncodedPrompt prompt =
                    new EncodedPrompt("p", 1, "*", "a", 1, 1, alone.embeddings(), alone.mask());
            FrameText own = FrameText.of(StreamPrompt.of(prompt), frame);
            List<Batch.Item> items = List.of(new Batch.Item(frame, prompt, Condition.OFF, own));
            texts.encode(arrays, items);
            assertThat(own.prompt().parts().get(0).kept().isNothing()).isFalse();
            NDList inputs = texts.inputs(arrays, items);
            byte[] embeddings = new byte[alone.embeddings().length];
            inputs.get(BundleContract.EMBEDDINGS).toByteBuffer().get(embeddings);
            byte[] mask = new byte[alone.mask().length];
            inputs.get(BundleContract.EMBEDDINGS_MASK).toByteBuffer().get(mask);
            assertThat(embeddings).isEqualTo(alone.embeddings());
            assertThat(mask).isEqualTo(alone.mask());
            own.close();
        }
    }

    private static Pixels plainFrame(LoadedBundle bundle) {
        BundleManifest.FrameSize size = bundle.manifest().frame();
        return new Pixels(new byte[3 * size.width() * size.height()], size.width(), size.height());
    }

    @Test
    void aPromptThatNoEncoderHoldsIsRefusedWithTheLargestSize() {
        try (LoadedBundle bundle = load();
                TextEncoder encoder = new TextEncoder(bundle)) {
            assertThatThrownBy(() -> encoder.encode("a ".repeat(100)))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("expected at most");
        }
    }

    @Test
    void aBucketWithoutGraphIsNamed() throws IOException {
        alter(manifest -> ((ObjectNode) manifest.get("graphs")).remove("text_encoder_32"));
        assertRefused("text.buckets [32]", "expected one named 'text_encoder_32'");
    }

    @Test
    void aBucketMustBeShorterThanTheWhole() throws IOException {
        alter(manifest -> ((ObjectNode) manifest.get("text")).putArray("buckets").add(64));
        assertRefused("text.buckets [64]", "over 2 and under 64");
    }

    @Test
    void aBucketsShapesFollowFromItsLength() throws IOException {
        alter(
                manifest ->
                        ((ObjectNode) manifest.at("/graphs/text_encoder_32"))
                                .withArray("/outputs/0/shape")
                                .set(1, LENGTH));
        assertRefused(
                "text_encoder_32",
                "output 'embeddings'",
                "found float32 [?, 62, 128]",
                "expected float32 [?, 30, 128]");
    }

    @Test
    void aBucketsFileMustBeTheDeclaredOne() throws IOException {
        Files.copy(
                folder.resolve("text_encoder_64.onnx"),
                folder.resolve("text_encoder_32.onnx"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused("text_encoder_32.onnx", "SHA-256");
    }

    private void copyWithoutBuckets(Path target) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        TestBundle.alter(target, manifest -> ((ObjectNode) manifest.get("text")).remove("buckets"));
    }

    private static int tokens(TextEmbedding embedding) {
        ByteBuffer mask = ByteBuffer.wrap(embedding.mask()).order(ByteOrder.LITTLE_ENDIAN);
        int tokens = 0;
        while (mask.hasRemaining()) {
            tokens += (int) mask.getLong();
        }
        return tokens;
    }

    private static float value(TextEmbedding embedding, int token) {
        return ByteBuffer.wrap(embedding.embeddings())
                .order(ByteOrder.LITTLE_ENDIAN)
                .getFloat(token * DIMENSION * Float.BYTES);
    }

    /** Copies a graph into the bundle; returns its SHA-256. */
    private String copy(String resource) throws IOException {
        try (InputStream in = TextEncoderITCase.class.getResourceAsStream(resource)) {
            byte[] bytes = in.readAllBytes();
            Files.write(folder.resolve(resource), bytes);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private void alter(Consumer<ObjectNode> change) throws IOException {
        TestBundle.alter(folder, change);
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(this::load)
                .isInstanceOf(BundleException.class)
                .message()
                .contains(List.of(parts));
    }

    private LoadedBundle load() {
        return LoadedBundle.acquire(folder, TestBundle.engine());
    }
}
