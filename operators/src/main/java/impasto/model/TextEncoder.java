package impasto.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import impasto.decode.Pixels;
import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a prompt, and the picture that goes with it, into the embeddings that steer the denoiser.
 * Thread-safe.
 */
public final class TextEncoder implements AutoCloseable {

    private static final String TOKENIZER_FILE = "tokenizer.json";
    private static final int REMEMBERED_TEXTS = 256;

    private final LoadedBundle bundle;
    private final BundleManifest.Text text;
    private final HuggingFaceTokenizer tokenizer;
    private final List<String> reservedTokens;
    private final Pixels neutralFrame;
    private final DirectBuffers buffers = new DirectBuffers();

    /** Of the texts encoded last: with streams' own frames the same ones come again and again. */
    private final Map<String, long[]> idsByPrompt =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, long[]> eldest) {
                    return size() > REMEMBERED_TEXTS;
                }
            };

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
        try (BatchArrays arrays = new BatchArrays(bundle.newManager(), buffers.loan())) {
            NDList outputs = encode(arrays, List.of(prompt), List.of(picture));
            // Both at once, before the host waits for the first.
            NDArray embeddings = own(outputs.get(BundleContract.EMBEDDINGS));
            NDArray mask = own(outputs.get(BundleContract.EMBEDDINGS_MASK));
            return new TextEmbedding(wholeLength(embeddings), wholeLength(mask));
        }
    }

    /**
     * Encodes several prompts in one run of the encoder that is made for the longest of them.
     *
     * @param pictures one for each prompt, at the model's size
     * @return embeddings {@code [B, length, dimension]} and their mask {@code int64 [B, length]},
     *     owned by the arrays' manager; the length may be less than that which the denoiser takes
     * @throws BadInputException if a text does not fit the encoder
     */
    NDList encode(BatchArrays arrays, List<String> prompts, List<Pixels> pictures) {
        List<long[]> ids = prompts.stream().map(this::ids).toList();
        int tokens =
                text.paddedLength(ids.stream().mapToInt(row -> row.length).max().orElseThrow());
        BundleManifest.FrameSize size = bundle.manifest().frame();
        NDArray inputIds =
                arrays.ofRows(
                        BundleContract.INPUT_IDS,
                        ids.stream().map(row -> padded(row, tokens)).toList(),
                        new Shape(tokens),
                        DataType.INT64);
        NDArray attentionMask =
                arrays.ofRows(
                        BundleContract.ATTENTION_MASK,
                        ids.stream().map(row -> mask(row.length, tokens)).toList(),
                        new Shape(tokens),
                        DataType.INT64);
        NDArray frame =
                arrays.ofRows(
                        BundleContract.FRAME,
                        pictures.stream().map(Pixels::rgb).toList(),
                        new Shape(size.height(), size.width(), 3),
                        DataType.UINT8);
        return bundle.run(text.graphName(tokens), new NDList(inputIds, attentionMask, frame));
    }

    private byte[] padded(long[] ids, int tokens) {
        long[] padded = Arrays.copyOf(ids, tokens);
        Arrays.fill(padded, ids.length, tokens, text.padTokenId());
        return bytes(padded);
    }

    private static byte[] mask(int length, int tokens) {
        long[] mask = new long[tokens];
        Arrays.fill(mask, 0, length, 1);
        return bytes(mask);
    }

    private static byte[] bytes(long[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(values);
        return bytes.array();
    }

    private long[] ids(String prompt) {
        synchronized (idsByPrompt) {
            return idsByPrompt.computeIfAbsent(prompt, this::tokenize);
        }
    }

    /** On a device an output is overwritten some runs later, and others encode meanwhile. */
    private NDArray own(NDArray output) {
        return bundle.onHost() ? output : output.duplicate();
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
