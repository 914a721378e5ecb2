package impasto.wire;

import impasto.wire.UnreadableRecordException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/** What both wire formats put behind their headers: the record in Avro's binary encoding. */
final class RecordBody<T extends SpecificRecord> {
    private final Schema schema;
    private final SpecificData model;
    private final SpecificDatumWriter<T> writer;

    /** By the very schema object, of which a codec keeps one a version. */
    private final IdentityHashMap<Schema, SpecificDatumReader<T>> readers = new IdentityHashMap<>();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private BinaryEncoder encoder;

    RecordBody(Class<T> type, Schema schema) {
        this.schema = schema;
        this.model = SpecificData.getForClass(type);
        this.writer = new SpecificDatumWriter<>(type);
    }

    Schema schema() {
        return schema;
    }

    byte[] write(byte[] header, T record) {
        out.reset();
        out.writeBytes(header);
        encoder = EncoderFactory.get().binaryEncoder(out, encoder);
        try {
            writer.write(record, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer in memory does not fail", e);
        }
        return out.toByteArray();
    }

    /**
     * @param from where the body begins
     * @param written the schema it was written with
     */
    T read(byte[] bytes, int from, Schema written) {
        BoundedDecoder decoder = new BoundedDecoder(bytes, from);
        T record;
        try {
            record =
                    readers.computeIfAbsent(
                                    written, s -> new SpecificDatumReader<>(s, schema, model))
                            .read(null, decoder);
        } catch (IOException | RuntimeException e) {
            // Avro throws all kinds of exceptions over bytes that are not what the schema says
            throw new UnreadableRecordException(
                    Kind.UNREADABLE,
                    "%s, written with schema %s, cannot be read as %s: %s"
                            .formatted(
                                    describe(bytes),
                                    written.getFullName(),
                                    schema.getFullName(),
                                    e.getMessage() == null ? e.toString() : e.getMessage()),
                    e);
        }
        if (decoder.remaining() > 0) {
            throw new UnreadableRecordException(
                    Kind.UNREADABLE,
                    "%s, written with schema %s, has %d bytes behind the end of the record"
                            .formatted(
                                    describe(bytes), written.getFullName(), decoder.remaining()));
        }
        return record;
    }

    static String describe(byte[] bytes) {
        return bytes.length == 0
                ? "record of 0 bytes"
                : "record of %d bytes that begin with %s"
                        .formatted(
                                bytes.length,
                                HexFormat.ofDelimiter(" ")
                                        .formatHex(bytes, 0, Math.min(bytes.length, 12)));
    }
}
