package impasto.operator;

import impasto.decode.Fit;
import impasto.decode.Pixels;
import impasto.encode.FrameEncoder;
import impasto.failure.FrameFailure;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.frame.RecordOrigin;
import impasto.model.LoadedBundle;
import impasto.model.TestBundle;
import impasto.model.TextEmbedding;
import impasto.model.TextEncoder;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.PromptUpdate;
import impasto.stylize.OverloadPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;

/** Drives a {@link StylizeOperator} on the real model, as a task would. */
final class StylizeHarness implements AutoCloseable {

    private static final int SHARDS = 128;

    private final KeyedTwoInputStreamOperatorTestHarness<Integer, Frame, PromptUpdate, FrameResult>
            harness;

    private StylizeHarness(
            StylizeOperator.Settings settings, OperatorSubtaskState state, int subtask)
            throws Exception {
        harness =
                new KeyedTwoInputStreamOperatorTestHarness<>(
                        new StylizeOperator(settings),
                        frame -> ShardKey.of(frame.origin().partition(), SHARDS),
                        null,
                        Types.INT,
                        SHARDS,
                        subtask + 1,
                        subtask);
        harness.getExecutionConfig().enableObjectReuse();
        harness.getExecutionConfig()
                .configure(
                        new Configuration().set(PipelineOptions.GENERIC_TYPES, false),
                        StylizeHarness.class.getClassLoader());
        harness.setup();
        if (state != null) {
            harness.initializeState(state);
        }
        harness.open();
    }

    static StylizeHarness start(StylizeOperator.Settings settings) throws Exception {
        return new StylizeHarness(settings, null, 0);
    }

    /** The last subtask of as many as it takes. */
    static StylizeHarness startSubtask(int subtask, StylizeOperator.Settings settings)
            throws Exception {
        return new StylizeHarness(settings, null, subtask);
    }

    static StylizeHarness restore(StylizeOperator.Settings settings, OperatorSubtaskState state)
            throws Exception {
        return new StylizeHarness(settings, state, 0);
    }

    /** A disc somewhere on a ground of some blue. */
    static byte[] scene(int centre, int blue) {
        int size = 256;
        byte[] rgb = new byte[3 * size * size];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                int i = 3 * (y * size + x);
                boolean inside = Math.hypot(x - centre, y - 128) < 50;
                rgb[i] = (byte) (inside ? 230 : (x + blue) / 4);
                rgb[i + 1] = (byte) (inside ? 60 : y / 2);
                rgb[i + 2] = (byte) blue;
            }
        }
        return new FrameEncoder(95).encode(new Pixels(rgb, size, size));
    }

    /** Batches of up to four frames. */
    static StylizeOperator.Settings settings(OverloadPolicy overload, int queuePerStream) {
        return settings(overload, queuePerStream, Duration.ofMillis(5));
    }

    static StylizeOperator.Settings settings(
            OverloadPolicy overload, int queuePerStream, Duration linger) {
        return new StylizeOperator.Settings(
                new ModelSettings(TestBundle.path().toString(), "OnnxRuntime", 2),
                new StylizerConfiguration(
                        4,
                        linger,
                        0,
                        queuePerStream,
                        overload,
                        StylizerConfiguration.Conditioning.OFF,
                        StylizerConfiguration.Text.NEVER,
                        0,
                        Fit.CENTRE_CROP,
                        1 << 20,
                        1 << 20,
                        90,
                        1,
                        1),
                64,
                16,
                Duration.ofSeconds(30));
    }

    static EncodedPrompt prompt(String id, long version, String target, String text) {
        try (LoadedBundle bundle = TestBundle.acquire();
                TextEncoder encoder = new TextEncoder(bundle)) {
            TextEmbedding embedding = encoder.encode(text);
            return new EncodedPrompt(
                    id, version, target, text, 42, 1, embedding.embeddings(), embedding.mask());
        }
    }

    static Frame frame(String streamId, int partition, long sequence) {
        return frame(streamId, partition, sequence, jpeg((int) sequence));
    }

    static Frame frame(String streamId, int partition, long sequence, byte[] image) {
        return new Frame(
                streamId,
                sequence,
                sequence * 1000,
                image,
                new RecordOrigin("frames", partition, sequence, System.currentTimeMillis()));
    }

    /** A picture that differs from number to number. */
    static byte[] jpeg(int number) {
        int size = 96;
        byte[] rgb = new byte[3 * size * size];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                int i = 3 * (y * size + x);
                boolean inside = Math.hypot(x - 30 - 3 * (number % 10), y - 48) < 20;
                rgb[i] = (byte) (inside ? 230 : 2 * x);
                rgb[i + 1] = (byte) (inside ? 60 : 2 * y);
                rgb[i + 2] = (byte) 120;
            }
        }
        return new FrameEncoder(95).encode(new Pixels(rgb, size, size));
    }

    void send(Frame frame) throws Exception {
        harness.processElement1(new StreamRecord<>(frame));
    }

    void send(PromptUpdate update) throws Exception {
        harness.processElement2(new StreamRecord<>(update));
    }

    /** Does what a task does between two records: runs the mails that are there. */
    void runMails() throws Exception {
        for (Mail mail = takeMail(); mail != null; mail = takeMail()) {
            mail.run();
        }
        harness.setProcessingTime(harness.getProcessingTime() + 1);
    }

    /** How long the task waits for what its lanes report. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Runs mails until one of them fails the task. */
    Exception awaitFailure() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                runMails();
            } catch (Exception e) {
                return e;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("the task did not fail within " + PATIENCE);
    }

    private Mail takeMail() {
        return harness.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY).orElse(null);
    }

    /** Waits until so many results and failures have come out in all. */
    void await(int count) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (results().size() + failures().size() < count) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "%d results and %d failures after 60 s, expected %d in all"
                                .formatted(results().size(), failures().size(), count));
            }
            runMails();
            Thread.onSpinWait();
        }
    }

    OperatorSubtaskState checkpoint(long id) throws Exception {
        harness.prepareSnapshotPreBarrier(id);
        return harness.snapshot(id, id);
    }

    void endInput() throws Exception {
        harness.endAllInputs();
        harness.getOperator().finish();
    }

    long promptsEvicted() {
        return ((StylizeOperator) harness.getOperator()).promptsEvicted();
    }

    List<FrameResult> results() {
        return harness.extractOutputValues();
    }

    List<FrameFailure> failures() {
        var records = harness.getSideOutput(StylizeOperator.FAILURES);
        return records == null
                ? List.of()
                : new ArrayList<>(records.stream().map(StreamRecord::getValue).toList());
    }

    @Override
    public void close() {
        try {
            harness.close();
        } catch (Exception e) {
            throw new AssertionError("the operator does not close", e);
        }
    }

    /** The same prompt, blending in. */
    static EncodedPrompt within(long transitionMillis, EncodedPrompt prompt) {
        return new EncodedPrompt(
                prompt.promptId(),
                prompt.version(),
                prompt.target(),
                prompt.text(),
                prompt.seed(),
                prompt.strength(),
                prompt.embeddings(),
                prompt.embeddingsMask(),
                transitionMillis,
                new EncodedPrompt.Step[0]);
    }
}
