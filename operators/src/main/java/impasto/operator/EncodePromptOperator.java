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
import impasto.model.Sha256;
import impasto.model.TextBlend;
import impasto.model.TextEmbedding;
import impasto.model.TextEncoder;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.Prompt;
import impasto.prompt.PromptTarget;
import impasto.prompt.PromptUpdate;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
    private transient TextBlend blend;
    private transient long textsEncoded;

    /**
     * What an embedding depends on.
     *
     * @param reference SHA-256 of the reference image, which may be large; null if there is none
     */
    private record Content(String text, ByteBuffer reference) {}

    /** A reference image and its SHA-256. */
    private record Reference(byte[] image, ByteBuffer digest) {

        /** Null for null. */
        static Reference of(byte[] image) {
            return image == null
                    ? null
                    : new Reference(image, ByteBuffer.wrap(Sha256.digest().digest(image)));
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
        blend = new TextBlend(bundle.manifest());
        getMetricGroup().addGroup("impasto").gauge("textsEncoded", this::textsEncoded);
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
        List<Prompt.Step> schedule = new ArrayList<>();
        for (PromptRecord.StepRequest step : event.schedule()) {
            schedule.add(
                    new Prompt.Step(
                            step.fromMillis(),
                            style(
                                    step.text(),
                                    step.weight(),
                                    step.blend(),
                                    step.seed() == null ? event.seed() : step.seed(),
                                    step.strength() == null ? event.strength() : step.strength(),
                                    step.transitionSeconds())));
        }
        return new Prompt(
                record.promptId(),
                record.origin().offset(),
                PromptTarget.parse(event.target()),
                style(
                        event.text(),
                        event.weight(),
                        event.blend(),
                        event.seed(),
                        event.strength(),
                        event.transitionSeconds()),
                event.referenceImage(),
                schedule);
    }

    private static Prompt.Style style(
            String text,
            float weight,
            PromptRecord.PartRequest[] blend,
            Long seed,
            float strength,
            float transitionSeconds) {
        List<Prompt.Part> parts = new ArrayList<>();
        parts.add(new Prompt.Part(text, weight));
        for (PromptRecord.PartRequest part : blend) {
            parts.add(new Prompt.Part(part.text(), part.weight()));
        }
        return new Prompt.Style(parts, seed, strength, transitionSeconds);
    }

    private EncodedPrompt encode(Prompt prompt) {
        Reference reference = Reference.of(prompt.referenceImage());
        List<EncodedPrompt.Step> schedule = new ArrayList<>();
        for (Prompt.Step step : prompt.schedule()) {
            TextEmbedding text = encode(step.style(), reference);
            schedule.add(
                    new EncodedPrompt.Step(
                            step.fromMillis(),
                            step.style().text(),
                            seed(step.style()),
                            step.style().strength(),
                            text.embeddings(),
                            text.mask(),
                            transitionMillis(step.style()),
                            parts(step.style(), prompt.referenceImage())));
        }
        TextEmbedding text = encode(prompt.style(), reference);
        return new EncodedPrompt(
                prompt.promptId(),
                prompt.version(),
                prompt.target().pattern(),
                prompt.style().text(),
                seed(prompt.style()),
                prompt.style().strength(),
                text.embeddings(),
                text.mask(),
                transitionMillis(prompt.style()),
                schedule.toArray(EncodedPrompt.Step[]::new),
                parts(prompt.style(), prompt.referenceImage()));
    }

    /** A picture that was chosen for a prompt is not replaced by a stream's own. */
    private static Prompt.Part[] parts(Prompt.Style style, byte[] referenceImage) {
        return referenceImage == null
                ? style.parts().toArray(Prompt.Part[]::new)
                : new Prompt.Part[0];
    }

    private long seed(Prompt.Style style) {
        return style.seed() == null ? bundle.manifest().noise().defaultSeed() : style.seed();
    }

    private static long transitionMillis(Prompt.Style style) {
        return Math.round(1000.0 * style.transitionSeconds());
    }

    private TextEmbedding encode(Prompt.Style style, Reference reference) {
        List<TextEmbedding> texts =
                style.parts().stream().map(part -> encode(part.text(), reference)).toList();
        return blend.weighted(texts, style.parts().stream().map(Prompt.Part::weight).toList());
    }

    private TextEmbedding encode(String text, Reference reference) {
        Content content = new Content(text, reference == null ? null : reference.digest);
        TextEmbedding embedding = encoded.get(content);
        if (embedding == null) {
            embedding =
                    reference == null
                            ? encoder.encode(text)
                            : encoder.encode(text, picture(reference.image));
            encoded.put(content, embedding);
            textsEncoded++;
        }
        return embedding;
    }

    /** Texts encoded since the start. */
    long textsEncoded() {
        return textsEncoded;
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
