package impasto.job;

import impasto.failure.RejectedRecord;
import impasto.frame.RecordOrigin;
import impasto.schemas.DeadLetter;
import impasto.schemas.DeadLetterReason;
import impasto.wire.RecordCodec;
import impasto.wire.WireFormat;
import java.nio.ByteBuffer;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes records that could not be used to the dead-letter topic, under their own key. */
final class WriteDeadLetter implements KafkaRecordSerializationSchema<RejectedRecord> {

    private static final long serialVersionUID = 1L;

    private final WireFormat format;
    private final String topic;
    private final int maxRecordBytes;
    private transient RecordCodec<DeadLetter> codec;

    /**
     * @param maxRecordBytes how much of the record's value to keep
     */
    WriteDeadLetter(WireFormat format, String topic, int maxRecordBytes) {
        this.format = format;
        this.topic = topic;
        this.maxRecordBytes = maxRecordBytes;
    }

    @Override
    public void open(
            SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
        codec = format.codec(DeadLetter.class, topic);
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
            RejectedRecord rejected, KafkaSinkContext context, Long timestamp) {
        return new ProducerRecord<>(topic, rejected.key(), codec.encode(record(rejected)));
    }

    private DeadLetter record(RejectedRecord rejected) {
        RecordOrigin origin = rejected.origin();
        byte[] value = rejected.value();
        return DeadLetter.newBuilder()
                .setTopic(origin.topic())
                .setPartition(origin.partition())
                .setOffset(origin.offset())
                .setKey(rejected.key() == null ? null : ByteBuffer.wrap(rejected.key()))
                .setStreamId(rejected.streamId())
                .setSequence(rejected.sequence())
                .setReason(DeadLetterReason.valueOf(rejected.reason().name()))
                .setError(rejected.error())
                .setRecord(
                        value == null
                                ? null
                                : ByteBuffer.wrap(value, 0, Math.min(value.length, maxRecordBytes)))
                .setRecordBytes(value == null ? 0 : value.length)
                .build();
    }
}
