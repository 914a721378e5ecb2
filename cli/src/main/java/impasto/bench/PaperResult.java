package impasto.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A result of the paper's pipeline in PyTorch, as {@code python -m impasto_models.paper --json}
 * writes it.
 *
 * @param mode {@code released} or {@code compiled}
 * @param text as in {@link Variant}
 * @param conditioning as in {@link Variant}; the paper counts batches
 * @param partsMs milliseconds a batch of each part by itself, by the graph that does the same
 */
record PaperResult(
        String mode,
        int batch,
        String text,
        String conditioning,
        double fps,
        double p50Ms,
        double p99Ms,
        double coresUsed,
        Map<String, Double> partsMs) {

    /**
     * @param files one for each batch size, for example
     * @throws IOException if one of them is not what that program writes
     */
    static List<PaperResult> read(List<Path> files) throws IOException {
        List<PaperResult> results = new ArrayList<>();
        for (Path file : files) {
            results.addAll(read(file));
        }
        return results;
    }

    private static List<PaperResult> read(Path file) throws IOException {
        JsonNode all = JsonMapper.builder().build().readTree(file.toFile());
        List<PaperResult> results = new ArrayList<>();
        for (JsonNode one : all) {
            JsonNode settings = one.path("settings");
            if (!one.has("fps") || !settings.has("mode") || !settings.has("text_every")) {
                throw new IOException(
                        "%s: found %s, expected a list of what python -m impasto_models.paper measured"
                                .formatted(
                                        file,
                                        one.toString()
                                                .substring(
                                                        0, Math.min(80, one.toString().length()))));
            }
            results.add(of(one, settings));
        }
        if (results.isEmpty()) {
            throw new IOException(file + " has no results of python -m impasto_models.paper");
        }
        return results;
    }

    private static PaperResult of(JsonNode one, JsonNode settings) {
        int textEvery = settings.path("text_every").asInt();
        return new PaperResult(
                settings.path("mode").asText(),
                settings.path("batch").asInt(),
                switch (textEvery) {
                    case 0 -> Variant.TEXT_NEVER;
                    case 1 -> "every-batch";
                    default -> "every %d batches".formatted(textEvery);
                },
                settings.path("hooks").asText().equals("none")
                        ? "off"
                        : "every-groups:" + settings.path("refresh_every").asInt(),
                one.path("fps").asDouble(),
                one.path("latency_ms").path("p50").asDouble(),
                one.path("latency_ms").path("p99").asDouble(),
                one.path("cores_used").asDouble(),
                parts(one.path("parts_ms")));
    }

    private static Map<String, Double> parts(JsonNode parts) {
        Map<String, Double> milliseconds = new LinkedHashMap<>();
        parts.properties()
                .forEach(part -> milliseconds.put(part.getKey(), part.getValue().asDouble()));
        return milliseconds;
    }

    /** Whether it did the same work; its prompts are plain. */
    boolean matches(Variant variant) {
        return batch == variant.batch()
                && text.equals(variant.text())
                && conditioning.equals(variant.conditioning())
                && variant.prompts() == Prompts.PLAIN;
    }
}
