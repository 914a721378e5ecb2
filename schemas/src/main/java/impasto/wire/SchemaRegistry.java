package impasto.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import impasto.wire.UnreadableRecordException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;

/**
 * The two calls of Confluent's schema registry that records need. Answers are kept for good: an id
 * never changes its schema. Ids that are not known are asked for again every time.
 */
final class SchemaRegistry {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int NOT_FOUND = 404;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String base;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
    private final Map<Integer, Schema> schemas = new HashMap<>();

    SchemaRegistry(URI registry) {
        base = registry.toString().replaceAll("/+$", "");
    }

    /**
     * Registers a schema, unless the subject has it already.
     *
     * @return its id
     */
    int register(String subject, Schema schema) {
        // what the generated classes say about Java strings concerns no one else
        String portable =
                schema.toString()
                        .replace(
                                "{\"type\":\"string\",\"avro.java.string\":\"String\"}",
                                "\"string\"");
        String path = "/subjects/" + URLEncoder.encode(subject, UTF_8) + "/versions";
        String body = JSON.createObjectNode().put("schema", portable).toString();
        HttpResponse<String> response =
                send(
                        request(path)
                                .header("Content-Type", CONTENT_TYPE)
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build());
        JsonNode id = answer(response).path("id");
        if (!id.isInt()) {
            throw unusable(response, "expected an id");
        }
        return id.intValue();
    }

    /** The schema of an id, or nothing if the registry says that there is none. */
    Optional<Schema> schema(int id) {
        Schema known = schemas.get(id);
        if (known != null) {
            return Optional.of(known);
        }
        HttpResponse<String> response = send(request("/schemas/ids/" + id).GET().build());
        JsonNode answer = answer(response);
        if (response.statusCode() == NOT_FOUND) {
            return Optional.empty();
        }
        String type = answer.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            throw new UnreadableRecordException(
                    Kind.UNREADABLE,
                    "schema id %d of %s is of type %s, expected AVRO".formatted(id, this, type));
        }
        if (!answer.path("schema").isTextual()) {
            throw unusable(response, "expected a schema");
        }
        Schema schema;
        try {
            schema = new Schema.Parser().parse(answer.path("schema").textValue());
        } catch (SchemaParseException e) {
            throw new UnreadableRecordException(
                    Kind.UNREADABLE,
                    "schema id %d of %s is not a whole Avro schema: %s"
                            .formatted(id, this, e.getMessage()),
                    e);
        }
        schemas.put(id, schema);
        return Optional.of(schema);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(REQUEST_TIMEOUT)
                .header("Accept", CONTENT_TYPE + ", application/json");
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryUnavailableException(
                    "interrupted in %s %s".formatted(request.method(), request.uri()),
                    new InterruptedIOException());
        } catch (IOException e) {
            throw new RegistryUnavailableException(
                    "schema registry cannot be reached: %s %s gave %s"
                            .formatted(request.method(), request.uri(), e),
                    e);
        }
    }

    /**
     * The JSON of a success, or of the registry's own "not found" (error 40403), which a wrong
     * address or a proxy in between does not give.
     */
    private JsonNode answer(HttpResponse<String> response) {
        JsonNode json;
        try {
            json = JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw unusable(response, "expected JSON");
        }
        boolean unknownId =
                response.statusCode() == NOT_FOUND && json.path("error_code").asInt() == 40403;
        if (response.statusCode() != 200 && !unknownId) {
            throw unusable(response, "expected status 200");
        }
        return json;
    }

    private static RegistryUnavailableException unusable(
            HttpResponse<String> response, String expected) {
        String body = response.body();
        String message =
                "schema registry: %s %s gave status %d and '%s', %s"
                        .formatted(
                                response.request().method(),
                                response.request().uri(),
                                response.statusCode(),
                                body.length() > 300 ? body.substring(0, 300) + "…" : body,
                                expected);
        return new RegistryUnavailableException(message, new IOException(message));
    }

    @Override
    public String toString() {
        return "schema registry " + base;
    }
}
