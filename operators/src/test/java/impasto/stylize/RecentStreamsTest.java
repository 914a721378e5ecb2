package impasto.stylize;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecentStreamsTest {

    @Test
    void aStreamCountsUntilItHasBeenSilentForTooLong() {
        RecentStreams streams = new RecentStreams(Duration.ofNanos(10));
        assertThat(streams.count(0)).isZero();
        streams.seen("a", 0);
        streams.seen("b", 5);
        streams.seen("a", 8);
        assertThat(streams.count(15)).isEqualTo(2);
        assertThat(streams.count(16)).as("a came after b").isOne();
        streams.seen("b", 17);
        assertThat(streams.count(18)).isEqualTo(2);
        assertThat(streams.count(28)).isZero();
    }
}
