package impasto.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * Puts waiting items of many streams into batches.
 *
 * <p>Streams take turns: a batch takes one item of every stream, then another of every stream, up
 * to {@link BatchPolicy#maxPerStream()} of each, and begins behind the stream that was served last.
 * A stream's items leave in the order in which they came: an item that is not ready holds up its
 * own stream and no other.
 *
 * <p>A full batch costs time in proportion to its size and to the streams that were passed over
 * because they were not ready. A stream with nothing waiting costs nothing.
 *
 * <p>For one thread. Time is passed in, in nanoseconds of any one clock that never runs backwards,
 * such as {@link System#nanoTime()}.
 */
public final class BatchAssembler<T> {
    private final BatchPolicy policy;
    private final long lingerNanos;

    /** Streams with waiting items, in the order of their turns. */
    private final LinkedHashMap<String, Lane<T>> lanes = new LinkedHashMap<>();

    /** All waiting items, oldest first. */
    private final LinkedHashSet<Waiting<T>> arrivals = new LinkedHashSet<>();

    public BatchAssembler(BatchPolicy policy) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.lingerNanos = policy.linger().toNanos();
    }

    /** Whether the stream may {@link #offer} another item. */
    public boolean hasRoom(String streamId) {
        Lane<T> lane = lanes.get(streamId);
        return lane == null || lane.queue.size() < policy.queuePerStream();
    }

    /**
     * Whether another item may be {@link #offer offered}, of whatever stream, where streams share
     * their room.
     *
     * @param streams so many share theirs
     */
    public boolean hasSharedRoom(int streams) {
        return arrivals.size() < (long) streams * policy.queuePerStream();
    }

    /** Adds an item behind the others of its stream, whether or not there is room for it. */
    public void offer(String streamId, T item, long nowNanos) {
        Objects.requireNonNull(item, "item");
        Lane<T> lane = lanes.computeIfAbsent(streamId, Lane::new);
        Waiting<T> waiting = new Waiting<>(lane, item, nowNanos);
        lane.queue.add(waiting);
        arrivals.add(waiting);
    }

    /**
     * Takes the item that the stream has waited for longest out of the queue.
     *
     * @param spared items that go only if the stream has no others
     */
    public Optional<T> dropOldest(String streamId, Predicate<T> spared) {
        Lane<T> lane = lanes.get(streamId);
        if (lane == null) {
            return Optional.empty();
        }
        Waiting<T> dropped =
                lane.queue.stream()
                        .filter(waiting -> !spared.test(waiting.item))
                        .findFirst()
                        .orElseGet(lane.queue::element);
        remove(dropped);
        return Optional.of(dropped.item);
    }

    /**
     * What the next batches would take if all could go, in the order of one batch as large as they
     * are together.
     */
    public List<T> upcoming(int batches) {
        return choose(item -> true, batches).batch.stream().map(waiting -> waiting.item).toList();
    }

    /** Which waiting items may go into the next batch. */
    public interface Admission<T> {
        /** Whether an item can go at all; until it can, it holds up those behind it. */
        boolean isReady(T item);

        /** Whether an item that cannot go yet can in moments, so that a batch is better for it. */
        default boolean comesSoon(T item) {
            return false;
        }

        /**
         * Whether an item may share a batch with those before it in its stream.
         *
         * @param before the stream's items in the batch, in their order, at least one
         */
        default boolean mayJoin(List<T> before, T item) {
            return true;
        }
    }

    /** Takes an item out of the queue of its stream, wherever it is. */
    public void remove(String streamId, T item) {
        Lane<T> lane = lanes.get(streamId);
        if (lane == null) {
            return;
        }
        lane.queue.stream()
                .filter(waiting -> waiting.item == item)
                .findFirst()
                .ifPresent(this::remove);
    }

    private void remove(Waiting<T> waiting) {
        waiting.lane.queue.remove(waiting);
        arrivals.remove(waiting);
        if (waiting.lane.queue.isEmpty()) {
            lanes.remove(waiting.lane.streamId);
        }
    }

    /**
     * The next batch, if {@code maxBatch} items can go, or if one that can go has waited for {@code
     * linger} and no other comes soon, or if so many wait and some of them may not share a batch:
     * then whatever can go. An item can go if it and those before it in its stream are admitted,
     * and its stream has not yet its {@code maxPerStream} in this batch.
     *
     * @return never an empty list
     */
    public Optional<List<T>> poll(long nowNanos, Admission<T> admission) {
        if (arrivals.isEmpty()
                || (arrivals.size() < policy.maxBatch()
                        && !hasLingered(arrivals.iterator().next(), nowNanos))) {
            return Optional.empty();
        }
        Choice<T> choice = choose(admission, 1);
        List<Waiting<T>> batch = choice.batch;
        // One that may not join has no better batch to wait for while others queue.
        boolean due =
                batch.size() == policy.maxBatch()
                        || (choice.heldBack && arrivals.size() >= policy.maxBatch())
                        || (batch.stream().anyMatch(waiting -> hasLingered(waiting, nowNanos))
                                && arrivals.stream()
                                        .noneMatch(waiting -> admission.comesSoon(waiting.item)));
        return due ? Optional.of(take(batch)) : Optional.empty();
    }

    /** The next batch, if {@code maxBatch} items can go. */
    public Optional<List<T>> pollFull(Admission<T> admission) {
        if (arrivals.size() < policy.maxBatch()) {
            return Optional.empty();
        }
        List<Waiting<T>> batch = choose(admission, 1).batch;
        return batch.size() == policy.maxBatch() ? Optional.of(take(batch)) : Optional.empty();
    }

    /** Whatever can go, up to {@code maxBatch} items, however short it has waited. */
    public Optional<List<T>> flush(Admission<T> admission) {
        List<Waiting<T>> batch = choose(admission, 1).batch;
        return batch.isEmpty() ? Optional.empty() : Optional.of(take(batch));
    }

    /**
     * When the item that has waited longest will have waited for {@code linger}, ready or not:
     * before that, only a full batch comes out of {@link #poll}. In the past if that item was not
     * ready in time; empty if nothing waits.
     */
    public OptionalLong deadlineNanos() {
        return arrivals.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(arrivals.iterator().next().sinceNanos + lingerNanos);
    }

    /** The waiting items, oldest first; a copy. */
    public List<T> waiting() {
        return arrivals.stream().map(waiting -> waiting.item).toList();
    }

    /** The waiting items of one stream, in their order; a copy. */
    public List<T> waiting(String streamId) {
        Lane<T> lane = lanes.get(streamId);
        return lane == null ? List.of() : lane.queue.stream().map(waiting -> waiting.item).toList();
    }

    /** How many items wait. */
    public int size() {
        return arrivals.size();
    }

    private boolean hasLingered(Waiting<T> waiting, long nowNanos) {
        return nowNanos - waiting.sinceNanos >= lingerNanos;
    }

    /** A batch that may be taken, and whether an item was ready but could not join it. */
    private record Choice<T>(List<Waiting<T>> batch, boolean heldBack) {}

    /** The next batches in the order of turns, as if they were one; removes nothing. */
    private Choice<T> choose(Admission<T> admission, int batches) {
        int most = batches * policy.maxBatch();
        int mostPerStream = batches * policy.maxPerStream();
        List<Waiting<T>> batch = new ArrayList<>();
        // in the first round every lane has a turn, later those that have had one in every round
        List<Turn<T>> turns = new ArrayList<>();
        for (Lane<T> lane : lanes.values()) {
            if (batch.size() == most) {
                break;
            }
            Turn<T> turn = new Turn<>(lane.queue.iterator());
            if (turn.take(admission, batch)) {
                turns.add(turn);
            }
        }
        boolean heldBack = false;
        for (int round = 1; round < mostPerStream && !turns.isEmpty(); round++) {
            List<Turn<T>> servedAgain = new ArrayList<>();
            for (Turn<T> turn : turns) {
                if (batch.size() == most) {
                    return new Choice<>(batch, heldBack);
                }
                if (turn.take(admission, batch)) {
                    servedAgain.add(turn);
                }
                heldBack |= turn.heldBack;
            }
            turns = servedAgain;
        }
        return new Choice<>(batch, heldBack);
    }

    /** A stream's items in a batch that is being chosen. */
    private static final class Turn<T> {
        final Iterator<Waiting<T>> queue;
        final List<T> taken = new ArrayList<>();
        boolean heldBack;

        Turn(Iterator<Waiting<T>> queue) {
            this.queue = queue;
        }

        boolean take(Admission<T> admission, List<Waiting<T>> batch) {
            if (!queue.hasNext()) {
                return false;
            }
            Waiting<T> next = queue.next();
            if (!admission.isReady(next.item)) {
                return false;
            }
            if (!taken.isEmpty() && !admission.mayJoin(taken, next.item)) {
                heldBack = true;
                return false;
            }
            taken.add(next.item);
            return batch.add(next);
        }
    }

    /** Removes what was chosen, and lets the stream behind the one served last begin next time. */
    private List<T> take(List<Waiting<T>> batch) {
        List<T> items = new ArrayList<>(batch.size());
        for (Waiting<T> waiting : batch) {
            waiting.lane.queue.remove();
            arrivals.remove(waiting);
            items.add(waiting.item);
        }
        passTurns(batch.get(batch.size() - 1).lane);
        for (Waiting<T> waiting : batch) {
            if (waiting.lane.queue.isEmpty()) {
                lanes.remove(waiting.lane.streamId);
            }
        }
        return items;
    }

    /** Moves the lanes up to and including this one to the end. */
    private void passTurns(Lane<T> last) {
        List<Lane<T>> passed = new ArrayList<>();
        for (Iterator<Lane<T>> turns = lanes.values().iterator(); turns.hasNext(); ) {
            Lane<T> lane = turns.next();
            turns.remove();
            passed.add(lane);
            if (lane == last) {
                break;
            }
        }
        passed.forEach(lane -> lanes.put(lane.streamId, lane));
    }

    private static final class Lane<T> {
        final String streamId;
        final ArrayDeque<Waiting<T>> queue = new ArrayDeque<>();

        Lane(String streamId) {
            this.streamId = Objects.requireNonNull(streamId, "streamId");
        }
    }

    /** Equal only to itself. */
    private static final class Waiting<T> {
        final Lane<T> lane;
        final T item;
        final long sinceNanos;

        Waiting(Lane<T> lane, T item, long sinceNanos) {
            this.lane = lane;
            this.item = item;
            this.sinceNanos = sinceNanos;
        }
    }
}
