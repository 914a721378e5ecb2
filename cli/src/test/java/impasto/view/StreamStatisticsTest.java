package impasto.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StreamStatisticsTest {
    private final StreamStatistics statistics = new StreamStatistics();

    @Test
    void nothingIsKnownBeforeTheFirstFrame() {
        assertThat(statistics.summary(0)).isEqualTo(new StreamStatistics.Summary(0, null, null));
    }

    @Test
    void percentilesAreTakenOfKnownLatencies() {
        for (int i = 1; i <= 100; i++) {
            statistics.add(millis(i), i);
            statistics.add(millis(i), -1);
        }

        assertThat(statistics.summary(millis(100)).latencyMillisP50()).isEqualTo(50);
        assertThat(statistics.summary(millis(100)).latencyMillisP95()).isEqualTo(95);
    }

    @Test
    void theRateIsRightFromTheSecondFrameOnAndForgetsThePast() {
        statistics.add(millis(0), 1);
        statistics.add(millis(100), 1);
        assertThat(statistics.summary(millis(100)).framesPerSecond()).isCloseTo(10, within(0.01));

        assertThat(statistics.summary(millis(60_000)).framesPerSecond()).isZero();
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
