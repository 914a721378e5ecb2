package impasto.local;

import impasto.schemas.DeadLetter;
import impasto.schemas.Outcome;
import impasto.schemas.StylizedFrame;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The account of every frame: each input ends as one output or one dead letter, and repetitions
 * after a failure are told from new frames by stream and sequence. Not thread-safe.
 */
public final class Ledger {

    private record FrameId(String streamId, long sequence) {}

    private final Map<FrameId, Long> appendedMillis = new HashMap<>();
    private final Set<FrameId> accounted = new HashSet<>();
    private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    private final List<Long> latenciesMillis = new ArrayList<>();
    private long deadLettered;
    private long repeated;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis;

    /** Notes that a frame was appended to the frames topic. */
    public void input(String streamId, long sequence, long appendMillis) {
        appendedMillis.putIfAbsent(new FrameId(streamId, sequence), appendMillis);
    }

    /**
     * Notes an output.
     *
     * @return false if it repeats one
     */
    public boolean output(StylizedFrame frame, long appendMillis) {
        FrameId id = new FrameId(frame.getStreamId(), frame.getSequence());
        if (!accounted.add(id)) {
            repeated++;
            return false;
        }
        outcomes.merge(frame.getOutcome(), 1L, Long::sum);
        Long appended = appendedMillis.get(id);
        if (appended != null && frame.getOutcome() == Outcome.STYLIZED) {
            latenciesMillis.add(appendMillis - appended);
        }
        firstMillis = Math.min(firstMillis, appendMillis);
        lastMillis = Math.max(lastMillis, appendMillis);
        return true;
    }

    /** Notes a dead letter of the frames topic. */
    public void deadLetter(DeadLetter letter) {
        FrameId id =
                letter.getStreamId() == null
                        ? new FrameId("", letter.getPartition() + (letter.getOffset() << 20))
                        : new FrameId(letter.getStreamId(), letter.getSequence());
        if (accounted.add(id)) {
            deadLettered++;
        } else {
            repeated++;
        }
    }

    /** Frames that ended with an outcome. */
    public long count(Outcome outcome) {
        return outcomes.getOrDefault(outcome, 0L);
    }

    public long deadLettered() {
        return deadLettered;
    }

    /** Frames seen on the output topic or as dead letters, each once. */
    public long accounted() {
        return accounted.size();
    }

    /** Outputs and dead letters that came again. */
    public long repeated() {
        return repeated;
    }

    /** Outputs per second between the first and the last; 0 for fewer than two. */
    public double framesPerSecond() {
        long outputs = accounted.size() - deadLettered;
        return outputs < 2 || lastMillis == firstMillis
                ? 0
                : (outputs - 1) * 1000.0 / (lastMillis - firstMillis);
    }

    /**
     * A percentile of the latency from the append of the input to the append of the output, of
     * stylized frames.
     *
     * @param percent 0 to 100
     * @return milliseconds; 0 without any
     */
    public long latencyMillis(double percent) {
        if (latenciesMillis.isEmpty()) {
            return 0;
        }
        List<Long> sorted = new ArrayList<>(latenciesMillis);
        Collections.sort(sorted);
        int rank = (int) Math.ceil(percent / 100 * sorted.size());
        return sorted.get(Math.max(0, rank - 1));
    }
}
