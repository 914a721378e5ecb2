package impasto.local;

import static impasto.local.JobBed.jpeg;
import static org.assertj.core.api.Assertions.assertThat;

import impasto.broker.Topics;
import impasto.operator.StylizeOptions;
import impasto.schemas.Outcome;
import impasto.schemas.StylizedFrame;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

/**
 * The job with temporal conditioning, killed at random frames. {@code -Dimpasto.test.kills=20} for
 * a longer run.
 */
class ConditionedJobITCase {

    private static final int KILLS = Integer.getInteger("impasto.test.kills", 2);
    private static final int FRAMES_PER_KILL = 4;
    private static final String[] STREAMS = {"camera-a", "camera-b"};

    @Test
    void killedAtRandomFramesItWritesThePicturesOfAJobThatNothingHappensTo() throws Exception {
        Random random = new Random(KILLS);
        int frames = FRAMES_PER_KILL * (KILLS + 2);
        Map<String, String> options =
                Map.of(
                        StylizeOptions.CONDITIONING_REFRESH.key(), "every-groups",
                        StylizeOptions.CONDITIONING_EVERY_GROUPS.key(), "2",
                        StylizeOptions.CONDITIONING_GROUP_FRAMES.key(), "3",
                        StylizeOptions.CONDITIONING_RESET_AFTER.key(), "10 min");
        try (JobBed bed = JobBed.start(new Configuration())) {
            bed.restarts = KILLS;
            Topics topics = topicsWithPrompts(bed, "killed");
            for (long sequence = 0; sequence < frames; sequence++) {
                for (int stream = 0; stream < STREAMS.length; stream++) {
                    bed.sendFrame(topics, stream, STREAMS[stream], sequence, jpeg(sequence));
                }
            }
            Map<String, ByteBuffer> undisturbed = undisturbed(bed, topics, options, frames);

            JobID job = bed.submit(topics, 1, options);
            try (JobOutput output = new JobOutput(bed, topics)) {
                for (int kill = 0; kill < KILLS; kill++) {
                    int before = output.frames.size();
                    int more = 1 + random.nextInt(FRAMES_PER_KILL * STREAMS.length - 1);
                    output.await(
                            "frames to kill among", () -> output.frames.size() >= before + more);
                    bed.replaceTaskManager();
                }
                output.await(frames * STREAMS.length, 0);
                bed.cancel(job);
                assertThat(output.frames).hasSize(frames * STREAMS.length);
                assertThat(output.written)
                        .allSatisfy(
                                frame -> {
                                    assertThat(frame.getOutcome()).isEqualTo(Outcome.STYLIZED);
                                    assertThat(frame.getImage())
                                            .as(id(frame))
                                            .isEqualTo(undisturbed.get(id(frame)));
                                });
            }
        }
    }

    private static Topics topicsWithPrompts(JobBed bed, String test) throws Exception {
        Topics topics = bed.topics(test);
        bed.sendPrompt(topics, "p-a", STREAMS[0], "oil painting");
        bed.sendPrompt(topics, "p-b", STREAMS[1], "pencil sketch");
        return topics;
    }

    private static Map<String, ByteBuffer> undisturbed(
            JobBed bed, Topics topics, Map<String, String> options, int frames) throws Exception {
        Topics own = topicsWithPrompts(bed, "undisturbed");
        bed.runToTheEnd(
                new Topics(topics.frames(), own.prompts(), own.stylizedFrames(), own.deadLetters()),
                options);
        Map<String, ByteBuffer> pictures = new HashMap<>();
        try (JobOutput output = new JobOutput(bed, own)) {
            output.await(frames * STREAMS.length, 0);
            output.frames.forEach(frame -> pictures.put(id(frame), frame.getImage()));
        }
        return pictures;
    }

    private static String id(StylizedFrame frame) {
        return frame.getStreamId() + "#" + frame.getSequence();
    }
}
