package impasto.condition;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.decode.Pixels;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is begun for waiting frames against what they need when their turn comes. */
class ForeseenFlowTest {

    private static final int FRAMES = 60;
    private static final int CUT_AT = 31;

    /** All flow that was begun: by the picture to which it leads, that from which it begins. */
    private final Map<Pixels, Pixels> begun = new HashMap<>();

    private final Set<Pixels> used = new HashSet<>();

    @ParameterizedTest
    @CsvSource({
        "EVERY_GROUPS, 1, 1, 1",
        "EVERY_GROUPS, 1, 1, 5",
        "EVERY_GROUPS, 1, 4, 6",
        "EVERY_GROUPS, 3, 1, 3",
        "EVERY_GROUPS, 3, 4, 9",
        "ADAPTIVE, 1, 1, 3",
        "ADAPTIVE, 1, 4, 7"
    })
    void whatWaitingFramesWillNeedIsBegunAndNothingElse(
            RefreshSchedule schedule, int everyGroups, int groupFrames, int lookahead) {
        ConditioningSettings settings = settings(schedule, everyGroups, groupFrames);
        Map<Pixels, Pixels> needed = needed(settings, frames(), 0);
        assertThat(needed).hasSizeBetween(5, FRAMES - 2);

        Map<Pixels, Pixels> foreseen = needed(settings, frames(), lookahead);
        assertThat(byIndex(foreseen)).isEqualTo(byIndex(needed));
        assertThat(begun.size()).as("begun").isEqualTo(needed.size());
        assertThat(used.size()).as("begun before their turn").isEqualTo(needed.size());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 4", "2, 3"})
    void aFrameThatDoesNotComeAfterAllCostsNothingButTheFlow(int everyGroups, int groupFrames) {
        ConditioningSettings settings =
                settings(RefreshSchedule.EVERY_GROUPS, everyGroups, groupFrames);
        List<StreamFrame> frames = frames();
        List<StreamFrame> without = new ArrayList<>(frames);
        without.remove(groupFrames * 2);
        Map<Pixels, Pixels> needed = needed(settings, without, 0);
        Map<Pixels, Pixels> foreseen = new HashMap<>();
        try (ConditionedStream stream = stream(settings, foreseen)) {
            for (int i = 0; i < frames.size(); i++) {
                List<StreamFrame> waiting = frames.subList(i, Math.min(i + 4, frames.size()));
                StreamFrame frame = foresee(stream, waiting, waiting.size() - 1);
                frames.set(i + waiting.size() - 1, frame);
                if (i != groupFrames * 2) {
                    next(stream, frames.get(i), foreseen);
                }
            }
        }
        assertThat(byIndex(foreseen)).isEqualTo(byIndex(needed));
    }

    /**
     * Gives all frames to a stream.
     *
     * @param lookahead waiting frames for which flow is begun; 0 for none
     * @return by the picture to which it leads, that from which each frame's flow begins
     */
    private Map<Pixels, Pixels> needed(
            ConditioningSettings settings, List<StreamFrame> frames, int lookahead) {
        begun.clear();
        used.clear();
        Map<Pixels, Pixels> needed = new HashMap<>();
        try (ConditionedStream stream = stream(settings, needed)) {
            Deque<StreamFrame> coming = new ArrayDeque<>(frames);
            List<StreamFrame> waiting = new ArrayList<>();
            // Nothing is known before the first frame.
            next(stream, coming.remove(), needed);
            while (!coming.isEmpty() || !waiting.isEmpty()) {
                while (waiting.size() < Math.max(1, lookahead) && !coming.isEmpty()) {
                    waiting.add(coming.remove());
                    if (lookahead > 0) {
                        int last = waiting.size() - 1;
                        waiting.set(last, foresee(stream, waiting, last));
                    }
                }
                next(stream, waiting.remove(0), needed);
            }
        }
        return needed;
    }

    private StreamFrame foresee(ConditionedStream stream, List<StreamFrame> waiting, int index) {
        StreamFrame frame = waiting.get(index);
        return stream.foreseenAnchor(waiting.subList(0, index + 1))
                .map(
                        from -> {
                            begun.put(frame.pixels(), from);
                            return new StreamFrame(
                                    frame.image(),
                                    frame.pixels(),
                                    frame.seen(),
                                    new ForeseenFlow(from, new CompletableFuture<>()));
                        })
                .orElse(frame);
    }

    private void next(ConditionedStream stream, StreamFrame frame, Map<Pixels, Pixels> needed) {
        try (var condition = stream.next(frame, 1).condition()) {
            ForeseenFlow flow = frame.flow();
            if (flow != null && condition.flow() == flow.vectors()) {
                used.add(frame.pixels());
                needed.put(frame.pixels(), flow.from());
            }
        }
    }

    private static ConditionedStream stream(
            ConditioningSettings settings, Map<Pixels, Pixels> computed) {
        return new ConditionedStream(
                "camera",
                settings,
                (from, to) -> {
                    computed.put(to, from);
                    return new CompletableFuture<>();
                });
    }

    private static Map<Integer, Integer> byIndex(Map<Pixels, Pixels> flows) {
        Map<Integer, Integer> indices = new HashMap<>();
        flows.forEach((to, from) -> indices.put(index(to), index(from)));
        return indices;
    }

    private static int index(Pixels pixels) {
        return pixels.rgb()[0];
    }

    /** A scene that moves by fits and starts, a cut, and another. */
    private static List<StreamFrame> frames() {
        Random random = new Random(5);
        List<StreamFrame> frames = new ArrayList<>();
        int grey = 60;
        for (int i = 0; i < FRAMES; i++) {
            grey = i == CUT_AT ? 200 : grey + (random.nextInt(3) == 0 ? 4 : 0);
            frames.add(
                    new StreamFrame(
                            new byte[0],
                            new Pixels(new byte[] {(byte) i, 0, 0}, 1, 1),
                            new StreamFrame.Seen(
                                    FrameSignatureTest.plain(grey, grey, grey), 40L * i, 0),
                            null));
        }
        return frames;
    }

    private static ConditioningSettings settings(
            RefreshSchedule schedule, int everyGroups, int groupFrames) {
        return new ConditioningSettings(
                schedule, everyGroups, 6, groupFrames, 0.35, Duration.ofSeconds(10), false, 1);
    }
}
