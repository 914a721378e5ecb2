package impasto.wire;

import impasto.schemas.DeadLetter;
import impasto.schemas.DeadLetterReason;
import impasto.schemas.Frame;
import impasto.schemas.ImageEncoding;
import impasto.schemas.Outcome;
import impasto.schemas.PromptEvent;
import impasto.schemas.PromptPart;
import impasto.schemas.PromptStep;
import impasto.schemas.StageLatencies;
import impasto.schemas.StylizedFrame;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/** One record of each of the four topics. */
final class Records {
    private Records() {}

    static Stream<SpecificRecord> ofEveryTopic() {
        return Stream.of(frame(), prompt(), stylized(), deadLetter());
    }

    static Frame frame() {
        return Frame.newBuilder()
                .setStreamId("cam-1")
                .setSequence(7)
                .setCaptureTimeMicros(Instant.parse("2026-11-24T10:00:00.123456Z"))
                .setEncoding(ImageEncoding.JPEG)
                .setImage(ByteBuffer.wrap(new byte[] {1, 2, 3}))
                .build();
    }

    static PromptEvent prompt() {
        return PromptEvent.newBuilder()
                .setPromptId("p")
                .setText("oil painting, vibrant colours")
                .setSeed(42L)
                .setBlend(List.of(new PromptPart("pencil sketch", 0.5f)))
                .setTransitionSeconds(2)
                .setSchedule(
                        List.of(
                                PromptStep.newBuilder()
                                        .setFromTime(Instant.parse("2026-11-24T10:00:00.123Z"))
                                        .setText("mosaic")
                                        .build()))
                .build();
    }

    static StylizedFrame stylized() {
        return StylizedFrame.newBuilder()
                .setStreamId("cam-1")
                .setSequence(7)
                .setCaptureTimeMicros(Instant.parse("2026-11-24T10:00:00.123456Z"))
                .setOutcome(Outcome.STYLIZED)
                .setEncoding(ImageEncoding.JPEG)
                .setImage(ByteBuffer.wrap(new byte[] {4, 5}))
                .setPromptId("p")
                .setPromptVersion(3L)
                .setLatencies(StageLatencies.newBuilder().setModelMicros(9).build())
                .build();
    }

    static DeadLetter deadLetter() {
        return DeadLetter.newBuilder()
                .setTopic("frames")
                .setPartition(1)
                .setOffset(2)
                .setReason(DeadLetterReason.CORRUPT_IMAGE)
                .setError("a picture of ü")
                .setRecord(ByteBuffer.wrap(new byte[] {6}))
                .setRecordBytes(1)
                .build();
    }
}
