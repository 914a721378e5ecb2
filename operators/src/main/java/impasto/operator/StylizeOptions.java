package impasto.operator;

import impasto.condition.RefreshSchedule;
import impasto.condition.TextRefresh;
import impasto.decode.Fit;
import impasto.model.EngineOptions;
import impasto.stylize.OverloadPolicy;
import java.time.Duration;
import java.util.List;
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

    public static final ConfigOption<List<Integer>> MODEL_BATCH_SIZES =
            ConfigOptions.key("model.batch-sizes")
                    .intType()
                    .asList()
                    .noDefaultValue()
                    .withDescription(
                            "Batch sizes for which an engine on a GPU builds plans, separated by ';'. A batch runs on the next larger one. Without it: 1 and batch.max-frames.");

    public static final ConfigOption<String> MODEL_PLAN_CACHE =
            ConfigOptions.key("model.plan-cache")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Folder in which an engine on a GPU keeps the plans that it builds. Without it: impasto/plans in the user's cache folder.");

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
                    .withDescription(
                            "Frames of one stream that may wait for a batch. With the overload policy 'block' all streams that sent a frame within ten seconds share their room, so that one which has much to catch up does not keep the others out.");

    public static final ConfigOption<OverloadPolicy> OVERLOAD_POLICY =
            ConfigOptions.key("overload.policy")
                    .enumType(OverloadPolicy.class)
                    .defaultValue(OverloadPolicy.BLOCK)
                    .withDescription(
                            "What happens to a frame whose stream's queue is full: 'block' makes the source wait, 'drop-oldest' drops the frame that has waited longest and is not being decoded for the next batches, 'pass-through' sends the new frame on as it came. Both are counted, and recorded on the output topic.");

    public static final ConfigOption<Integer> SKIP_SIMILAR_BOUND =
            ConfigOptions.key("skip.similar-bound")
                    .intType()
                    .defaultValue(0)
                    .withDescription(
                            "A frame is not restyled but answered with its stream's last picture from the model if the mean colours of all of its 32 x 32 cells are within so many grey levels (0 to 255) of those of the frame that made that picture. Such frames are counted, and say so on the output topic; 0 restyles every frame.");

    public static final ConfigOption<RefreshSchedule> CONDITIONING_REFRESH =
            ConfigOptions.key("conditioning.refresh")
                    .enumType(RefreshSchedule.class)
                    .defaultValue(RefreshSchedule.OFF)
                    .withDescription(
                            "When the embeddings that condition a frame on its stream's earlier output are made anew: 'every-groups' in every so many groups, 'adaptive' when the picture has moved, 'off' restyles each frame on its own, 'paper' does as the code released with the paper, for comparison only.");

    public static final ConfigOption<Integer> CONDITIONING_EVERY_GROUPS =
            ConfigOptions.key("conditioning.every-groups")
                    .intType()
                    .defaultValue(1)
                    .withDescription(
                            "For 'every-groups': in every group (1), in every second (2), and so on. The first two groups always get embeddings of their own; which groups after them do differs from stream to stream, so that their work is spread. More than 1 saves time, but the older the embeddings the less they fit: where much moves, the result may flicker more than with 'off'. For 'paper': batches in the place of groups.");

    public static final ConfigOption<Double> CONDITIONING_DRIFT_BOUND =
            ConfigOptions.key("conditioning.drift-bound")
                    .doubleType()
                    .defaultValue(6.0)
                    .withDescription(
                            "For 'adaptive': embeddings are made anew when a group's first frame differs by more from that of the group for which they were made. The measure is the mean absolute difference of 32 x 32 cells' mean colours, in grey levels (0 to 255). It stands for how far the embeddings themselves have moved, with which it has a rank correlation of 0.95 in nano (models/README.md). The default makes them anew in nearly every group of a picture that moves fast, now and then in a calm one, and never in a still one; a larger bound saves more, and has what conditioning.every-groups says against it.");

    public static final ConfigOption<Integer> CONDITIONING_GROUP_FRAMES =
            ConfigOptions.key("conditioning.group-frames")
                    .intType()
                    .defaultValue(0)
                    .withDescription(
                            "Successive frames of a stream that are conditioned on the same earlier output, the last of the group before; 0 for as many as a batch takes. Frames of two groups of a stream never share a batch.");

    public static final ConfigOption<Double> CONDITIONING_CUT_BOUND =
            ConfigOptions.key("conditioning.cut-bound")
                    .doubleType()
                    .defaultValue(0.35)
                    .withDescription(
                            "A frame begins a new scene, and conditioning anew, if more than this part of its pixels would have to change colour to give the histogram of the frame before (eight levels each of red, green and blue, with a pixel shared by the levels around its own); a picture that brightens as a whole by 3 of 255 grey levels changes by about 0.1. 1 knows no cuts.");

    public static final ConfigOption<Duration> CONDITIONING_RESET_AFTER =
            ConfigOptions.key("conditioning.reset-after")
                    .durationType()
                    .defaultValue(Duration.ofSeconds(10))
                    .withDescription(
                            "A stream that pauses for longer begins anew: with its prompt at once, without a transition. Measured between the appends of its frames to their topic. What is kept of it is given up with the first checkpoint before which every partition of its shard that has had frames since the start has gone on for longer than that.");

    public static final ConfigOption<Boolean> CONDITIONING_FLOW_HALF_SIZE =
            ConfigOptions.key("conditioning.flow-half-size")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription(
                            "Whether optical flow is computed at half the width and height, for about a quarter of the work.");

    public static final ConfigOption<Integer> CONDITIONING_FLOW_THREADS =
            ConfigOptions.key("conditioning.flow-threads")
                    .intType()
                    .defaultValue(0)
                    .withDescription(
                            "Threads that compute optical flow; 0 takes one per two cores.");

    public static final ConfigOption<TextRefresh> TEXT_REFRESH =
            ConfigOptions.key("text.refresh")
                    .enumType(TextRefresh.class)
                    .defaultValue(TextRefresh.NEVER)
                    .withDescription(
                            "When the text encoder looks at a stream's own frame with the prompt: 'every-groups' at the first frame of every so many groups (see conditioning.group-frames), 'on-scene-cut' at the first frame of a scene (see conditioning.cut-bound), 'every-batch' at every frame of every batch, as in the paper; 'never' takes what came with the prompt, which saw its reference image or a plain grey one. A new prompt, version or step of a schedule always is looked at with the next frame, except with 'never'. A prompt with a reference image is never encoded with another one.");

    public static final ConfigOption<Integer> TEXT_EVERY_GROUPS =
            ConfigOptions.key("text.every-groups")
                    .intType()
                    .defaultValue(1)
                    .withDescription(
                            "For 'every-groups': in every group (1), in every second (2), and so on.");

    public static final ConfigOption<Integer> TEXT_MAX_KEPT =
            ConfigOptions.key("text.max-kept")
                    .intType()
                    .defaultValue(128)
                    .withDescription(
                            "Embeddings made with streams' own frames that are kept, per subtask: one for each stream and text. Beyond that the one that was used longest ago is given up, and counted; when it is needed it is encoded again with the same frame.");

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

    public static final ConfigOption<Integer> PROMPTS_MAX_ACTIVE =
            ConfigOptions.key("prompts.max-active")
                    .intType()
                    .defaultValue(256)
                    .withDescription(
                            "Prompts in effect; beyond that one is forgotten, logged and counted: first one that a newer one with the same target hides, then those for single streams, for globs and for all, in this order, of each the one that was set longest ago, but never the newest. Publishing a prompt again counts as setting it.");

    public static final ConfigOption<Duration> CHECKPOINT_DRAIN_DEADLINE =
            ConfigOptions.key("checkpoint.drain-deadline")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(1))
                    .withDescription(
                            "How long a checkpoint waits for the frames inside the model to come out before the task fails.");

    /** Which model to load. */
    public static ModelSettings model(ReadableConfig config) {
        return new ModelSettings(
                config.get(MODEL_BUNDLE),
                config.get(MODEL_ENGINE),
                config.get(MODEL_THREADS),
                config.getOptional(MODEL_BATCH_SIZES)
                        .orElse(List.of(1, config.get(BATCH_MAX_FRAMES))),
                config.getOptional(MODEL_PLAN_CACHE).orElse(""));
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
                        conditioning(config),
                        new StylizerConfiguration.Text(
                                config.get(TEXT_REFRESH),
                                config.get(TEXT_EVERY_GROUPS),
                                config.get(TEXT_MAX_KEPT)),
                        config.get(SKIP_SIMILAR_BOUND),
                        config.get(DECODE_FIT),
                        maxImageBytes(config),
                        config.get(DECODE_MAX_IMAGE_PIXELS),
                        config.get(ENCODE_JPEG_QUALITY),
                        threads(config.get(DECODE_THREADS)),
                        threads(config.get(ENCODE_THREADS))),
                config.get(PROMPTS_MAX_WAITING_FRAMES),
                config.get(PROMPTS_MAX_ACTIVE),
                config.get(CHECKPOINT_DRAIN_DEADLINE));
    }

    private static StylizerConfiguration.Conditioning conditioning(ReadableConfig config) {
        return new StylizerConfiguration.Conditioning(
                config.get(CONDITIONING_REFRESH),
                config.get(CONDITIONING_EVERY_GROUPS),
                config.get(CONDITIONING_DRIFT_BOUND),
                config.get(CONDITIONING_GROUP_FRAMES),
                config.get(CONDITIONING_CUT_BOUND),
                config.get(CONDITIONING_RESET_AFTER),
                config.get(CONDITIONING_FLOW_HALF_SIZE),
                threads(config.get(CONDITIONING_FLOW_THREADS)));
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
