package impasto.model;

import ai.djl.ndarray.types.DataType;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the pipeline feeds each graph and expects of it, and the comparison with what a bundle
 * declares and what its ONNX files hold. {@code docs/bundle.md} has the same as a table.
 */
final class BundleContract {

    /** Names of the tensors that the pipeline handles itself. */
    static final String INPUT_IDS = "input_ids";

    static final String ATTENTION_MASK = "attention_mask";
    static final String FRAME = "frame";
    static final String EMBEDDINGS = "embeddings";
    static final String EMBEDDINGS_MASK = "embeddings_mask";
    static final String LATENTS = "latents";
    static final String ANCHOR = "anchor";
    static final String FLOW = "flow";
    static final String NOISE = "noise";
    static final String REFERENCE_LATENTS = "reference_latents";
    static final String STRENGTH = "strength";
    static final String SIGMAS = "sigmas";

    private static final long BATCH = TensorSpec.ANY;
    private static final Set<DataType> FLOATING =
            EnumSet.of(DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16);

    private final BundleManifest manifest;

    BundleContract(BundleManifest manifest) {
        this.manifest = manifest;
    }

    /**
     * Compares the manifest's graphs with what the pipeline needs.
     *
     * @throws BundleException naming graph, tensor, what was found and what was expected
     */
    void checkManifest() {
        for (GraphRole role : GraphRole.values()) {
            compareDeclared(role.manifestName(), inputs(role), outputs(role));
        }
        for (int tokens : manifest.text().buckets()) {
            compareDeclared(
                    manifest.text().graphName(tokens),
                    textEncoderInputs(tokens),
                    textEncoderOutputs(tokens));
        }
    }

    private void compareDeclared(String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {
        BundleManifest.Graph graph = manifest.graphs().get(name);
        String where = "%s, graph %s".formatted(BundleManifest.FILE, name);
        compare(where, "input", inputs, graph.inputs());
        compare(where, "output", outputs, graph.outputs());
    }

    /**
     * Compares an ONNX file with what the manifest says of it.
     *
     * @throws BundleException naming graph, tensor, what was found and what was expected
     */
    void checkFile(String name, OnnxSignature file) {
        BundleManifest.Graph graph = manifest.graphs().get(name);
        String where = "%s (graph %s)".formatted(graph.file(), name);
        compare(where, "input", graph.inputs(), file.inputs());
        compare(where, "output", graph.outputs(), file.outputs());
    }

    private List<TensorSpec> inputs(GraphRole role) {
        return switch (role) {
            case TEXT_ENCODER -> textEncoderInputs(manifest.text().maxTokens());
            case VAE_ENCODER -> List.of(frame(FRAME));
            case CONDITION_ENCODER ->
                    List.of(
                            frame(ANCHOR),
                            TensorSpec.of(
                                    FLOW,
                                    DataType.FLOAT32,
                                    BATCH,
                                    manifest.frame().height(),
                                    manifest.frame().width(),
                                    2));
            case DENOISER ->
                    Stream.concat(
                                    Stream.of(
                                            noise(),
                                            latents(role, REFERENCE_LATENTS),
                                            embeddings(role, embeddingLength()),
                                            embeddingsMask(embeddingLength()),
                                            TensorSpec.of(STRENGTH, DataType.FLOAT32, BATCH),
                                            TensorSpec.of(SIGMAS, DataType.FLOAT32, BATCH, 2)),
                                    manifest.graph(GraphRole.CONDITION_ENCODER).outputs().stream())
                            .toList();
            case VAE_DECODER -> List.of(latents(role, LATENTS));
        };
    }

    private List<TensorSpec> outputs(GraphRole role) {
        return switch (role) {
            case TEXT_ENCODER -> textEncoderOutputs(manifest.text().maxTokens());
            case VAE_ENCODER, DENOISER -> List.of(latents(role, LATENTS));
            case CONDITION_ENCODER -> manifest.graph(role).outputs();
            case VAE_DECODER -> List.of(frame(FRAME));
        };
    }

    private List<TensorSpec> textEncoderInputs(int tokens) {
        return List.of(
                TensorSpec.of(INPUT_IDS, DataType.INT64, BATCH, tokens),
                TensorSpec.of(ATTENTION_MASK, DataType.INT64, BATCH, tokens),
                frame(FRAME));
    }

    /** Embeddings of all tokens but those at the beginning that every length leaves out. */
    private List<TensorSpec> textEncoderOutputs(int tokens) {
        int length = embeddingLength() - (manifest.text().maxTokens() - tokens);
        return List.of(embeddings(GraphRole.TEXT_ENCODER, length), embeddingsMask(length));
    }

    private int embeddingLength() {
        return manifest.text().embedding().length();
    }

    private TensorSpec frame(String name) {
        return TensorSpec.of(
                name,
                DataType.UINT8,
                BATCH,
                manifest.frame().height(),
                manifest.frame().width(),
                3);
    }

    private TensorSpec latents(GraphRole role, String name) {
        BundleManifest.Latents latents = manifest.latents();
        return TensorSpec.of(
                name,
                floatingType(role, name),
                BATCH,
                latents.channels(),
                latents.height(),
                latents.width());
    }

    private TensorSpec noise() {
        BundleManifest.Latents shape = manifest.latents();
        return TensorSpec.of(
                NOISE, DataType.FLOAT32, BATCH, shape.channels(), shape.height(), shape.width());
    }

    private TensorSpec embeddings(GraphRole role, int length) {
        return TensorSpec.of(
                EMBEDDINGS,
                floatingType(role, EMBEDDINGS),
                BATCH,
                length,
                manifest.text().embedding().dimension());
    }

    private static TensorSpec embeddingsMask(int length) {
        return TensorSpec.of(EMBEDDINGS_MASK, DataType.INT64, BATCH, length);
    }

    /** The precision that the bundle chose for a tensor; float32 if it declares none. */
    private DataType floatingType(GraphRole role, String name) {
        BundleManifest.Graph graph = manifest.graph(role);
        return Stream.concat(graph.inputs().stream(), graph.outputs().stream())
                .filter(spec -> spec.name().equals(name) && FLOATING.contains(spec.type()))
                .map(TensorSpec::type)
                .findFirst()
                .orElse(DataType.FLOAT32);
    }

    private void compare(
            String where, String kind, List<TensorSpec> expected, List<TensorSpec> found) {
        for (TensorSpec wanted : expected) {
            TensorSpec actual =
                    found.stream()
                            .filter(spec -> spec.name().equals(wanted.name()))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new BundleException(
                                                    "bundle %s: %s: found %ss %s, expected one named '%s', %s"
                                                            .formatted(
                                                                    manifest.name(),
                                                                    where,
                                                                    kind,
                                                                    names(found),
                                                                    wanted.name(),
                                                                    wanted.form())));
            if (!wanted.accepts(actual)) {
                throw new BundleException(
                        "bundle %s: %s, %s '%s': found %s, expected %s"
                                .formatted(
                                        manifest.name(),
                                        where,
                                        kind,
                                        wanted.name(),
                                        actual.form(),
                                        wanted.form()));
            }
        }
        if (found.size() > expected.size()) {
            throw new BundleException(
                    "bundle %s: %s: found %ss %s, expected only %s"
                            .formatted(
                                    manifest.name(), where, kind, names(found), names(expected)));
        }
    }

    private static String names(List<TensorSpec> specs) {
        return specs.stream()
                .map(TensorSpec::name)
                .collect(Collectors.joining(", ", "[", "]"))
                .toLowerCase(Locale.ROOT);
    }
}
