package impasto.local;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.schemas.DeadLetter;
import impasto.schemas.DeadLetterReason;
import impasto.schemas.ImageEncoding;
import impasto.schemas.Outcome;
import impasto.schemas.StageLatencies;
import impasto.schemas.StylizedFrame;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final Ledger ledger = new Ledger();

    @Test
    void aRepetitionIsCountedApart() {
        assertThat(ledger.output(result("a", 0, Outcome.STYLIZED), 10)).isTrue();
        assertThat(ledger.output(result("a", 0, Outcome.STYLIZED), 20)).isFalse();
        assertThat(ledger.output(result("b", 0, Outcome.PASSED_THROUGH), 30)).isTrue();
        assertThat(ledger.accounted()).isEqualTo(2);
        assertThat(ledger.repeated()).isEqualTo(1);
        assertThat(ledger.count(Outcome.STYLIZED)).isEqualTo(1);
        assertThat(ledger.count(Outcome.DROPPED)).isZero();
    }

    @Test
    void aFrameThatIsOutputAndDeadLetterIsNotCountedTwice() {
        ledger.output(result("a", 0, Outcome.STYLIZED), 10);
        ledger.deadLetter(letter("a", 0L, 5));
        assertThat(ledger.accounted()).isEqualTo(1);
        assertThat(ledger.repeated()).isEqualTo(1);
        assertThat(ledger.deadLettered()).isZero();
    }

    @Test
    void recordsThatCouldNotBeReadAreToldApartByTheirPlace() {
        ledger.deadLetter(letter(null, null, 5));
        ledger.deadLetter(letter(null, null, 6));
        ledger.deadLetter(letter(null, null, 5));
        assertThat(ledger.deadLettered()).isEqualTo(2);
        assertThat(ledger.repeated()).isEqualTo(1);
    }

    @Test
    void latencyIsFromAppendToAppendOfStylizedFrames() {
        assertThat(ledger.latencyMillis(50)).isZero();
        for (long sequence = 0; sequence < 100; sequence++) {
            ledger.input("a", sequence, 1000);
            ledger.output(result("a", sequence, Outcome.STYLIZED), 1001 + sequence);
        }
        assertThat(ledger.latencyMillis(50)).isEqualTo(50);
        assertThat(ledger.latencyMillis(99)).isEqualTo(99);
        assertThat(ledger.latencyMillis(100)).isEqualTo(100);
        assertThat(ledger.framesPerSecond()).isEqualTo(1000);
    }

    private static StylizedFrame result(String streamId, long sequence, Outcome outcome) {
        return StylizedFrame.newBuilder()
                .setStreamId(streamId)
                .setSequence(sequence)
                .setCaptureTimeMicros(Instant.EPOCH)
                .setOutcome(outcome)
                .setEncoding(ImageEncoding.UNKNOWN)
                .setLatencies(new StageLatencies(0L, 0L, 0L, 0L, 0L))
                .build();
    }

    private static DeadLetter letter(String streamId, Long sequence, long offset) {
        return DeadLetter.newBuilder()
                .setTopic("frames")
                .setPartition(0)
                .setOffset(offset)
                .setStreamId(streamId)
                .setSequence(sequence)
                .setReason(DeadLetterReason.CORRUPT_IMAGE)
                .setError("corrupt")
                .setRecordBytes(1)
                .build();
    }
}
