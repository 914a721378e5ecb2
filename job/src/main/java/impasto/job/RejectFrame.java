package impasto.job;

import impasto.failure.FrameFailure;
import impasto.failure.RejectedRecord;
import impasto.frame.Frame;
import impasto.schemas.ImageEncoding;
import impasto.wire.RecordCodec;
import impasto.wire.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Turns a frame that could not be restyled into the record that it came from. */
final class RejectFrame extends RichMapFunction<FrameFailure, RejectedRecord> {

    private static final long serialVersionUID = 1L;

    private final WireFormat format;
    private final String topic;
    private transient RecordCodec<impasto.schemas.Frame> codec;

    RejectFrame(WireFormat format, String topic) {
        this.format = format;
        this.topic = topic;
    }

    @Override
    public void open(OpenContext context) {
        codec = format.codec(impasto.schemas.Frame.class, topic);
    }

    @Override
    public RejectedRecord map(FrameFailure failure) {
        Frame frame = failure.frame();
        impasto.schemas.Frame record =
                impasto.schemas.Frame.newBuilder()
                        .setStreamId(frame.streamId())
                        .setSequence(frame.sequence())
                        .setCaptureTimeMicros(
                                Instant.EPOCH.plus(frame.captureTimeMicros(), ChronoUnit.MICROS))
                        .setEncoding(ImageEncoding.UNKNOWN)
                        .setImage(ByteBuffer.wrap(frame.image()))
                        .build();
        return new RejectedRecord(
                frame.origin(),
                frame.streamId().getBytes(StandardCharsets.UTF_8),
                codec.encode(record),
                frame.streamId(),
                frame.sequence(),
                failure.reason(),
                failure.error());
    }
}
