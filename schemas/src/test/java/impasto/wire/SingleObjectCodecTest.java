package impasto.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import impasto.schemas.Frame;
import impasto.schemas.PromptEvent;
import impasto.wire.UnreadableRecordException.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SingleObjectCodecTest {
    private final RecordCodec<Frame> codec = WireFormat.singleObject().codec(Frame.class, "frames");

    @ParameterizedTest
    @MethodSource("impasto.wire.Records#ofEveryTopic")
    void everyRecordComesBackAsItWas(SpecificRecord record) {
        assertRoundTrip(record.getClass(), record);
    }

    private static <T extends SpecificRecord> void assertRoundTrip(
            Class<T> type, SpecificRecord record) {
        RecordCodec<T> codec = WireFormat.singleObject().codec(type, "topic");
        byte[] bytes = codec.encode(type.cast(record));
        assertThat(codec.decode(bytes)).isEqualTo(record);
        assertThat(codec.decode(codec.encode(codec.decode(bytes)))).isEqualTo(record);
    }

    @Test
    void avrosOwnCodecReadsAndWritesTheSameBytes() throws IOException {
        SpecificData model = SpecificData.getForClass(Frame.class);
        byte[] bytes = codec.encode(Records.frame());
        assertThat(new BinaryMessageDecoder<Frame>(model, Frame.getClassSchema()).decode(bytes))
                .isEqualTo(Records.frame());
        assertThat(
                        new BinaryMessageEncoder<Frame>(model, Frame.getClassSchema())
                                .encode(Records.frame())
                                .array())
                .startsWith(bytes);
    }

    @Test
    void everyTruncationIsUnreadable() {
        byte[] whole = codec.encode(Records.frame());
        for (int length = 0; length < whole.length; length++) {
            assertThat(failure(Arrays.copyOf(whole, length)).kind()).isEqualTo(Kind.UNREADABLE);
        }
    }

    @Test
    void bytesBehindTheRecordAreUnreadable() {
        byte[] whole = codec.encode(Records.frame());
        assertThat(failure(Arrays.copyOf(whole, whole.length + 3)))
                .hasMessageContaining("3 bytes behind the end");
    }

    @Test
    void anythingElseIsNamedByItsFirstBytes() {
        assertThat(failure("{\"text\": 1}".getBytes(UTF_8)))
                .hasMessage(
                        "record of 11 bytes that begin with 7b 22 74 65 78 74 22 3a 20 31 7d,"
                                + " expected Avro single-object encoding, which begins with c3 01");
        assertThat(failure(new byte[0])).hasMessageStartingWith("record of 0 bytes, expected");
    }

    @Test
    void aRecordInConfluentsFormatIsRecognized() {
        assertThat(failure(new byte[] {0, 0, 0, 0, 17, 1, 2, 3}))
                .hasMessageContaining("Confluent's format with schema id 17")
                .hasMessageContaining("needs a schema registry");
    }

    @Test
    void anUnknownFingerprintIsAnUnknownSchema() {
        byte[] prompt =
                WireFormat.singleObject()
                        .codec(PromptEvent.class, "prompts")
                        .encode(Records.prompt());
        UnreadableRecordException e = failure(prompt);
        assertThat(e.kind()).isEqualTo(Kind.UNKNOWN_SCHEMA);
        assertThat(e).hasMessageContaining("expected that of impasto.schemas.Frame");
    }

    @Test
    void aLengthBeyondTheRecordTakesNoMemory() {
        byte[] whole = codec.encode(Records.frame());
        byte[] hostile = Arrays.copyOf(whole, SingleObjectCodec.HEADER_BYTES + 8);
        // the stream's name, of 2^31 - 2 bytes
        byte[] length = {(byte) 0xfc, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
        System.arraycopy(length, 0, hostile, SingleObjectCodec.HEADER_BYTES, length.length);
        assertThat(failure(hostile))
                .hasMessageContaining("string of 2147483646 bytes where 3 are left");
    }

    @Test
    void flippedBytesGiveARecordOrAnUnreadableRecordAndNothingElse() {
        byte[] whole = codec.encode(Records.frame());
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] broken = whole.clone();
            for (int n = random.nextInt(1, 6); n > 0; n--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            try {
                codec.decode(broken);
            } catch (UnreadableRecordException e) {
                assertThat(e.getMessage()).startsWith("record of " + whole.length + " bytes");
            }
        }
    }

    @Test
    void aWireFormatCanBeSentToAnotherMachine() throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(WireFormat.singleObject());
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            WireFormat there = (WireFormat) in.readObject();
            assertThat(there.codec(Frame.class, "f").decode(codec.encode(Records.frame())))
                    .isEqualTo(Records.frame());
        }
    }

    private UnreadableRecordException failure(byte[] bytes) {
        return catchThrowableOfType(UnreadableRecordException.class, () -> codec.decode(bytes));
    }
}
