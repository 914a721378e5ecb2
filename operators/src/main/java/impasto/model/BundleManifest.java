package impasto.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A bundle's {@code pipeline.json}: what the bundle is, and the form of every tensor that goes in
 * or out. The format is described in {@code docs/bundle.md}.
 *
 * @param licence SPDX identifier of the weights' licence
 * @param styles example prompts
 * @param golden a frame and what the reference made of it, or null
 * @param training what the weights were made from; for people
 */
public record BundleManifest(
        @JsonProperty(required = true) int format,
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String version,
        @JsonProperty(required = true) String family,
        @JsonProperty(required = true) String licence,
        String description,
        @JsonProperty(required = true) FrameSize frame,
        @JsonProperty(required = true) Latents latents,
        @JsonProperty(required = true) Text text,
        @JsonProperty(required = true) Sampling sampling,
        @JsonProperty(required = true) Noise noise,
        @JsonProperty(required = true) BatchLimit batch,
        @JsonProperty(required = true) Map<String, Graph> graphs,
        List<Style> styles,
        Golden golden,
        Map<String, Object> training) {

    /** The format that this code reads. */
    public static final int FORMAT = 1;

    /** Its name in the bundle's folder. */
    public static final String FILE = "pipeline.json";

    private static final ObjectReader READER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build()
                    .readerFor(BundleManifest.class);

    public BundleManifest {
        if (format != FORMAT) {
            throw new BundleException(
                    "bundle format %d, expected %d: use a release of Impasto that reads it, or export the bundle again"
                            .formatted(format, FORMAT));
        }
        styles = styles == null ? List.of() : List.copyOf(styles);
        training = training == null ? Map.of() : Map.copyOf(training);
        graphs = Map.copyOf(graphs);
        for (GraphRole role : GraphRole.values()) {
            if (!graphs.containsKey(role.manifestName())) {
                throw new BundleException(
                        "graphs %s, expected one named '%s' among them"
                                .formatted(graphs.keySet(), role.manifestName()));
            }
        }
        for (int tokens : text.buckets()) {
            if (!graphs.containsKey(text.graphName(tokens))) {
                throw new BundleException(
                        "text.buckets %s and graphs %s, expected one named '%s' among them"
                                .formatted(
                                        text.buckets(), graphs.keySet(), text.graphName(tokens)));
            }
        }
        if (!text.template().contains("{prompt}")) {
            throw new BundleException(
                    "text.template '%s', expected '{prompt}' in it".formatted(text.template()));
        }
    }

    /** Frames at the model's size, in pixels. */
    public record FrameSize(
            @JsonProperty(required = true) int width, @JsonProperty(required = true) int height) {}

    /** Shape of one frame's latents, {@code [channels, height, width]}. */
    public record Latents(
            @JsonProperty(required = true) int channels,
            @JsonProperty(required = true) int height,
            @JsonProperty(required = true) int width) {}

    /**
     * How a prompt becomes token ids.
     *
     * @param template text around the prompt, which replaces {@code {prompt}}
     * @param maxTokens the longest prompt; a shorter one is padded on the right to the next bucket,
     *     or to this many tokens
     * @param buckets lengths, rising, for which there are text encoders beside that for {@code
     *     maxTokens}
     * @param embedding of the denoiser, which takes embeddings for {@code maxTokens}
     */
    public record Text(
            @JsonProperty(required = true) String template,
            @JsonProperty(value = "max_tokens", required = true) int maxTokens,
            List<Integer> buckets,
            @JsonProperty(value = "pad_token_id", required = true) int padTokenId,
            @JsonProperty(required = true) Embedding embedding,
            @JsonProperty(value = "neutral_frame", required = true) NeutralFrame neutralFrame) {
        public Text {
            buckets = buckets == null ? List.of() : List.copyOf(buckets);
            int previous = maxTokens - embedding.length();
            for (int bucket : buckets) {
                if (bucket <= previous || bucket >= maxTokens) {
                    throw new BundleException(
                            "text.buckets %s, expected rising lengths over %d and under %d"
                                    .formatted(buckets, maxTokens - embedding.length(), maxTokens));
                }
                previous = bucket;
            }
        }

        /** Length for which the text encoder of so many tokens is made; at most the longest. */
        int paddedLength(int tokens) {
            return buckets.stream()
                    .filter(length -> length >= tokens)
                    .findFirst()
                    .orElse(maxTokens);
        }

        /** Name of the text encoder for a padded length. */
        String graphName(int tokens) {
            String name = GraphRole.TEXT_ENCODER.manifestName();
            return tokens == maxTokens ? name : name + "_" + tokens;
        }
    }

    /** Shape of one prompt's embeddings, {@code [length, dimension]}. */
    public record Embedding(
            @JsonProperty(required = true) int length,
            @JsonProperty(required = true) int dimension) {}

    /**
     * The plain picture that the text encoder sees with a prompt that has no reference image.
     *
     * @param rgb three values of 0 to 255
     */
    public record NeutralFrame(@JsonProperty(required = true) List<Integer> rgb) {
        public NeutralFrame {
            if (rgb.size() != 3 || rgb.stream().anyMatch(value -> value < 0 || value > 255)) {
                throw new BundleException(
                        "text.neutral_frame.rgb %s, expected three values of 0 to 255"
                                .formatted(rgb));
            }
        }
    }

    /**
     * The sampler's noise levels, from the first to the last; one step fewer than values.
     *
     * @param sigmas falling, ending in 0
     */
    public record Sampling(@JsonProperty(required = true) List<Float> sigmas) {
        public Sampling {
            if (sigmas.size() < 2) {
                throw new BundleException(
                        "sampling.sigmas %s, expected at least two".formatted(sigmas));
            }
            for (int i = 1; i < sigmas.size(); i++) {
                if (sigmas.get(i) >= sigmas.get(i - 1)) {
                    throw new BundleException(
                            "sampling.sigmas %s, expected falling values".formatted(sigmas));
                }
            }
        }

        /** Number of Euler steps. */
        public int steps() {
            return sigmas.size() - 1;
        }
    }

    /** The generator of the noise; see {@link PhiloxNoise}. */
    public record Noise(
            @JsonProperty(required = true) String generator,
            @JsonProperty(value = "default_seed", required = true) long defaultSeed) {
        public Noise {
            if (!generator.equals(PhiloxNoise.NAME)) {
                throw new BundleException(
                        "noise.generator '%s', expected '%s'"
                                .formatted(generator, PhiloxNoise.NAME));
            }
        }
    }

    /** The largest batch that the graphs take. */
    public record BatchLimit(@JsonProperty(required = true) int max) {}

    /**
     * One ONNX file.
     *
     * @param sha256 of the file, in lower-case hex
     * @param externalData files that hold weights of the graph, as ONNX calls them
     */
    public record Graph(
            @JsonProperty(required = true) String file,
            @JsonProperty(required = true) String sha256,
            @JsonProperty("external_data") List<DataFile> externalData,
            @JsonProperty(required = true) List<TensorSpec> inputs,
            @JsonProperty(required = true) List<TensorSpec> outputs) {
        public Graph {
            externalData = externalData == null ? List.of() : List.copyOf(externalData);
        }
    }

    /**
     * A file beside an ONNX file.
     *
     * @param sha256 of the file, in lower-case hex
     */
    public record DataFile(
            @JsonProperty(required = true) String file,
            @JsonProperty(required = true) String sha256) {}

    /**
     * A frame and what the PyTorch reference made of it with the default seed and without
     * conditioning, both PNG at the model's size.
     *
     * @param frame file in the bundle
     * @param output file in the bundle
     */
    public record Golden(
            @JsonProperty(required = true) String frame,
            @JsonProperty(required = true) String prompt,
            @JsonProperty(required = true) String output) {}

    /**
     * An example prompt.
     *
     * @param thumbnail file in the bundle that shows what it looks like, or null
     */
    public record Style(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String prompt,
            String thumbnail) {}

    /** The graph of a role; of the text encoders that for the longest prompts. */
    public Graph graph(GraphRole role) {
        return graphs.get(role.manifestName());
    }

    /** Names of all graphs that do a role's work; the first is that of {@link #graph}. */
    public List<String> graphNames(GraphRole role) {
        Stream<String> buckets =
                role == GraphRole.TEXT_ENCODER
                        ? text.buckets().stream().map(text::graphName)
                        : Stream.of();
        return Stream.concat(Stream.of(role.manifestName()), buckets).toList();
    }

    /** What the denoiser takes under a name. */
    TensorSpec denoiserInput(String name) {
        return graph(GraphRole.DENOISER).inputs().stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Reads the manifest of a bundle.
     *
     * @throws BundleException if there is none, or it is not of the format
     */
    public static BundleManifest read(Path bundle) {
        Path file = bundle.resolve(FILE);
        try {
            return READER.readValue(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new BundleException(
                    "%s has no %s, expected the folder of a model bundle"
                            .formatted(bundle.toAbsolutePath(), FILE),
                    e);
        } catch (JsonProcessingException e) {
            Throwable cause = e.getCause() instanceof BundleException ? e.getCause() : e;
            throw new BundleException("%s: %s".formatted(file, cause.getMessage()), e);
        } catch (IOException e) {
            throw new BundleException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }
}
