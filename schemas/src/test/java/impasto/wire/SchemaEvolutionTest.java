package impasto.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import impasto.schemas.PromptEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The next version of a schema has one field more, with a default, and one more enum symbol. */
class SchemaEvolutionTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @MethodSource("impasto.wire.Records#ofEveryTopic")
    void thisVersionAndTheNextCanReadEachOther(SpecificRecord record)
            throws JsonProcessingException {
        Schema now = record.getSchema();
        Schema next = nextVersion(now);
        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(now, next).getType())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(next, now).getType())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    @ParameterizedTest
    @MethodSource("impasto.wire.Records#ofEveryTopic")
    void aRecordOfTheNextVersionIsReadByThisOne(SpecificRecord record) throws IOException {
        assertNextIsReadByNow(record.getClass(), record);
    }

    private static <T extends SpecificRecord> void assertNextIsReadByNow(
            Class<T> type, SpecificRecord record) throws IOException {
        Schema next = nextVersion(record.getSchema());
        byte[] now = WireFormat.singleObject().codec(type, "topic").encode(type.cast(record));
        GenericRecord later = read(now, record.getSchema(), next);
        later.put("added_later", "something new");
        RecordCodec<T> codec = WireFormat.singleObject(List.of(next)).codec(type, "topic");
        assertThat(codec.decode(written(later, next))).isEqualTo(record);

        for (Schema.Field field : next.getFields()) {
            if (field.schema().getType() == Schema.Type.ENUM) {
                later.put(field.name(), new GenericData.EnumSymbol(field.schema(), "LATER"));
                T read = codec.decode(written(later, next));
                assertThat(read.get(record.getSchema().getField(field.name()).pos()))
                        .hasToString("UNKNOWN");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("impasto.wire.Records#ofEveryTopic")
    void aRecordOfThisVersionIsReadByTheNext(SpecificRecord record) throws IOException {
        assertNowIsReadByNext(record.getClass(), record);
    }

    private static <T extends SpecificRecord> void assertNowIsReadByNext(
            Class<T> type, SpecificRecord record) throws IOException {
        byte[] now = WireFormat.singleObject().codec(type, "topic").encode(type.cast(record));
        GenericRecord read = read(now, record.getSchema(), nextVersion(record.getSchema()));
        assertThat(read.get("added_later")).hasToString("default");
        for (Schema.Field field : record.getSchema().getFields()) {
            if (field.schema().getType() == Schema.Type.ENUM) {
                assertThat(read.get(field.name())).hasToString(record.get(field.pos()).toString());
            }
        }
    }

    @Test
    void aPromptOfTheFirstReleaseIsReadWithTodaysDefaults() throws IOException {
        Schema first;
        try (InputStream in = WireFormat.class.getResourceAsStream("earlier/PromptEvent-1.avsc")) {
            first = new Schema.Parser().parse(in);
        }
        GenericRecord record = new GenericData.Record(first);
        record.put("prompt_id", "p");
        record.put("target", "camera-*");
        record.put("text", "oil painting");
        record.put("strength", 0.5f);
        PromptEvent read =
                WireFormat.singleObject()
                        .codec(PromptEvent.class, "prompts")
                        .decode(written(record, first));
        assertThat(read)
                .isEqualTo(
                        PromptEvent.newBuilder()
                                .setPromptId("p")
                                .setTarget("camera-*")
                                .setText("oil painting")
                                .setStrength(0.5f)
                                .build());
        assertThat(read.getBlend()).isEmpty();
        assertThat(read.getSchedule()).isEmpty();
        assertThat(read.getTransitionSeconds()).isZero();
        assertThat(
                        SchemaCompatibility.checkReaderWriterCompatibility(
                                        first, PromptEvent.getClassSchema())
                                .getType())
                .as("a registry lets an older job read newer prompts")
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    private static GenericRecord read(byte[] singleObject, Schema written, Schema reader)
            throws IOException {
        return new GenericDatumReader<GenericRecord>(written, reader)
                .read(
                        null,
                        DecoderFactory.get()
                                .binaryDecoder(
                                        singleObject,
                                        SingleObjectCodec.HEADER_BYTES,
                                        singleObject.length - SingleObjectCodec.HEADER_BYTES,
                                        null));
    }

    private static byte[] written(GenericRecord record, Schema schema) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                ByteBuffer.allocate(SingleObjectCodec.HEADER_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put((byte) 0xc3)
                        .put((byte) 1)
                        .putLong(SchemaNormalization.parsingFingerprint64(schema))
                        .array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static Schema nextVersion(Schema schema) throws JsonProcessingException {
        JsonNode json = JSON.readTree(schema.toString());
        for (JsonNode type : json.findParents("symbols")) {
            ((ArrayNode) type.get("symbols")).add("LATER");
        }
        ObjectNode added = ((ArrayNode) json.get("fields")).insertObject(0);
        added.put("name", "added_later").put("type", "string").put("default", "default");
        return new Schema.Parser().parse(json.toString());
    }
}
