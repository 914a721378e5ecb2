package impasto.wire;

import impasto.wire.UnreadableRecordException.Kind;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/** Confluent's "Wire format" for Avro. */
final class ConfluentCodec<T extends SpecificRecord> implements RecordCodec<T> {
    static final int HEADER_BYTES = 5;

    private final RecordBody<T> body;
    private final SchemaRegistry registry;
    private final String subject;

    /** Null until the schema is registered. */
    private byte[] header;

    ConfluentCodec(RecordBody<T> body, SchemaRegistry registry, String subject) {
        this.body = body;
        this.registry = registry;
        this.subject = subject;
    }

    @Override
    public byte[] encode(T record) {
        if (header == null) {
            int id = registry.register(subject, body.schema());
            header = ByteBuffer.allocate(HEADER_BYTES).put((byte) 0).putInt(id).array();
        }
        return body.write(header, record);
    }

    @Override
    public T decode(byte[] bytes) {
        if (!isHeader(bytes)) {
            throw new UnreadableRecordException(
                    Kind.UNREADABLE,
                    "%s, expected Confluent's format, which begins with 00 and a schema id%s"
                            .formatted(
                                    RecordBody.describe(bytes),
                                    SingleObjectCodec.isHeader(bytes)
                                            ? "; it may be Avro single-object encoding, which is"
                                                    + " read without a schema registry"
                                            : ""));
        }
        int id = schemaId(bytes);
        Schema written =
                registry.schema(id)
                        .orElseThrow(
                                () ->
                                        new UnreadableRecordException(
                                                Kind.UNKNOWN_SCHEMA,
                                                "%s with schema id %d, which %s does not know"
                                                        .formatted(
                                                                RecordBody.describe(bytes),
                                                                id,
                                                                registry)));
        return body.read(bytes, HEADER_BYTES, written);
    }

    static boolean isHeader(byte[] bytes) {
        return bytes.length >= HEADER_BYTES && bytes[0] == 0;
    }

    static int schemaId(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getInt(1);
    }
}
