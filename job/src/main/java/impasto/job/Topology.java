package impasto.job;

import impasto.failure.RejectedRecord;
import impasto.frame.Frame;
import impasto.frame.FrameResult;
import impasto.operator.EncodePromptOperator;
import impasto.operator.PromptRecord;
import impasto.operator.ShardKey;
import impasto.operator.StylizeOperator;
import impasto.operator.StylizeOptions;
import impasto.prompt.PromptUpdate;
import impasto.wire.WireFormat;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The way of frames and prompts through the job.
 *
 * <pre>
 * frames  ─► read frames ──────────────── by shard ──► stylize ─► stylized frames
 * prompts ─► read prompts ─► encode prompt ─ to all ──┘
 *            what could not be used, from each of them ─────────► dead letters
 * </pre>
 */
public final class Topology {

    private final StreamExecutionEnvironment environment;
    private final Configuration config;
    private final KafkaConnections kafka;
    private final WireFormat format;

    private Topology(StreamExecutionEnvironment environment, Configuration config) {
        this.environment = environment;
        this.config = config;
        this.kafka = new KafkaConnections(config);
        this.format = kafka.format();
    }

    /**
     * Adds the job to an environment.
     *
     * @param config checked by {@link JobOptions#parse}
     */
    public static void build(StreamExecutionEnvironment environment, Configuration config) {
        new Topology(environment, config).build();
    }

    private void build() {
        SingleOutputStreamOperator<Frame> frames = readFrames();
        SingleOutputStreamOperator<PromptRecord> prompts = readPrompts();
        SingleOutputStreamOperator<PromptUpdate> encoded = encodePrompts(prompts);
        SingleOutputStreamOperator<FrameResult> stylized = stylize(frames, encoded);

        stylized.sinkTo(kafka.stylizedFrames()).name("stylized frames").uid("stylized-frames");
        frames.getSideOutput(Rejection.TAG)
                .union(
                        prompts.getSideOutput(Rejection.TAG),
                        encoded.getSideOutput(EncodePromptOperator.REJECTED),
                        rejectedFrames(stylized))
                .sinkTo(kafka.deadLetters())
                .name("dead letters")
                .uid("dead-letters");
    }

    private SingleOutputStreamOperator<Frame> readFrames() {
        return source(kafka.frames(), "frames")
                .process(new ReadFrames(format, config.get(KafkaOptions.FRAMES_TOPIC)))
                .returns(Frame.class)
                .name("read frames")
                .uid("read-frames");
    }

    private SingleOutputStreamOperator<PromptRecord> readPrompts() {
        return source(kafka.prompts(), "prompts")
                .setParallelism(1)
                .process(new ReadPrompts(format, config.get(KafkaOptions.PROMPTS_TOPIC)))
                .returns(PromptRecord.class)
                .setParallelism(1)
                .name("read prompts")
                .uid("read-prompts");
    }

    private SingleOutputStreamOperator<PromptUpdate> encodePrompts(
            DataStream<PromptRecord> prompts) {
        return prompts.transform(
                        "encode prompt",
                        TypeInformation.of(PromptUpdate.class),
                        new EncodePromptOperator(
                                StylizeOptions.model(config),
                                StylizeOptions.maxImageBytes(config),
                                config.get(StylizeOptions.DECODE_MAX_IMAGE_PIXELS),
                                kafka.lastPromptOffsets()))
                .setParallelism(1)
                .uid("encode-prompt");
    }

    private SingleOutputStreamOperator<FrameResult> stylize(
            DataStream<Frame> frames, DataStream<PromptUpdate> prompts) {
        int shards = maxParallelism();
        return frames.keyBy(frame -> ShardKey.of(frame.origin().partition(), shards))
                .connect(prompts.broadcast())
                .transform(
                        "stylize",
                        TypeInformation.of(FrameResult.class),
                        new StylizeOperator(StylizeOptions.stylize(config)))
                .setMaxParallelism(shards)
                .uid("stylize");
    }

    /** Key groups, fixed for the life of the job's state. */
    private int maxParallelism() {
        int configured = environment.getMaxParallelism();
        return configured > 0 ? configured : 128;
    }

    private DataStream<RejectedRecord> rejectedFrames(
            SingleOutputStreamOperator<FrameResult> stylized) {
        return stylized.getSideOutput(StylizeOperator.FAILURES)
                .map(new RejectFrame(format, config.get(KafkaOptions.FRAMES_TOPIC)))
                .returns(RejectedRecord.class)
                .name("reject frame")
                .uid("reject-frame");
    }

    private SingleOutputStreamOperator<KafkaRecord> source(
            Source<KafkaRecord, ?, ?> source, String name) {
        // Order is that of the partition, so time plays no part.
        return environment.fromSource(source, WatermarkStrategy.noWatermarks(), name).uid(name);
    }
}
