package impasto.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import impasto.decode.Pixels;
import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Turns a prompt, and the picture that goes with it, into the embeddings that steer the denoiser.
 * Not thread-safe.
 */
public final class TextEncoder implements AutoCloseable {

    private static final String TOKENIZER_FILE = "tokenizer.json";

    private final LoadedBundle bundle;
    private final BundleManifest.Text text;
    private final HuggingFaceTokenizer tokenizer;
    private final List<String> reservedTokens;
    private final Pixels neutralFrame;

    /**
     * @param bundle stays the caller's
     * @throws BundleException if the bundle's tokenizer cannot be read
     */
    public TextEncoder(LoadedBundle bundle) {
        this.bundle = bundle;
        this.text = bundle.manifest().text();
        Path file = bundle.directory().resolve(TOKENIZER_FILE);
        try {
            this.reservedTokens = reservedTokens(file);
            this.tokenizer =
                    HuggingFaceTokenizer.newInstance(
                            file,
                            Map.of(
                                    "addSpecialTokens", "false",
                                    "truncation", "false",
                                    "padding", "false"));
        } catch (IOException e) {
            throw new BundleException(
                    "%s cannot be read as a tokenizer: %s".formatted(file, e.getMessage()), e);
        }
        this.neutralFrame = neutralFrame(bundle.manifest());
    }

    private static List<String> reservedTokens(Path file) throws IOException {
        List<String> reserved = new ArrayList<>();
        for (JsonNode token :
                JsonMapper.builder().build().readTree(file.toFile()).path("added_tokens")) {
            if (token.path("special").asBoolean()) {
                reserved.add(token.path("content").asText());
            }
        }
        return List.copyOf(reserved);
    }

    private static Pixels neutralFrame(BundleManifest manifest) {
        BundleManifest.FrameSize size = manifest.frame();
        List<Integer> colour = manifest.text().neutralFrame().rgb();
        byte[] rgb = new byte[3 * size.width() * size.height()];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = colour.get(i % 3).byteValue();
        }
        return new Pixels(rgb, size.width(), size.height());
    }

    /**
     * Encodes a prompt with the bundle's neutral frame.
     *
     * @throws BadInputException if the text does not fit the encoder
     */
    public TextEmbedding encode(String prompt) {
        return encode(prompt, neutralFrame);
    }

    /**
     * Encodes a prompt with a picture.
     *
     * @param picture at the model's size
     * @throws BadInputException if the text does not fit the encoder
     */
    public TextEmbedding encode(String prompt, Pixels picture) {
        long[] ids = tokenize(prompt);
        int tokens = text.paddedLength(ids.length);
        long[] mask = new long[tokens];
        Arrays.fill(mask, 0, ids.length, 1);
        long[] padded = Arrays.copyOf(ids, tokens);
        Arrays.fill(padded, ids.length, padded.length, text.padTokenId());
        try (NDManager manager = bundle.newManager()) {
            Shape shape = new Shape(1, tokens);
            NDArray inputIds = manager.create(padded, shape);
            NDArray attentionMask = manager.create(mask, shape);
            NDArray frame =
                    manager.create(
                            ByteBuffer.wrap(picture.rgb()),
                            new Shape(1, picture.heightPixels(), picture.widthPixels(), 3),
                            DataType.UINT8);
            inputIds.setName(BundleContract.INPUT_IDS);
            attentionMask.setName(BundleContract.ATTENTION_MASK);
            frame.setName(BundleContract.FRAME);
            NDList outputs =
                    bundle.run(text.graphName(tokens), new NDList(inputIds, attentionMask, frame));
            return new TextEmbedding(
                    wholeLength(outputs.get(BundleContract.EMBEDDINGS)),
                    wholeLength(outputs.get(BundleContract.EMBEDDINGS_MASK)));
        }
    }

    /** The bytes of [1, length, …], and zeros up to the length that the denoiser takes. */
    private byte[] wholeLength(NDArray array) {
        ByteBuffer buffer = array.toByteBuffer();
        int bytesPerToken = buffer.remaining() / (int) array.getShape().get(1);
        byte[] bytes = new byte[bytesPerToken * text.embedding().length()];
        buffer.get(bytes, 0, buffer.remaining());
        return bytes;
    }

    private long[] tokenize(String prompt) {
        for (String reserved : reservedTokens) {
            if (prompt.contains(reserved)) {
                throw new BadInputException(
                        DeadLetterReason.INVALID_PROMPT,
                        "text contains '%s', which is reserved for the model".formatted(reserved));
            }
        }
        long[] ids = tokenizer.encode(text.template().replace("{prompt}", prompt)).getIds();
        if (ids.length > text.maxTokens()) {
            int around = tokenizer.encode(text.template().replace("{prompt}", "")).getIds().length;
            throw new BadInputException(
                    DeadLetterReason.INVALID_PROMPT,
                    "text has about %d tokens, expected at most %d"
                            .formatted(ids.length - around, text.maxTokens() - around));
        }
        return ids;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
