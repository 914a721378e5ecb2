package impasto.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.failure.JobFailureException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * Makes the denoiser's text inputs of a batch: it encodes what frames ask for, takes what was kept,
 * and blends.
 *
 * <p>Texts of all streams of a batch are encoded together, padded to the longest of them. On a
 * device they stay there, unless they are blended: then they go by way of the host.
 */
final class FrameTexts implements AutoCloseable {

    private final LoadedBundle bundle;
    private final BundleManifest manifest;
    private final TextBlend blend;
    private final SampleStore store;
    private final List<Row> rows;
    private final BatchArrays padding;
    private final Map<Row, NDArray> zerosByRow = new HashMap<>();

    /** Made for the first text, because most pipelines never encode one. */
    private TextEncoder encoder;

    /** One frame's part of an input of the denoiser. */
    private record Row(String name, Shape shape, DataType type) {}

    FrameTexts(LoadedBundle bundle, DirectBuffers buffers) {
        this.bundle = bundle;
        this.manifest = bundle.manifest();
        this.blend = new TextBlend(manifest);
        this.store = new SampleStore(bundle.newManager(), !bundle.onHost());
        this.padding = new BatchArrays(bundle.newManager(), buffers.loan());
        BundleManifest.Embedding shape = manifest.text().embedding();
        this.rows =
                List.of(
                        row(
                                BundleContract.EMBEDDINGS,
                                new Shape(shape.length(), shape.dimension())),
                        row(BundleContract.EMBEDDINGS_MASK, new Shape(shape.length())));
    }

    private Row row(String name, Shape shape) {
        return new Row(name, shape, manifest.denoiserInput(name).type());
    }

    private synchronized TextEncoder encoder() {
        if (encoder == null) {
            encoder = new TextEncoder(bundle);
        }
        return encoder;
    }

    /** Encodes and keeps what the frames ask for and is not kept yet. */
    void encode(BatchArrays arrays, List<Batch.Item> items) {
        List<FrameText.Part> asked =
                items.stream()
                        .flatMap(FrameTexts::parts)
                        .filter(part -> part.picture() != null && !part.kept().isDone())
                        .toList();
        for (int from = 0; from < asked.size(); from += bundle.maxBatch()) {
            keep(arrays, asked.subList(from, Math.min(asked.size(), from + bundle.maxBatch())));
        }
    }

    private static Stream<FrameText.Part> parts(Batch.Item item) {
        return item.text() == null ? Stream.of() : item.text().parts();
    }

    private void keep(BatchArrays arrays, List<FrameText.Part> parts) {
        NDList outputs =
                encoder()
                        .encode(
                                arrays,
                                parts.stream().map(FrameText.Part::text).toList(),
                                parts.stream().map(part -> part.picture().get()).toList());
        List<IntFunction<Sample>> samples =
                rows.stream().map(row -> samples(outputs.get(row.name), row)).toList();
        for (int i = 0; i < parts.size(); i++) {
            int at = i;
            parts.get(i).kept().complete(samples.stream().map(of -> of.apply(at)).toList());
        }
    }

    private IntFunction<Sample> samples(NDArray batch, Row row) {
        if (batch.getShape().get(1) == row.shape.get(0)) {
            return store.copiesOf(batch);
        }
        return store.paddedCopiesOf(batch, row.shape, bundle.onHost() ? null : zeros(batch, row));
    }

    /** What a row of a batch lacks. */
    private NDArray zeros(NDArray batch, Row row) {
        long missing = row.shape.get(0) - batch.getShape().get(1);
        Row rest = new Row(row.name, new Shape(missing).addAll(row.shape.slice(1)), row.type);
        synchronized (zerosByRow) {
            return zerosByRow.computeIfAbsent(
                    rest,
                    key -> {
                        Shape token = key.shape.slice(1);
                        byte[] zeros = new byte[BatchArrays.byteCount(token, key.type)];
                        return padding.ofRows(
                                key.name,
                                Collections.nCopies(Math.toIntExact(missing), zeros),
                                token,
                                key.type);
                    });
        }
    }

    /**
     * The denoiser's embeddings and their mask. What the frames' texts refer to must be kept, or it
     * is taken for missing.
     */
    NDList inputs(BatchArrays arrays, List<Batch.Item> items) {
        List<List<Sample>> samples = new ArrayList<>(items.size());
        items.forEach(item -> samples.add(samples(item)));
        NDList inputs = new NDList();
        for (int i = 0; i < rows.size(); i++) {
            int input = i;
            Row row = rows.get(i);
            inputs.add(
                    store.join(
                            arrays,
                            row.name,
                            samples.stream().map(frame -> frame.get(input)).toList(),
                            row.shape,
                            row.type));
        }
        return inputs;
    }

    private List<Sample> samples(Batch.Item item) {
        FrameText text = item.text();
        if (text == null) {
            return samples(
                    new TextEmbedding(item.prompt().embeddings(), item.prompt().embeddingsMask()));
        }
        if (text.before() == null) {
            return samples(text.prompt());
        }
        return samples(
                blend.between(
                        onHost(samples(text.before())),
                        onHost(samples(text.prompt())),
                        text.progress()));
    }

    private List<Sample> samples(FrameText.Side side) {
        List<FrameText.Part> parts = side.parts();
        if (parts.isEmpty() || parts.stream().anyMatch(part -> !isThere(part.kept()))) {
            return samples(side.otherwise());
        }
        if (parts.size() == 1) {
            return parts.get(0).kept().samples();
        }
        return samples(
                blend.weighted(
                        parts.stream().map(part -> onHost(part.kept().samples())).toList(),
                        parts.stream().map(FrameText.Part::weight).toList()));
    }

    private static boolean isThere(Kept kept) {
        return kept.isDone() && !kept.isNothing();
    }

    private List<Sample> samples(TextEmbedding text) {
        return List.of(sample(rows.get(0), text.embeddings()), sample(rows.get(1), text.mask()));
    }

    private Sample sample(Row row, byte[] bytes) {
        int expected = BatchArrays.byteCount(row.shape, row.type);
        if (bytes.length != expected) {
            throw new JobFailureException(
                    "a prompt's %s has %d bytes, bundle %s expects %d: it was encoded by another bundle"
                            .formatted(row.name, bytes.length, manifest.name(), expected),
                    null);
        }
        return Sample.of(bytes);
    }

    private static TextEmbedding onHost(List<Sample> samples) {
        return new TextEmbedding(bytes(samples.get(0)), bytes(samples.get(1)));
    }

    private static byte[] bytes(Sample sample) {
        if (sample.array() == null) {
            return sample.bytes();
        }
        ByteBuffer buffer = sample.array().toByteBuffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Override
    public synchronized void close() {
        if (encoder != null) {
            encoder.close();
            encoder = null;
        }
        padding.close();
        store.close();
    }
}
