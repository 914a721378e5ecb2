package impasto.frame;

import java.util.Objects;

/**
 * Where a record was read from.
 *
 * @param appendTimeMillis when the broker appended the record, milliseconds since the epoch
 */
public record RecordOrigin(String topic, int partition, long offset, long appendTimeMillis) {
    public RecordOrigin {
        Objects.requireNonNull(topic, "topic");
    }

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
