package impasto.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class TimelineTest {

    /** Batches of 10 ms in the main lane, two steps each; a side lane that is one ahead. */
    private static List<Timeline.Span> recorded(int batches) {
        List<Timeline.Span> spans = new ArrayList<>();
        for (int batch = 0; batch < batches; batch++) {
            double start = 10 * batch;
            spans.add(span("side", "vae_encoder", start - 8, start - 4));
            spans.add(span("main", "denoiser", start, start + 4));
            spans.add(span("main", "denoiser", start + 4, start + 8));
            spans.add(span("main", "vae_decoder", start + 8, start + 9));
            spans.add(span("encode", "encode", start + 9, start + 12));
            spans.add(span("encode", "encode", start + 9, start + 11));
        }
        return spans;
    }

    private static Timeline.Span span(String lane, String work, double start, double end) {
        return new Timeline.Span(lane, work, -1, start, end);
    }

    @Test
    void itBeginsAndEndsWithTheMainLanesWorkForTheBatchesAskedFor() {
        Timeline timeline = Timeline.of("nano", "host", recorded(6), 2, 2, 3);

        assertThat(timeline.milliseconds()).isEqualTo(29);
        assertThat(timeline.spans())
                .contains(new Timeline.Span("main", "denoiser", 2, 0, 4))
                .contains(new Timeline.Span("main", "denoiser", 2, 4, 8))
                .contains(new Timeline.Span("main", "vae_decoder", 4, 28, 29))
                .contains(new Timeline.Span("side", "vae_encoder", 3, 2, 6))
                .contains(new Timeline.Span("encode", "encode", -1, -1, 2));
        assertThat(timeline.spans()).noneMatch(span -> span.batch() == 1);
    }

    @Test
    void lanesAreBusyWhileTheyDoAnything() {
        Timeline timeline = Timeline.of("nano", "host", recorded(6), 2, 2, 3);

        assertThat(timeline.busy().keySet()).containsExactly("side", "main", "encode");
        assertThat(timeline.busy().get("main")).isEqualTo(27 / 29.0, offset());
        // Batches 3 to 5 wholly: 2 to 6, 12 to 16, 22 to 26 ms.
        assertThat(timeline.busy().get("side")).isEqualTo(12 / 29.0, offset());
        assertThat(timeline.sideBesideMain()).isEqualTo(1);
    }

    @Test
    void workOfTheSideLaneAloneIsNotBesideTheMainLane() {
        List<Timeline.Span> spans = recorded(6);
        // One of the gaps between the batches of the main lane, 1 ms each.
        spans.add(span("side", "text_encoder_192", 29, 30));

        Timeline timeline = Timeline.of("nano", "host", spans, 2, 2, 3);

        assertThat(timeline.sideBesideMain()).isEqualTo(12 / 13.0, offset());
        assertThat(timeline.works())
                .containsExactly(
                        "text_encoder_192", "vae_encoder", "denoiser", "vae_decoder", "encode");
    }

    @Test
    void whatOverlapsInALaneIsPutIntoRows() {
        Timeline timeline = Timeline.of("nano", "host", recorded(6), 2, 2, 3);

        assertThat(timeline.rows("encode")).hasSize(2);
        assertThat(timeline.rows("main")).hasSize(1);
    }

    @Test
    void moreBatchesThanWereRecordedAreAnError() {
        assertThatThrownBy(() -> Timeline.of("nano", "host", recorded(4), 2, 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the recording has no batches 2 to 4");
    }

    @Test
    void theDrawingIsXmlWithABarForEveryPieceOfWork() throws Exception {
        Timeline timeline = Timeline.of("<nano>", "host", recorded(6), 2, 2, 3);

        String svg = TimelineSvg.draw(timeline);

        var document =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(svg)));
        assertThat(document.getElementsByTagName("title").getLength())
                .isEqualTo(timeline.spans().size());
        assertThat(svg).contains("&lt;nano>", "busy 93 %", "denoiser of batch 3, 4 ms");
    }

    private static org.assertj.core.data.Offset<Double> offset() {
        return org.assertj.core.api.Assertions.within(0.001);
    }
}
