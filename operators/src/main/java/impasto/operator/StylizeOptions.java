package impasto.operator;

import impasto.decode.Fit;
import impasto.model.EngineOptions;
import impasto.stylize.OverloadPolicy;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;

/** Options of the model and of the stages around it. */
public final class StylizeOptions {

    private StylizeOptions() {}

    public static final ConfigOption<String> MODEL_BUNDLE =
            ConfigOptions.key("model.bundle")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Folder of the model bundle, at the same path on every TaskManager.");

    public static final ConfigOption<String> MODEL_ENGINE =
            ConfigOptions.key("model.engine")
                    .stringType()
                    .defaultValue(EngineOptions.ONNX_RUNTIME)
                    .withDescription("DJL's name of the engine that runs the graphs.");

    public static final ConfigOption<Integer> MODEL_THREADS =
            ConfigOptions.key("model.threads")
                    .intType()
                    .defaultValue(0)
                    .withDescription(
                            "Batches that are worked on at the same time, for engines on the CPU, each on one thread; 0 takes one per core.");

    public static final ConfigOption<Integer> BATCH_MAX_FRAMES =
            ConfigOptions.key("batch.max-frames")
                    .intType()
                    .defaultValue(8)
                    .withDescription(
                            "Frames that go through the model together, or as many as the bundle takes where that is less.");

    public static final ConfigOption<Duration> BATCH_LINGER =
            ConfigOptions.key("batch.linger")
                    .durationType()
                    .defaultValue(Duration.ofMillis(20))
                    .withDescription(
                            "How long the first frame of a batch waits for others before the batch starts as it is.");

    public static final ConfigOption<Integer> BATCH_MAX_PER_STREAM =
            ConfigOptions.key("batch.max-per-stream")
                    .intType()
                    .defaultValue(0)
                    .withDescription("Frames of one stream in a batch; 0 for no limit of its own.");

    public static final ConfigOption<Integer> BATCH_QUEUE_PER_STREAM =
            ConfigOptions.key("batch.queue-per-stream")
                    .intType()
                    .defaultValue(32)
                    .withDescription("Frames of one stream that may wait for a batch.");

    public static final ConfigOption<OverloadPolicy> OVERLOAD_POLICY =
            ConfigOptions.key("overload.policy")
                    .enumType(OverloadPolicy.class)
                    .defaultValue(OverloadPolicy.BLOCK)
                    .withDescription(
                            "What happens to a frame whose stream's queue is full: 'block' makes the source wait, 'drop-oldest' drops the frame that has waited longest, 'pass-through' sends the new frame on as it came. Both are counted, and recorded on the output topic.");

    public static final ConfigOption<Fit> DECODE_FIT =
            ConfigOptions.key("decode.fit")
                    .enumType(Fit.class)
                    .defaultValue(Fit.CENTRE_CROP)
                    .withDescription(
                            "How a picture of another shape is brought to the model's: 'centre-crop' cuts the longer side, 'letterbox' keeps all of it and cuts the bars off the result.");

    public static final ConfigOption<MemorySize> DECODE_MAX_IMAGE_SIZE =
            ConfigOptions.key("decode.max-image-size")
                    .memoryType()
                    .defaultValue(MemorySize.ofMebiBytes(8))
                    .withDescription("Larger encoded pictures become dead letters.");

    public static final ConfigOption<Long> DECODE_MAX_IMAGE_PIXELS =
            ConfigOptions.key("decode.max-image-pixels")
                    .longType()
                    .defaultValue(33_177_600L)
                    .withDescription(
                            "Pictures of more pixels become dead letters; the default is 8K video (7680 x 4320).");

    public static final ConfigOption<Integer> DECODE_THREADS =
            ConfigOptions.key("decode.threads")
                    .intType()
                    .defaultValue(0)
                    .withDescription("Threads that decode pictures; 0 takes one per two cores.");

    public static final ConfigOption<Integer> ENCODE_JPEG_QUALITY =
            ConfigOptions.key("encode.jpeg-quality")
                    .intType()
                    .defaultValue(90)
                    .withDescription("JPEG quality of the results, 1 to 100.");

    public static final ConfigOption<Integer> ENCODE_THREADS =
            ConfigOptions.key("encode.threads")
                    .intType()
                    .defaultValue(0)
                    .withDescription("Threads that encode results; 0 takes one per two cores.");

    public static final ConfigOption<Integer> PROMPTS_MAX_WAITING_FRAMES =
            ConfigOptions.key("prompts.max-waiting-frames")
                    .intType()
                    .defaultValue(1024)
                    .withDescription(
                            "Frames per subtask that wait at the start until the prompts that are there have been read; beyond that the one that has waited longest goes on with the prompts known by then.");

    public static final ConfigOption<Duration> CHECKPOINT_DRAIN_DEADLINE =
            ConfigOptions.key("checkpoint.drain-deadline")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(1))
                    .withDescription(
                            "How long a checkpoint waits for the frames inside the model to come out before the task fails.");

    /** Which model to load. */
    public static ModelSettings model(ReadableConfig config) {
        return new ModelSettings(
                config.get(MODEL_BUNDLE), config.get(MODEL_ENGINE), config.get(MODEL_THREADS));
    }

    /** Settings of {@link StylizeOperator}. */
    public static StylizeOperator.Settings stylize(ReadableConfig config) {
        return new StylizeOperator.Settings(
                model(config),
                new StylizerConfiguration(
                        config.get(BATCH_MAX_FRAMES),
                        config.get(BATCH_LINGER),
                        config.get(BATCH_MAX_PER_STREAM),
                        config.get(BATCH_QUEUE_PER_STREAM),
                        config.get(OVERLOAD_POLICY),
                        config.get(DECODE_FIT),
                        maxImageBytes(config),
                        config.get(DECODE_MAX_IMAGE_PIXELS),
                        config.get(ENCODE_JPEG_QUALITY),
                        threads(config.get(DECODE_THREADS)),
                        threads(config.get(ENCODE_THREADS))),
                config.get(PROMPTS_MAX_WAITING_FRAMES),
                config.get(CHECKPOINT_DRAIN_DEADLINE));
    }

    /** The size limit of an encoded picture in bytes. */
    public static int maxImageBytes(ReadableConfig config) {
        return Math.toIntExact(config.get(DECODE_MAX_IMAGE_SIZE).getBytes());
    }

    private static int threads(int configured) {
        return configured > 0
                ? configured
                : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }
}
