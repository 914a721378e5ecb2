package impasto.job;

import impasto.failure.RejectedRecord;
import impasto.frame.RecordOrigin;
import impasto.schemas.DeadLetter;
import impasto.schemas.DeadLetterReason;
import impasto.wire.RecordCodec;
import impasto.wire.WireFormat;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes records that could not be used to the dead-letter topic, under their own key. Whatever is
 * in the record, the dead letter is of bounded size: one that is too large to be written would stop
 * the job.
 */
final class WriteDeadLetter implements KafkaRecordSerializationSchema<RejectedRecord> {

    private static final long serialVersionUID = 1L;

    /** Longest key that is kept, in bytes: a stream's name or a prompt's id is shorter. */
    static final int MAX_KEY_BYTES = 4096;

    /** Longest error that is kept, in characters. */
    static final int MAX_ERROR_LENGTH = 4096;

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
        return new ProducerRecord<>(
                topic, bounded(rejected.key(), MAX_KEY_BYTES), codec.encode(record(rejected)));
    }

    private DeadLetter record(RejectedRecord rejected) {
        RecordOrigin origin = rejected.origin();
        byte[] value = rejected.value();
        return DeadLetter.newBuilder()
                .setTopic(origin.topic())
                .setPartition(origin.partition())
                .setOffset(origin.offset())
                .setKey(wrapped(rejected.key(), MAX_KEY_BYTES))
                .setStreamId(rejected.streamId())
                .setSequence(rejected.sequence())
                .setReason(DeadLetterReason.valueOf(rejected.reason().name()))
                .setError(
                        rejected.error()
                                .substring(
                                        0, Math.min(rejected.error().length(), MAX_ERROR_LENGTH)))
                .setRecord(wrapped(value, maxRecordBytes))
                .setRecordBytes(value == null ? 0 : value.length)
                .build();
    }

    private static byte[] bounded(byte[] bytes, int most) {
        return bytes == null || bytes.length <= most ? bytes : Arrays.copyOf(bytes, most);
    }

    private static ByteBuffer wrapped(byte[] bytes, int most) {
        return bytes == null ? null : ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, most));
    }
}
