package impasto.operator;

import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageLimits;
import impasto.decode.Pixels;
import impasto.failure.BadInputException;
import impasto.failure.DeadLetterReason;
import impasto.failure.RejectedRecord;
import impasto.model.BundleManifest;
import impasto.model.LoadedBundle;
import impasto.model.TextEmbedding;
import impasto.model.TextEncoder;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.Prompt;
import impasto.prompt.PromptTarget;
import impasto.prompt.PromptUpdate;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * Encodes each new prompt once, for all subtasks of {@link StylizeOperator}, and tells them when
 * the prompts that were there before the job have all been passed on. Runs with parallelism 1.
 *
 * <p>A prompt's version is the offset of its record: it grows with every change, is the same after
 * any restart, and leads back to the record that made a picture.
 */
public final class EncodePromptOperator extends AbstractStreamOperator<PromptUpdate>
        implements OneInputStreamOperator<PromptRecord, PromptUpdate> {

    private static final long serialVersionUID = 1L;

    /** Prompts that cannot be used. */
    public static final OutputTag<RejectedRecord> REJECTED =
            new OutputTag<>("rejected-prompts", TypeInformation.of(RejectedRecord.class));

    private static final ListStateDescriptor<Boolean> CAUGHT_UP =
            new ListStateDescriptor<>("caught-up", Types.BOOLEAN);

    private static final int CACHED_TEXTS = 64;

    private final ModelSettings model;
    private final int maxImageBytes;
    private final long maxImagePixels;
    private final SerializableSupplier<Map<Integer, Long>> lastOffsets;

    private transient LoadedBundle bundle;
    private transient TextEncoder encoder;
    private transient FrameDecoder decoder;
    private transient ListState<Boolean> caughtUpState;
    private transient Map<Content, TextEmbedding> encoded;
    private transient Map<Integer, Long> awaited;
    private transient boolean caughtUp;

    /** What an embedding depends on. */
    private record Content(String text, ByteBuffer referenceImage) {
        static Content of(Prompt prompt) {
            byte[] image = prompt.referenceImage();
            return new Content(prompt.text(), image == null ? null : ByteBuffer.wrap(image));
        }
    }

    /**
     * @param lastOffsets gives, when the operator starts, the offset of the last record of each
     *     partition of the prompts topic that has any
     */
    public EncodePromptOperator(
            ModelSettings model,
            int maxImageBytes,
            long maxImagePixels,
            SerializableSupplier<Map<Integer, Long>> lastOffsets) {
        this.model = model;
        this.maxImageBytes = maxImageBytes;
        this.maxImagePixels = maxImagePixels;
        this.lastOffsets = lastOffsets;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        caughtUpState = context.getOperatorStateStore().getListState(CAUGHT_UP);
        caughtUp = caughtUpState.get().iterator().hasNext();
    }

    @Override
    public void open() throws Exception {
        super.open();
        bundle = model.acquire();
        encoder = new TextEncoder(bundle);
        BundleManifest.FrameSize size = bundle.manifest().frame();
        decoder =
                new FrameDecoder(
                        size.width(),
                        size.height(),
                        Fit.CENTRE_CROP,
                        new ImageLimits(maxImageBytes, maxImagePixels));
        encoded =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<Content, TextEmbedding> eldest) {
                        return size() > CACHED_TEXTS;
                    }
                };
        if (!caughtUp) {
            awaited = new HashMap<>(lastOffsets.get());
            getContainingTask()
                    .getMailboxExecutorFactory()
                    .createExecutor(getOperatorConfig().getChainIndex())
                    .execute(this::announceIfCaughtUp, "prompts caught up");
        }
    }

    @Override
    public void processElement(StreamRecord<PromptRecord> element) {
        PromptRecord record = element.getValue();
        if (record.promptId() != null) {
            if (record.event() == null) {
                clear(record);
            } else {
                set(record);
            }
        }
        if (!caughtUp) {
            awaited.computeIfPresent(
                    record.origin().partition(),
                    (partition, last) -> record.origin().offset() >= last ? null : last);
            announceIfCaughtUp();
        }
    }

    private void clear(PromptRecord record) {
        output.collect(
                new StreamRecord<>(
                        PromptUpdate.clear(record.promptId(), record.origin().offset())));
    }

    private void set(PromptRecord record) {
        try {
            EncodedPrompt prompt = encode(prompt(record));
            output.collect(new StreamRecord<>(PromptUpdate.set(prompt)));
        } catch (BadInputException e) {
            output.collect(
                    REJECTED,
                    new StreamRecord<>(
                            new RejectedRecord(
                                    record.origin(),
                                    record.key(),
                                    record.value(),
                                    null,
                                    null,
                                    DeadLetterReason.INVALID_PROMPT,
                                    "prompt '%s': %s"
                                            .formatted(record.promptId(), e.getMessage()))));
        }
    }

    private static Prompt prompt(PromptRecord record) {
        PromptRecord.PromptRequest event = record.event();
        return new Prompt(
                record.promptId(),
                record.origin().offset(),
                PromptTarget.parse(event.target()),
                event.text(),
                event.seed(),
                event.strength(),
                event.referenceImage());
    }

    private EncodedPrompt encode(Prompt prompt) {
        Content content = Content.of(prompt);
        TextEmbedding embedding = encoded.get(content);
        if (embedding == null) {
            embedding =
                    prompt.referenceImage() == null
                            ? encoder.encode(prompt.text())
                            : encoder.encode(prompt.text(), picture(prompt.referenceImage()));
            encoded.put(content, embedding);
        }
        return new EncodedPrompt(
                prompt.promptId(),
                prompt.version(),
                prompt.target().pattern(),
                prompt.text(),
                prompt.seed() == null ? bundle.manifest().noise().defaultSeed() : prompt.seed(),
                prompt.strength(),
                embedding.embeddings(),
                embedding.mask());
    }

    private Pixels picture(byte[] image) {
        return decoder.decode(image).pixels();
    }

    private void announceIfCaughtUp() {
        if (!caughtUp && awaited.isEmpty()) {
            caughtUp = true;
            output.collect(new StreamRecord<>(PromptUpdate.caughtUp()));
        }
    }

    /** With the input at its end, whatever prompts there are have been passed on. */
    @Override
    public void finish() throws Exception {
        if (!caughtUp) {
            awaited.clear();
            announceIfCaughtUp();
        }
        super.finish();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        caughtUpState.update(caughtUp ? List.of(true) : List.of());
    }

    @Override
    public void close() throws Exception {
        if (encoder != null) {
            encoder.close();
            encoder = null;
        }
        if (bundle != null) {
            bundle.close();
            bundle = null;
        }
        super.close();
    }
}
