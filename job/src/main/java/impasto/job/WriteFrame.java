package impasto.job;

import impasto.frame.FrameResult;
import impasto.schemas.ImageEncoding;
import impasto.schemas.Outcome;
import impasto.schemas.StageLatencies;
import impasto.schemas.StylizedFrame;
import impasto.wire.RecordCodec;
import impasto.wire.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes results to the output topic, keyed by stream. */
final class WriteFrame implements KafkaRecordSerializationSchema<FrameResult> {

    private static final long serialVersionUID = 1L;

    private final WireFormat format;
    private final String topic;
    private transient RecordCodec<StylizedFrame> codec;

    WriteFrame(WireFormat format, String topic) {
        this.format = format;
        this.topic = topic;
    }

    @Override
    public void open(
            SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
        codec = format.codec(StylizedFrame.class, topic);
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
            FrameResult result, KafkaSinkContext context, Long timestamp) {
        return new ProducerRecord<>(
                topic,
                result.streamId().getBytes(StandardCharsets.UTF_8),
                codec.encode(record(result)));
    }

    private static StylizedFrame record(FrameResult result) {
        impasto.frame.StageLatencies latencies = result.latencies();
        return StylizedFrame.newBuilder()
                .setStreamId(result.streamId())
                .setSequence(result.sequence())
                .setCaptureTimeMicros(
                        Instant.EPOCH.plus(result.captureTimeMicros(), ChronoUnit.MICROS))
                .setOutcome(Outcome.valueOf(result.outcome().name()))
                .setReason(result.reason())
                .setEncoding(
                        result.encoding() == null
                                ? ImageEncoding.UNKNOWN
                                : ImageEncoding.valueOf(result.encoding().name()))
                .setImage(result.image() == null ? null : ByteBuffer.wrap(result.image()))
                .setPromptId(result.promptId())
                .setPromptVersion(result.promptVersion())
                .setBundle(result.bundle())
                .setBundleVersion(result.bundleVersion())
                .setLatencies(
                        new StageLatencies(
                                latencies.queueMicros(),
                                latencies.decodeMicros(),
                                latencies.batchMicros(),
                                latencies.modelMicros(),
                                latencies.encodeMicros()))
                .build();
    }
}
