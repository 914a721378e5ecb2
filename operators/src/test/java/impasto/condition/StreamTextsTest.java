package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageLimits;
import impasto.decode.Pictures;
import impasto.decode.Pixels;
import impasto.model.FrameText;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.Prompt;
import impasto.prompt.StreamPrompt;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is asked of the text encoder; the encoder itself has no part in it. */
class StreamTextsTest {

    private static final int SIZE = 64;
    private static final byte[] IMAGE = Pictures.quartered(".png", SIZE, SIZE);
    private static final FrameDecoder DECODER =
            new FrameDecoder(SIZE, SIZE, Fit.CENTRE_CROP, new ImageLimits(1 << 20, 1 << 20));
    private static final Pixels PIXELS = new Pixels(new byte[3 * SIZE * SIZE], SIZE, SIZE);
    private static final FrameSignature PLAIN = FrameSignatureTest.plain(90, 90, 90);
    private static final Pause NEVER_OVER = (streamId, lastAppendMillis) -> false;

    private StreamTexts texts = texts(TextRefresh.ON_SCENE_CUT, 2);

    @AfterEach
    void close() {
        texts.close();
    }

    @Test
    void aStreamsTextIsEncodedOnceAndThenKept() {
        FrameText first = next("a", 0, prompt(1, "oil")).orElseThrow();
        FrameText second = next("a", 1, prompt(1, "oil")).orElseThrow();
        assertThat(first.prompt().parts().get(0).picture().get()).isSameAs(PIXELS);
        assertThat(second.prompt().parts().get(0).picture()).isNull();
        assertThat(second.prompt().parts().get(0).kept())
                .isSameAs(first.prompt().parts().get(0).kept());
        assertThat(texts.counters().refreshes.sum()).isEqualTo(1);
        assertThat(texts.counters().encoded.sum()).isEqualTo(1);
    }

    @Test
    void twoStreamsDoNotShare() {
        FrameText a = next("a", 0, prompt(1, "oil")).orElseThrow();
        FrameText b = next("b", 0, prompt(1, "oil")).orElseThrow();
        assertThat(b.prompt().parts().get(0).picture()).isNotNull();
        assertThat(b.prompt().parts().get(0).kept()).isNotSameAs(a.prompt().parts().get(0).kept());
    }

    @Test
    void overTheBoundTheOneUsedLongestAgoIsEncodedAgainWithTheFrameThatItHad() {
        var unused = next("a", 0, prompt(1, "oil"));
        unused = next("b", 0, prompt(1, "oil"));
        unused = next("a", 1, prompt(1, "oil"));
        unused = next("c", 0, prompt(1, "oil"));
        assertThat(texts.counters().evicted.sum()).isEqualTo(1);
        assertThat(next("a", 2, prompt(1, "oil")).orElseThrow().prompt().parts().get(0).picture())
                .as("was used")
                .isNull();
        FrameText again = next("b", 1, prompt(1, "oil")).orElseThrow();
        assertThat(again.prompt().parts().get(0).picture().get().rgb())
                .as("the frame as it was received")
                .isEqualTo(DECODER.decode(IMAGE).pixels().rgb());
        assertThat(texts.counters().evicted.sum()).isEqualTo(2);
        assertThat(texts.counters().refreshes.sum()).as("not a refresh").isEqualTo(3);
        assertThat(texts.counters().encoded.sum()).isEqualTo(4);
    }

    @Test
    void bothEndsOfATransitionAreEncodedWithTheFrame() {
        StreamPrompt prompt = prompt(1, "oil");
        StreamPrompt way =
                new StreamPrompt(
                        prompt.prompt(),
                        new StreamPrompt.Before(
                                new byte[4],
                                new byte[8],
                                0.5f,
                                new Prompt.Part[] {new Prompt.Part("pencil", 1)}),
                        0.25,
                        7,
                        null);
        FrameText text = next("a", 0, way).orElseThrow();
        assertThat(text.progress()).isEqualTo(0.25);
        assertThat(text.before().parts())
                .extracting(FrameText.Part::text)
                .containsExactly("pencil");
        assertThat(text.prompt().parts()).extracting(FrameText.Part::text).containsExactly("oil");
        assertThat(way.strength()).isEqualTo(0.625f);
    }

    @Test
    void aPromptWithAPictureOfItsOwnStaysAsItIs() {
        EncodedPrompt seen =
                new EncodedPrompt(
                        "p",
                        1,
                        "*",
                        "oil",
                        1,
                        1,
                        new byte[4],
                        new byte[8],
                        0,
                        new EncodedPrompt.Step[0],
                        new Prompt.Part[0]);
        assertThat(next("a", 0, StreamPrompt.of(seen))).isEmpty();
        try (StreamTexts every = texts(TextRefresh.EVERY_BATCH, 2)) {
            assertThat(every.ofFrame(StreamPrompt.of(seen), PIXELS)).isEmpty();
            assertThat(every.counters().encoded.sum()).isZero();
        }
    }

    @Test
    void withEveryBatchEveryFrameHasItsOwn() {
        try (StreamTexts every = texts(TextRefresh.EVERY_BATCH, 2)) {
            for (int i = 0; i < 3; i++) {
                assertThat(every.ofFrame(prompt(1, "oil"), PIXELS).orElseThrow().prompt().parts())
                        .allSatisfy(part -> assertThat(part.picture().get()).isSameAs(PIXELS));
            }
            assertThat(every.counters().refreshes.sum()).isEqualTo(3);
            assertThat(every.takeChanges(NEVER_OVER)).isEmpty();
        }
    }

    @Test
    void aStreamThatComesBackEncodesWithTheFrameThatItHad() {
        var unused = next("a", 0, prompt(1, "oil"));
        byte[] state = texts.takeChanges(NEVER_OVER).get("a").orElseThrow();
        assertThat(texts.takeChanges(NEVER_OVER)).as("unchanged").isEmpty();
        try (StreamTexts restored = texts(TextRefresh.ON_SCENE_CUT, 2)) {
            restored.restore("a", state);
            assertThat(restored.counters().encoded.sum()).as("until a frame needs it").isZero();
            FrameText text = restored.next("a", frame(1), prompt(1, "oil")).orElseThrow();
            assertThat(text.prompt().parts().get(0).picture().get().rgb())
                    .isEqualTo(DECODER.decode(IMAGE).pixels().rgb());
            assertThat(restored.counters().refreshes.sum()).isZero();
        }
        try (StreamTexts never = texts(TextRefresh.NEVER, 2)) {
            never.restore("a", state);
            assertThat(never.takeChanges(NEVER_OVER)).containsEntry("a", Optional.empty());
        }
    }

    @Test
    void aStreamThatHasEndedIsReleased() {
        var unused = next("a", 5, prompt(1, "oil"));
        assertThat(texts.takeChanges((streamId, last) -> last == 5))
                .containsEntry("a", Optional.empty());
        assertThat(next("a", 6, prompt(1, "oil")).orElseThrow().prompt().parts().get(0).picture())
                .isNotNull();
    }

    private Optional<FrameText> next(String streamId, long appendMillis, StreamPrompt prompt) {
        return texts.next(streamId, frame(appendMillis), prompt);
    }

    private static StreamFrame frame(long appendMillis) {
        return new StreamFrame(IMAGE, PIXELS, new StreamFrame.Seen(PLAIN, appendMillis, 1), null);
    }

    private static StreamPrompt prompt(long version, String text) {
        return StreamPrompt.of(
                new EncodedPrompt("p", version, "*", text, 1, 1, new byte[4], new byte[8]));
    }

    private static StreamTexts texts(TextRefresh refresh, int maxKept) {
        return new StreamTexts(
                new TextSettings(refresh, 1, maxKept),
                new ConditioningSettings(
                        RefreshSchedule.OFF, 1, 0, 3, 0.35, Duration.ofSeconds(1), false, 1),
                DECODER);
    }
}
