package impasto.wire;

import org.apache.avro.specific.SpecificRecord;

/**
 * Turns records of one type into the bytes of one wire format, and back. Made by {@link
 * WireFormat#codec}; for one thread, because buffers are used again; cheap to call.
 */
public interface RecordCodec<T extends SpecificRecord> {
    /**
     * @throws RegistryUnavailableException if the schema has to be registered and cannot be
     * @throws org.apache.avro.AvroRuntimeException if a field without default is not set
     */
    byte[] encode(T record);

    /**
     * Reads a record written with this or, by Avro's rules, another version of its schema. No more
     * memory is taken than the bytes account for, whatever lengths they claim.
     *
     * @throws UnreadableRecordException if the bytes are not such a record
     * @throws RegistryUnavailableException if the schema has to be looked up and cannot be
     */
    T decode(byte[] bytes);
}
