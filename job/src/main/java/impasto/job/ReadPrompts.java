package impasto.job;

import impasto.failure.DeadLetterReason;
import impasto.operator.PromptRecord;
import impasto.operator.PromptRecord.PartRequest;
import impasto.operator.PromptRecord.PromptRequest;
import impasto.operator.PromptRecord.StepRequest;
import impasto.schemas.PromptEvent;
import impasto.schemas.PromptPart;
import impasto.schemas.PromptStep;
import impasto.wire.RecordCodec;
import impasto.wire.UnreadableRecordException;
import impasto.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Reads prompts out of records. Every record is passed on, also one that goes to {@link
 * Rejection#TAG}, so that the next operator knows how far the topic has been read.
 */
final class ReadPrompts extends ProcessFunction<KafkaRecord, PromptRecord> {

    private static final long serialVersionUID = 1L;

    private final WireFormat format;
    private final String topic;
    private transient RecordCodec<PromptEvent> codec;

    ReadPrompts(WireFormat format, String topic) {
        this.format = format;
        this.topic = topic;
    }

    @Override
    public void open(OpenContext context) {
        codec = format.codec(PromptEvent.class, topic);
    }

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<PromptRecord> out) {
        if (record.key() == null) {
            reject(record, "the record has no key, expected the prompt_id", context, out);
            return;
        }
        String key = new String(record.key(), StandardCharsets.UTF_8);
        if (record.value() == null) {
            out.collect(new PromptRecord(record.origin(), key, null, record.key(), record.value()));
            return;
        }
        try {
            PromptEvent event = codec.decode(record.value());
            if (!event.getPromptId().equals(key)) {
                reject(
                        record,
                        "the key is '%s' and prompt_id is '%s', expected the same"
                                .formatted(key, event.getPromptId()),
                        context,
                        out);
                return;
            }
            out.collect(
                    new PromptRecord(
                            record.origin(), key, request(event), record.key(), record.value()));
        } catch (UnreadableRecordException e) {
            context.output(Rejection.TAG, Rejection.of(record, e));
            out.collect(PromptRecord.unusable(record.origin()));
        }
    }

    private static PromptRequest request(PromptEvent event) {
        return new PromptRequest(
                event.getTarget(),
                event.getText(),
                event.getSeed(),
                event.getStrength(),
                event.getReferenceImage() == null
                        ? null
                        : ReadFrames.bytes(event.getReferenceImage()),
                event.getWeight(),
                parts(event.getBlend()),
                event.getTransitionSeconds(),
                event.getSchedule().stream().map(ReadPrompts::step).toArray(StepRequest[]::new));
    }

    private static StepRequest step(PromptStep step) {
        return new StepRequest(
                step.getFromTime().toEpochMilli(),
                step.getText(),
                step.getSeed(),
                step.getStrength(),
                step.getWeight(),
                parts(step.getBlend()),
                step.getTransitionSeconds());
    }

    private static PartRequest[] parts(List<PromptPart> blend) {
        return blend.stream()
                .map(part -> new PartRequest(part.getText(), part.getWeight()))
                .toArray(PartRequest[]::new);
    }

    private static void reject(
            KafkaRecord record, String error, Context context, Collector<PromptRecord> out) {
        context.output(Rejection.TAG, Rejection.of(record, DeadLetterReason.INVALID_PROMPT, error));
        out.collect(PromptRecord.unusable(record.origin()));
    }
}
