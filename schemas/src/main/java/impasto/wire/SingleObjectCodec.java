package impasto.wire;

import impasto.wire.UnreadableRecordException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificRecord;

/** Avro specification, "Single-object encoding". */
final class SingleObjectCodec<T extends SpecificRecord> implements RecordCodec<T> {
    static final int HEADER_BYTES = 10;

    private final RecordBody<T> body;
    private final Map<Long, Schema> schemas = new HashMap<>();
    private final byte[] header;

    SingleObjectCodec(RecordBody<T> body, List<Schema> otherVersions) {
        this.body = body;
        for (Schema schema : otherVersions) {
            schemas.put(SchemaNormalization.parsingFingerprint64(schema), schema);
        }
        long fingerprint = SchemaNormalization.parsingFingerprint64(body.schema());
        schemas.put(fingerprint, body.schema());
        header =
                ByteBuffer.allocate(HEADER_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put((byte) 0xc3)
                        .put((byte) 0x01)
                        .putLong(fingerprint)
                        .array();
    }

    @Override
    public byte[] encode(T record) {
        return body.write(header, record);
    }

    @Override
    public T decode(byte[] bytes) {
        if (!isHeader(bytes)) {
            throw new UnreadableRecordException(
                    Kind.UNREADABLE,
                    "%s, expected Avro single-object encoding, which begins with c3 01%s"
                            .formatted(
                                    RecordBody.describe(bytes),
                                    ConfluentCodec.isHeader(bytes)
                                            ? "; it may be Confluent's format with schema id "
                                                    + ConfluentCodec.schemaId(bytes)
                                                    + ", which needs a schema registry"
                                            : ""));
        }
        long fingerprint = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
        Schema written = schemas.get(fingerprint);
        if (written == null) {
            throw new UnreadableRecordException(
                    Kind.UNKNOWN_SCHEMA,
                    "%s with schema fingerprint %016x, expected that of %s, %016x%s"
                            .formatted(
                                    RecordBody.describe(bytes),
                                    fingerprint,
                                    body.schema().getFullName(),
                                    SchemaNormalization.parsingFingerprint64(body.schema()),
                                    schemas.size() == 1
                                            ? ""
                                            : " or of %d other schemas"
                                                    .formatted(schemas.size() - 1)));
        }
        return body.read(bytes, HEADER_BYTES, written);
    }

    static boolean isHeader(byte[] bytes) {
        return bytes.length >= HEADER_BYTES && bytes[0] == (byte) 0xc3 && bytes[1] == 0x01;
    }
}
