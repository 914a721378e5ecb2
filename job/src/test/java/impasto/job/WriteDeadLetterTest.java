package impasto.job;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.failure.DeadLetterReason;
import impasto.failure.RejectedRecord;
import impasto.frame.RecordOrigin;
import impasto.schemas.DeadLetter;
import impasto.wire.WireFormat;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class WriteDeadLetterTest {

    @Test
    void isOfBoundedSizeWhateverIsInTheRecord() {
        WireFormat format = WireFormat.singleObject();
        WriteDeadLetter writer = new WriteDeadLetter(format, "dead-letters", 1000);
        writer.open(null, null);
        ProducerRecord<byte[], byte[]> written =
                writer.serialize(
                        new RejectedRecord(
                                new RecordOrigin("frames", 1, 2, 3),
                                new byte[9 << 20],
                                new byte[9 << 20],
                                null,
                                null,
                                DeadLetterReason.UNREADABLE_RECORD,
                                "e".repeat(1 << 20)),
                        null,
                        null);
        assertThat(written.key()).hasSize(WriteDeadLetter.MAX_KEY_BYTES);
        assertThat(written.value()).hasSizeLessThan(16 * 1024);
        DeadLetter letter = format.codec(DeadLetter.class, "dead-letters").decode(written.value());
        assertThat(letter.getRecord().remaining()).isEqualTo(1000);
        assertThat(letter.getRecordBytes()).isEqualTo(9 << 20);
    }
}
