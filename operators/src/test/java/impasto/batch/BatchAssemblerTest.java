package impasto.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchAssemblerTest {
    private static final long LINGER = 1_000;

    @Test
    void anItemThatMayNotJoinTheOthersOfItsStreamWaitsForTheNextBatch() {
        BatchAssembler<String> assembler =
                new BatchAssembler<>(new BatchPolicy(5, Duration.ofMinutes(1), 5, 8));
        for (String item : List.of("a1", "a2", "a3", "b1", "b2")) {
            assembler.offer(item.substring(0, 1), item, 0);
        }
        BatchAssembler.Admission<String> pairs =
                new BatchAssembler.Admission<>() {
                    @Override
                    public boolean isReady(String item) {
                        return true;
                    }

                    @Override
                    public boolean mayJoin(List<String> before, String item) {
                        return before.size() < 2;
                    }
                };
        assertThat(assembler.poll(0, pairs))
                .as("enough wait, so that nobody waits for a fuller batch")
                .contains(List.of("a1", "b1", "a2", "b2"));
        assertThat(assembler.poll(0, pairs)).isEmpty();
        assertThat(assembler.flush(pairs)).contains(List.of("a3"));
    }

    @Test
    void anItemThatIsRemovedLeavesTheOthersInOrder() {
        BatchAssembler<String> assembler =
                new BatchAssembler<>(new BatchPolicy(4, Duration.ZERO, 4, 8));
        for (String item : List.of("a1", "a2", "a3")) {
            assembler.offer("a", item, 0);
        }
        assembler.remove("a", "a2");
        assembler.remove("b", "b1");
        assertThat(assembler.flush(item -> true)).contains(List.of("a1", "a3"));
        assertThat(assembler.size()).isZero();
    }

    @Test
    void aFullBatchComesOutAtOnce() {
        BatchAssembler<String> assembler = assembler(3, 3);
        offer(assembler, 0, "a1", "b1");
        assertThat(assembler.poll(0, item -> true)).isEmpty();
        offer(assembler, 0, "c1");
        assertThat(assembler.poll(0, item -> true)).contains(List.of("a1", "b1", "c1"));
        assertThat(assembler.size()).isZero();
        assertThat(assembler.deadlineNanos()).isEmpty();
    }

    @Test
    void theLingerIsExactToTheNanosecond() {
        BatchAssembler<String> assembler = assembler(3, 3);
        offer(assembler, 500, "a1");
        offer(assembler, 900, "b1");
        assertThat(assembler.deadlineNanos()).hasValue(500 + LINGER);
        assertThat(assembler.poll(500 + LINGER - 1, item -> true)).isEmpty();
        assertThat(assembler.poll(500 + LINGER, item -> true)).contains(List.of("a1", "b1"));
    }

    @Test
    void theLingerSurvivesTheOverflowOfTheClock() {
        BatchAssembler<String> assembler = assembler(3, 3);
        long now = Long.MAX_VALUE - 1;
        offer(assembler, now, "a1");
        assertThat(assembler.poll(now + LINGER - 1, item -> true)).isEmpty();
        assertThat(assembler.deadlineNanos()).isEqualTo(OptionalLong.of(now + LINGER));
        assertThat(assembler.poll(now + LINGER, item -> true)).contains(List.of("a1"));
    }

    @Test
    void withoutLingerEveryPollGivesWhatIsThere() {
        BatchAssembler<String> assembler =
                new BatchAssembler<>(new BatchPolicy(3, Duration.ZERO, 3, 3));
        offer(assembler, 7, "a1");
        assertThat(assembler.poll(7, item -> true)).contains(List.of("a1"));
    }

    @Test
    void streamsTakeTurnsAndTheNextBatchBeginsBehindTheStreamServedLast() {
        BatchAssembler<String> assembler = assembler(4, 4);
        offer(assembler, 0, "a1", "a2", "a3", "b1", "b2", "c1", "c2");
        assertThat(assembler.poll(0, item -> true)).contains(List.of("a1", "b1", "c1", "a2"));
        assertThat(assembler.flush(item -> true)).contains(List.of("b2", "c2", "a3"));
    }

    @Test
    void whenACapKeepsABatchFromFillingTheLingerDecides() {
        BatchAssembler<String> assembler = assembler(4, 1);
        offer(assembler, 0, "a1", "a2", "a3", "b1", "b2");
        assertThat(assembler.poll(LINGER - 1, item -> true)).isEmpty();
        assertThat(assembler.poll(LINGER, item -> true)).contains(List.of("a1", "b1"));
        assertThat(assembler.poll(LINGER, item -> true)).contains(List.of("a2", "b2"));
        assertThat(assembler.size()).isOne();
    }

    @Test
    void anItemThatIsNotReadyHoldsUpItsOwnStreamAlone() {
        BatchAssembler<String> assembler = assembler(3, 3);
        offer(assembler, 0, "a1", "a2", "b1", "b2", "b3");
        Set<String> decoded = new HashSet<>(Set.of("a2", "b1", "b2", "b3"));
        assertThat(assembler.poll(0, decoded::contains)).contains(List.of("b1", "b2", "b3"));
        assertThat(assembler.poll(LINGER, decoded::contains)).isEmpty();
        decoded.add("a1");
        assertThat(assembler.poll(LINGER, decoded::contains)).contains(List.of("a1", "a2"));
    }

    @Test
    void theLingerOfAnItemThatIsNotReadySendsNobodyElseOut() {
        BatchAssembler<String> assembler = assembler(3, 3);
        offer(assembler, 0, "a1");
        offer(assembler, 600, "b1");
        BatchAssembler.Admission<String> onlyB = item -> item.startsWith("b");
        assertThat(assembler.deadlineNanos()).hasValue(LINGER);
        assertThat(assembler.poll(LINGER, onlyB)).isEmpty();
        assertThat(assembler.poll(600 + LINGER - 1, onlyB)).isEmpty();
        assertThat(assembler.poll(600 + LINGER, onlyB)).contains(List.of("b1"));
        assertThat(assembler.size()).isOne();
    }

    @Test
    void aFlushDoesNotLingerAndGivesNothingWhenNothingIsReady() {
        BatchAssembler<String> assembler = assembler(3, 3);
        offer(assembler, 0, "a1");
        assertThat(assembler.flush(item -> false)).isEmpty();
        assertThat(assembler.flush(item -> true)).contains(List.of("a1"));
        assertThat(assembler.flush(item -> true)).isEmpty();
    }

    @Test
    void aStreamHasRoomForSoManyItems() {
        BatchAssembler<String> assembler =
                new BatchAssembler<>(new BatchPolicy(8, Duration.ofNanos(LINGER), 8, 2));
        offer(assembler, 0, "a1");
        assertThat(assembler.hasRoom("a")).isTrue();
        offer(assembler, 0, "a2");
        assertThat(assembler.hasRoom("a")).isFalse();
        assertThat(assembler.hasRoom("b")).isTrue();
    }

    @Test
    void streamsThatShareTheirRoomHaveAllOfItTogether() {
        BatchAssembler<String> assembler =
                new BatchAssembler<>(new BatchPolicy(8, Duration.ofNanos(LINGER), 8, 2));
        offer(assembler, 0, "a1", "a2", "a3");
        assertThat(assembler.hasSharedRoom(1)).isFalse();
        assertThat(assembler.hasSharedRoom(2)).isTrue();
        offer(assembler, 0, "b1");
        assertThat(assembler.hasSharedRoom(2)).isFalse();
    }

    @Test
    void droppingTheOldestMakesRoomAndMovesTheDeadline() {
        BatchAssembler<String> assembler = assembler(8, 8);
        offer(assembler, 10, "a1");
        offer(assembler, 20, "a2");
        assertThat(assembler.dropOldest("a", BatchAssemblerTest::isSpared)).contains("a1");
        assertThat(assembler.deadlineNanos()).hasValue(20 + LINGER);
        assertThat(assembler.dropOldest("a", BatchAssemblerTest::isSpared)).contains("a2");
        assertThat(assembler.dropOldest("a", BatchAssemblerTest::isSpared)).isEmpty();
        assertThat(assembler.deadlineNanos()).isEmpty();
    }

    @Test
    void whatIsSparedIsDroppedOnlyIfThereIsNothingElse() {
        BatchAssembler<String> assembler = assembler(8, 8);
        offer(assembler, 10, "a1");
        offer(assembler, 20, "a2");
        offer(assembler, 30, "a3");
        Predicate<String> first = "a1"::equals;
        assertThat(assembler.dropOldest("a", first)).contains("a2");
        assertThat(assembler.dropOldest("a", first)).contains("a3");
        assertThat(assembler.dropOldest("a", first)).contains("a1");
        assertThat(assembler.size()).isZero();
    }

    @Test
    void whatComesNextIsTheOrderOfTurns() {
        assertThat(threeStreams(9).upcoming(1)).containsExactly("a1", "b1", "c1", "a2", "c2");
        assertThat(threeStreams(4).upcoming(1)).containsExactly("a1", "b1", "c1", "a2");

        BatchAssembler<String> assembler = threeStreams(3);
        assertThat(assembler.upcoming(1)).containsExactly("a1", "b1", "c1");
        assertThat(assembler.upcoming(2)).containsExactly("a1", "b1", "c1", "a2", "c2");
        assertThat(assembler.waiting("a")).containsExactly("a1", "a2");
        assertThat(assembler.waiting("d")).isEmpty();
        assertThat(assembler.poll(0, item -> true)).contains(List.of("a1", "b1", "c1"));
        assertThat(assembler.upcoming(1)).containsExactly("a2", "c2");
    }

    @Test
    void onlyAFullBatchIsGivenToWhoeverAsksForOne() {
        BatchAssembler<String> assembler = assembler(3, 3);
        offer(assembler, 0, "a1", "b1");
        assertThat(assembler.pollFull(item -> true)).isEmpty();
        offer(assembler, 1, "a2", "a3");
        assertThat(assembler.pollFull(item -> !item.startsWith("a"))).isEmpty();
        assertThat(assembler.pollFull(item -> true)).contains(List.of("a1", "b1", "a2"));
        assertThat(assembler.waiting()).containsExactly("a3");
    }

    private static BatchAssembler<String> threeStreams(int maxBatch) {
        BatchAssembler<String> assembler = assembler(maxBatch, maxBatch);
        offer(assembler, 0, "a1", "a2", "b1", "c1", "c2");
        return assembler;
    }

    @Test
    void whatComesNextIsNoMoreThanABatchTakesOfAStream() {
        BatchAssembler<String> assembler = assembler(8, 2);
        offer(assembler, 0, "a1", "a2", "a3", "b1");
        assertThat(assembler.upcoming(1)).containsExactly("a1", "b1", "a2");
        assertThat(assembler.upcoming(2)).containsExactly("a1", "b1", "a2", "a3");
    }

    @Test
    void aBatchThatIsNotFullWaitsForWhatComesSoon() {
        BatchAssembler<String> assembler = assembler(8, 8);
        offer(assembler, 0, "a1");
        offer(assembler, 0, "b1");
        Set<String> decoding = new HashSet<>(Set.of("b1"));
        BatchAssembler.Admission<String> admission =
                new BatchAssembler.Admission<>() {
                    @Override
                    public boolean isReady(String item) {
                        return !decoding.contains(item);
                    }

                    @Override
                    public boolean comesSoon(String item) {
                        return decoding.contains(item);
                    }
                };
        assertThat(assembler.poll(LINGER, admission)).isEmpty();
        decoding.clear();
        assertThat(assembler.poll(LINGER, admission)).contains(List.of("a1", "b1"));
    }

    private static boolean isSpared(Object item) {
        return false;
    }

    @Test
    void aFloodingStreamDoesNotSlowTheOthersDown() {
        BatchAssembler<String> assembler =
                new BatchAssembler<>(new BatchPolicy(4, Duration.ofNanos(LINGER), 4, 1000));
        for (int i = 0; i < 1000; i++) {
            assembler.offer("flood", "flood" + i, 0);
        }
        for (int round = 0; round < 50; round++) {
            for (String stream : List.of("a", "b", "c")) {
                assembler.offer(stream, stream + round, round);
            }
            assertThat(assembler.poll(round, item -> true).orElseThrow())
                    .contains("a" + round, "b" + round, "c" + round)
                    .hasSize(4);
        }
    }

    @Test
    void everyOfManyStreamsIsServedOnceARound() {
        BatchAssembler<String> assembler = assembler(4, 4);
        for (int stream = 0; stream < 10; stream++) {
            for (int i = 0; i < 6; i++) {
                assembler.offer("s" + stream, "s" + stream, 0);
            }
        }
        List<String> served = new ArrayList<>();
        while (assembler.size() > 0) {
            served.addAll(assembler.flush(item -> true).orElseThrow());
        }
        for (int from = 0; from < served.size(); from += 10) {
            assertThat(served.subList(from, from + 10)).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappensNothingIsLostReorderedOverTheCapsOrLate(long seed) {
        Random random = new Random(seed);
        int maxBatch = random.nextInt(1, 9);
        int maxPerStream = random.nextInt(1, maxBatch + 1);
        BatchAssembler<Integer> assembler =
                new BatchAssembler<>(
                        new BatchPolicy(maxBatch, Duration.ofNanos(LINGER), maxPerStream, 5));
        Map<Integer, String> streamOf = new HashMap<>();
        Map<Integer, Long> offeredAt = new HashMap<>();
        Map<String, Integer> lastOut = new HashMap<>();
        Set<Integer> waiting = new HashSet<>();
        Set<Integer> undecoded = new HashSet<>();
        long now = seed;
        int next = 0;
        for (int step = 0; step < 5_000; step++) {
            now += random.nextInt(300);
            // item numbers grow, so a stream's items must leave in growing order
            String stream = "s" + Math.min(random.nextInt(12), random.nextInt(12));
            if (!assembler.hasRoom(stream)) {
                int dropped =
                        assembler.dropOldest(stream, BatchAssemblerTest::isSpared).orElseThrow();
                assertThat(waiting.remove(dropped)).isTrue();
                assertThat(dropped).isGreaterThan(lastOut.getOrDefault(stream, -1));
                lastOut.put(stream, dropped);
            }
            assembler.offer(stream, next, now);
            streamOf.put(next, stream);
            offeredAt.put(next, now);
            waiting.add(next);
            if (random.nextInt(3) == 0) {
                undecoded.add(next);
            }
            next++;
            undecoded.removeIf(item -> random.nextInt(4) == 0);
            BatchAssembler.Admission<Integer> ready = item -> !undecoded.contains(item);

            boolean flush = random.nextInt(10) == 0;
            Optional<List<Integer>> batch =
                    flush ? assembler.flush(ready) : assembler.poll(now, ready);
            if (batch.isPresent()) {
                long time = now;
                assertThat(batch.get()).isNotEmpty().hasSizeLessThanOrEqualTo(maxBatch);
                assertThat(batch.get()).allMatch(ready::isReady);
                assertThat(
                                flush
                                        || batch.get().size() == maxBatch
                                        || batch.get().stream()
                                                .anyMatch(i -> time - offeredAt.get(i) >= LINGER))
                        .isTrue();
                Map<String, Integer> ofStream = new HashMap<>();
                for (int item : batch.get()) {
                    assertThat(waiting.remove(item)).isTrue();
                    String from = streamOf.get(item);
                    assertThat(item).isGreaterThan(lastOut.getOrDefault(from, -1));
                    lastOut.put(from, item);
                    assertThat(ofStream.merge(from, 1, Integer::sum))
                            .isLessThanOrEqualTo(maxPerStream);
                }
            } else {
                assertThat(couldGo(waiting, streamOf, ready, maxPerStream))
                        .as("items that could go, but no batch")
                        .hasSizeLessThan(maxBatch);
                long time = now;
                assertThat(couldGo(waiting, streamOf, ready, maxPerStream))
                        .noneMatch(item -> flush || time - offeredAt.get(item) >= LINGER);
            }
            assertThat(assembler.size()).isEqualTo(waiting.size());
            OptionalLong oldest = waiting.stream().mapToLong(offeredAt::get).min();
            assertThat(assembler.deadlineNanos())
                    .isEqualTo(
                            oldest.isPresent()
                                    ? OptionalLong.of(oldest.getAsLong() + LINGER)
                                    : OptionalLong.empty());
        }
        while (assembler.size() > 0) {
            waiting.removeAll(assembler.flush(item -> true).orElseThrow());
        }
        assertThat(waiting).isEmpty();
    }

    /** The slow and plain way of saying which items a batch may take. */
    private static List<Integer> couldGo(
            Set<Integer> waiting,
            Map<Integer, String> streamOf,
            BatchAssembler.Admission<Integer> ready,
            int maxPerStream) {
        List<Integer> able = new ArrayList<>();
        Set<String> heldUp = new HashSet<>();
        Map<String, Integer> taken = new HashMap<>();
        for (int item : waiting.stream().sorted().toList()) {
            String stream = streamOf.get(item);
            if (!ready.isReady(item)) {
                heldUp.add(stream);
            }
            if (!heldUp.contains(stream) && taken.merge(stream, 1, Integer::sum) <= maxPerStream) {
                able.add(item);
            }
        }
        return able;
    }

    private static BatchAssembler<String> assembler(int maxBatch, int maxPerStream) {
        return new BatchAssembler<>(
                new BatchPolicy(maxBatch, Duration.ofNanos(LINGER), maxPerStream, 100));
    }

    /** The stream of an item is its first letter. */
    private static void offer(BatchAssembler<String> assembler, long nowNanos, String... items) {
        for (String item : items) {
            assembler.offer(item.substring(0, 1), item, nowNanos);
        }
    }
}
