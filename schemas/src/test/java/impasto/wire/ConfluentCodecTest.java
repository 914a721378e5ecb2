package impasto.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import impasto.schemas.Frame;
import impasto.wire.UnreadableRecordException.Kind;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfluentCodecTest {
    private FakeRegistry registry;
    private RecordCodec<Frame> codec;

    @BeforeEach
    void start() throws IOException {
        registry = new FakeRegistry();
        codec = WireFormat.confluent(registry.uri()).codec(Frame.class, "my frames");
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @ParameterizedTest
    @MethodSource("impasto.wire.Records#ofEveryTopic")
    void everyRecordComesBackAsItWas(SpecificRecord record) {
        assertRoundTrip(record.getClass(), record);
    }

    private <T extends SpecificRecord> void assertRoundTrip(Class<T> type, SpecificRecord record) {
        WireFormat format = WireFormat.confluent(registry.uri());
        byte[] bytes = format.codec(type, "topic").encode(type.cast(record));
        assertThat(bytes).startsWith(0, 0, 0, 0, 100);
        assertThat(format.codec(type, "topic").decode(bytes)).isEqualTo(record);
    }

    @Test
    void theRegistryIsAskedOnceForEachSchema() {
        byte[] bytes = codec.encode(Records.frame());
        codec.encode(Records.frame());
        codec.decode(bytes);
        codec.decode(bytes);
        assertThat(registry.requests)
                .containsExactly("POST /subjects/my+frames-value/versions", "GET /schemas/ids/100");
    }

    @Test
    void anIdThatTheRegistryDoesNotKnowIsAnUnknownSchema() {
        UnreadableRecordException e = failure(new byte[] {0, 0, 0, 1, 0, 9});
        assertThat(e.kind()).isEqualTo(Kind.UNKNOWN_SCHEMA);
        assertThat(e).hasMessageContaining("schema id 256, which schema registry http://localhost");
    }

    @Test
    void aRegistryThatIsOutOfOrderIsNotTheRecordsFault() {
        byte[] bytes = codec.encode(Records.frame());
        registry.brokenStatus = 503;
        assertThatThrownBy(() -> codec.decode(bytes))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("status 503 and '<html>out of order</html>'");
        registry.brokenStatus = 404;
        assertThatThrownBy(() -> codec.decode(bytes))
                .isInstanceOf(RegistryUnavailableException.class);
        registry.brokenStatus = 0;
        assertThat(codec.decode(bytes)).isEqualTo(Records.frame());
    }

    @Test
    void aRegistryThatCannotBeReachedIsNotTheRecordsFault() {
        byte[] bytes = codec.encode(Records.frame());
        URI gone = registry.uri();
        registry.close();
        assertThatThrownBy(
                        () -> WireFormat.confluent(gone).codec(Frame.class, "frames").decode(bytes))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("cannot be reached: GET " + gone + "schemas/ids/100");
    }

    @Test
    void everyTruncationIsUnreadable() {
        byte[] whole = codec.encode(Records.frame());
        for (int length = 0; length < whole.length; length++) {
            assertThat(failure(Arrays.copyOf(whole, length)).kind()).isEqualTo(Kind.UNREADABLE);
        }
    }

    @Test
    void aSchemaOfAnotherRecordIsUnreadable() {
        registry.put(5, impasto.schemas.PromptEvent.getClassSchema());
        UnreadableRecordException e = failure(new byte[] {0, 0, 0, 0, 5, 2, 65, 0});
        assertThat(e.kind()).isEqualTo(Kind.UNREADABLE);
        assertThat(e)
                .hasMessageContaining(
                        "written with schema impasto.schemas.PromptEvent, cannot be read as"
                                + " impasto.schemas.Frame");
    }

    @Test
    void aRecordInSingleObjectEncodingIsRecognized() {
        byte[] bytes =
                WireFormat.singleObject().codec(Frame.class, "frames").encode(Records.frame());
        assertThat(failure(bytes))
                .hasMessageContaining("expected Confluent's format")
                .hasMessageContaining("it may be Avro single-object encoding");
    }

    @Test
    void aRegistryThatIsNoWebAddressIsRefused() {
        assertThatThrownBy(() -> WireFormat.confluent(URI.create("localhost:8081")))
                .hasMessageContaining("expected a URL that begins with http:// or https://");
    }

    private UnreadableRecordException failure(byte[] bytes) {
        return catchThrowableOfType(UnreadableRecordException.class, () -> codec.decode(bytes));
    }
}
