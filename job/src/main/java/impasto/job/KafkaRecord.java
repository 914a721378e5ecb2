package impasto.job;

import impasto.frame.RecordOrigin;

/**
 * A record as it is on a topic.
 *
 * @param key null if it has none
 * @param value null for a tombstone
 */
public record KafkaRecord(RecordOrigin origin, byte[] key, byte[] value) {}
