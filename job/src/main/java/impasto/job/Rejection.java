package impasto.job;

import impasto.failure.DeadLetterReason;
import impasto.failure.RejectedRecord;
import impasto.wire.UnreadableRecordException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;

/** Records that could not be read, on their way to the dead-letter topic. */
final class Rejection {

    /** Side output of the readers. */
    static final OutputTag<RejectedRecord> TAG =
            new OutputTag<>("rejected-records", TypeInformation.of(RejectedRecord.class));

    private Rejection() {}

    static RejectedRecord of(KafkaRecord record, UnreadableRecordException e) {
        return of(
                record,
                switch (e.kind()) {
                    case UNKNOWN_SCHEMA -> DeadLetterReason.UNKNOWN_SCHEMA;
                    case UNREADABLE -> DeadLetterReason.UNREADABLE_RECORD;
                },
                e.getMessage());
    }

    static RejectedRecord of(KafkaRecord record, DeadLetterReason reason, String error) {
        return new RejectedRecord(
                record.origin(), record.key(), record.value(), null, null, reason, error);
    }
}
