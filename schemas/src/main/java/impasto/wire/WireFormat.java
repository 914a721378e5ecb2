package impasto.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * How records travel: as Avro bodies behind a header that names the schema they were written with.
 * Immutable and serializable; codecs are made where the records are.
 */
public final class WireFormat implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Schemas of earlier releases, of which there are records on topics. */
    private static final List<String> EARLIER_SCHEMAS = List.of("PromptEvent-1.avsc");

    /** Null for single-object encoding. */
    private final URI registry;

    /** As JSON; only for single-object encoding. */
    private final List<String> otherVersions;

    private WireFormat(URI registry, List<String> otherVersions) {
        this.registry = registry;
        this.otherVersions = otherVersions;
    }

    /**
     * Avro's single-object encoding: bytes c3 01, the schema's 64-bit fingerprint, the body. Needs
     * no registry, and reads only records of the schemas that come with this program: today's, and
     * those of earlier releases.
     */
    public static WireFormat singleObject() {
        return singleObject(List.of());
    }

    private static Schema earlier(String name) {
        try (InputStream in = WireFormat.class.getResourceAsStream("earlier/" + name)) {
            return new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException("a resource of this program cannot be read", e);
        }
    }

    /**
     * As {@link #singleObject()}, and reads records of other versions of the schemas too.
     *
     * @param otherVersions schemas of any of the record types, older or newer
     */
    public static WireFormat singleObject(List<Schema> otherVersions) {
        return new WireFormat(
                null,
                Stream.concat(
                                EARLIER_SCHEMAS.stream().map(WireFormat::earlier),
                                otherVersions.stream())
                        .map(Schema::toString)
                        .toList());
    }

    /**
     * Confluent's format: byte 0, the schema's id in a registry as four bytes, the body. A codec
     * registers its schema for the subject {@code <topic>-value} before its first record.
     *
     * @param registry where Confluent's REST interface is, {@code http} or {@code https}
     */
    public static WireFormat confluent(URI registry) {
        Objects.requireNonNull(registry, "registry");
        if (!"http".equals(registry.getScheme()) && !"https".equals(registry.getScheme())) {
            throw new IllegalArgumentException(
                    "schema registry '%s', expected a URL that begins with http:// or https://"
                            .formatted(registry));
        }
        return new WireFormat(registry, List.of());
    }

    /**
     * @param type a class generated from an Avro schema
     * @param topic which the records are written to or read from
     */
    public <T extends SpecificRecord> RecordCodec<T> codec(Class<T> type, String topic) {
        Objects.requireNonNull(topic, "topic");
        Schema schema = SpecificData.get().getSchema(type);
        RecordBody<T> body = new RecordBody<>(type, schema);
        if (registry != null) {
            return new ConfluentCodec<>(body, new SchemaRegistry(registry), topic + "-value");
        }
        return new SingleObjectCodec<>(
                body, otherVersions.stream().map(json -> new Schema.Parser().parse(json)).toList());
    }

    @Override
    public String toString() {
        return registry == null
                ? "Avro single-object encoding"
                : "Confluent's format with the schema registry " + registry;
    }
}
