package impasto.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where there is no device: the order of things, with ONNX Runtime's arithmetic. */
class PretendedDevicePipelineITCase extends DevicePipelineITCase {

    PretendedDevicePipelineITCase() {
        super(DeviceEngine.NAME);
    }

    /** A device tells late what went wrong: by then the batches behind have been enqueued. */
    @Test
    void aBatchThatFailsWhenItIsReadHarmsNoneBehindIt() {
        DeviceEngine.FAILING_READS.set(3);
        List<CompletableFuture<StylizedBatch>> inFlight =
                IntStream.range(0, pipeline.depth())
                        .mapToObj(
                                i ->
                                        pipeline.submit(
                                                new Batch(
                                                        Collections.nCopies(
                                                                BATCH, plain(1, "oil painting")))))
                        .toList();
        for (CompletableFuture<StylizedBatch> batch : inFlight) {
            assertThat(batch.join().results())
                    .allSatisfy(result -> assertThat(result.error()).isNull());
        }
    }

    @Test
    void aPromptIsEncodedWhileFramesAreReadWithTheirs() {
        try (TextEncoder encoder = new TextEncoder(bundle)) {
            TextEmbedding alone = encoder.encode("oil painting");
            DeviceEngine.MEANWHILE.set(
                    () -> {
                        for (int i = 0; i <= StylizePipeline.DEPTH_ON_DEVICE; i++) {
                            pictures(pipeline, new Batch(List.of(seen(i, "pop art"))));
                        }
                    });
            TextEmbedding amid = encoder.encode("oil painting");
            assertThat(amid.embeddings()).isEqualTo(alone.embeddings());
            assertThat(amid.mask()).isEqualTo(alone.mask());
        }
    }

    @Test
    void theHostReadsNothingButFinishedFrames() {
        DeviceEngine.READ.clear();
        List<?> pictures =
                pictures(
                        pipeline,
                        new Batch(
                                List.of(
                                        seen(1, "oil painting"),
                                        item(
                                                2,
                                                new Condition(
                                                        1,
                                                        null,
                                                        null,
                                                        null,
                                                        new Kept(),
                                                        new Kept())))));
        assertThat(pictures).hasSize(2);
        assertThat(DeviceEngine.READ).containsExactly(BundleContract.FRAME);
    }
}
