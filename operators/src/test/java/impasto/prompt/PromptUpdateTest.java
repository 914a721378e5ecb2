package impasto.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class PromptUpdateTest {
    private static final EncodedPrompt PROMPT =
            new EncodedPrompt(
                    "p", 7, "cam-*", "oil painting", 42, 0.5f, new byte[] {1, 2}, new byte[] {3});

    @Test
    void everyKindOfUpdatePassesThroughFlinksRecordSerializer() throws IOException {
        for (PromptUpdate update :
                new PromptUpdate[] {
                    PromptUpdate.set(PROMPT), PromptUpdate.clear("p", 8), PromptUpdate.caughtUp()
                }) {
            PromptUpdate copy = throughFlink(PromptUpdate.class, update);
            assertThat(copy).usingRecursiveComparison().isEqualTo(update);
        }
        EncodedPrompt copy = throughFlink(EncodedPrompt.class, PROMPT);
        assertThat(copy).usingRecursiveComparison().isEqualTo(PROMPT);
        assertThat(copy.embeddings()).containsExactly(1, 2);
    }

    @Test
    void anUpdateHasWhatItsKindNeedsAndNothingElse() {
        assertThatThrownBy(() -> new PromptUpdate(PromptUpdate.Kind.SET, "p", 1, null))
                .hasMessage("update SET with a promptId and without prompt");
        assertThatThrownBy(() -> new PromptUpdate(PromptUpdate.Kind.CAUGHT_UP, "p", 1, null))
                .hasMessage("update CAUGHT_UP with a promptId and without prompt");
    }

    private static <T> T throughFlink(Class<T> type, T value) throws IOException {
        SerializerConfigImpl config = new SerializerConfigImpl();
        config.setGenericTypes(false);
        TypeSerializer<T> serializer = TypeInformation.of(type).createSerializer(config);
        assertThat(serializer).isInstanceOf(PojoSerializer.class);
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(serializer.copy(value), out);
        return serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
    }
}
