package impasto.job;

import impasto.failure.DeadLetterReason;
import impasto.frame.Frame;
import impasto.wire.RecordCodec;
import impasto.wire.UnreadableRecordException;
import impasto.wire.WireFormat;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** Reads frames out of records; records that are none go to {@link Rejection#TAG}. */
final class ReadFrames extends ProcessFunction<KafkaRecord, Frame> {

    private static final long serialVersionUID = 1L;

    private final WireFormat format;
    private final String topic;
    private transient RecordCodec<impasto.schemas.Frame> codec;

    ReadFrames(WireFormat format, String topic) {
        this.format = format;
        this.topic = topic;
    }

    @Override
    public void open(OpenContext context) {
        codec = format.codec(impasto.schemas.Frame.class, topic);
    }

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<Frame> out) {
        if (record.value() == null) {
            context.output(
                    Rejection.TAG,
                    Rejection.of(
                            record,
                            DeadLetterReason.UNREADABLE_RECORD,
                            "the record has no value, expected a Frame"));
            return;
        }
        Frame read;
        try {
            impasto.schemas.Frame frame = codec.decode(record.value());
            read =
                    new Frame(
                            frame.getStreamId(),
                            frame.getSequence(),
                            ChronoUnit.MICROS.between(Instant.EPOCH, frame.getCaptureTimeMicros()),
                            bytes(frame.getImage()),
                            record.origin());
        } catch (UnreadableRecordException e) {
            context.output(Rejection.TAG, Rejection.of(record, e));
            return;
        } catch (IllegalArgumentException e) {
            context.output(
                    Rejection.TAG,
                    Rejection.of(record, DeadLetterReason.INVALID_FRAME, e.getMessage()));
            return;
        }
        out.collect(read);
    }

    /** The bytes of a buffer; its own array where that holds nothing else. */
    static byte[] bytes(ByteBuffer buffer) {
        if (buffer.hasArray()
                && buffer.arrayOffset() == 0
                && buffer.position() == 0
                && buffer.remaining() == buffer.array().length) {
            return buffer.array();
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
