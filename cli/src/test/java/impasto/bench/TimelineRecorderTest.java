package impasto.bench;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.frame.LaneWork;
import impasto.model.EngineOptions;
import org.junit.jupiter.api.Test;

class TimelineRecorderTest {

    @Test
    void everyRecordingOfAProcessKnowsLongNames() throws Exception {
        for (int recording = 0; recording < 3; recording++) {
            try (TimelineRecorder recorder = new TimelineRecorder(EngineOptions.ONNX_RUNTIME)) {
                Thread lane =
                        new Thread(
                                () -> {
                                    LaneWork.of("condition_encoder").commit();
                                    LaneWork.of("condition_encoder").commit();
                                },
                                "impasto-main-lane");
                lane.start();
                lane.join();

                assertThat(recorder.stop())
                        .hasSize(2)
                        .allSatisfy(
                                span -> {
                                    assertThat(span.lane()).isEqualTo("main");
                                    assertThat(span.work()).isEqualTo("condition_encoder");
                                });
            }
        }
    }
}
