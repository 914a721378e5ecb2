package impasto.tensorrt.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.tensorrt.PlanBuildException;
import impasto.tensorrt.plan.BuildListener.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCacheTest {

    @TempDir Path folder;

    private final AtomicInteger builds = new AtomicInteger();
    private PlanCache cache;

    @BeforeEach
    void open() {
        cache = new PlanCache(folder.resolve("plans"));
    }

    @Test
    void aPlanIsBuiltOnceAndThenFound() throws IOException {
        Path first = cache.plan(key("denoiser"), this::build, BuildListener.NONE);
        Path second = cache.plan(key("denoiser"), this::build, BuildListener.NONE);

        assertThat(first).isEqualTo(second).hasContent("plan");
        assertThat(builds).hasValue(1);
    }

    @Test
    void threadsThatAskAtOnceShareOneBuild() throws Exception {
        CountDownLatch everybody = new CountDownLatch(8);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Path>> plans = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                plans.add(
                        threads.submit(
                                () -> {
                                    everybody.countDown();
                                    everybody.await();
                                    return cache.plan(
                                            key("denoiser"), this::build, BuildListener.NONE);
                                }));
            }
            for (Future<Path> plan : plans) {
                assertThat(plan.get()).hasContent("plan");
            }
        } finally {
            threads.shutdown();
        }
        assertThat(builds).hasValue(1);
    }

    @Test
    void buildsOfDifferentPlansTakeTurns() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Path>> plans = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                PlanKey key = key("graph" + i);
                plans.add(
                        threads.submit(
                                () ->
                                        cache.plan(
                                                key,
                                                (plan, timings, expected, listener) -> {
                                                    most.accumulateAndGet(
                                                            running.incrementAndGet(), Math::max);
                                                    Thread.onSpinWait();
                                                    build(plan, timings, expected, listener);
                                                    running.decrementAndGet();
                                                },
                                                BuildListener.NONE)));
            }
            for (Future<Path> plan : plans) {
                plan.get();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(most).hasValue(1);
        assertThat(builds).hasValue(4);
    }

    @Test
    void aBuildThatFailsLeavesNothingAndTheNextOneSucceeds() throws IOException {
        assertThatThrownBy(
                        () ->
                                cache.plan(
                                        key("denoiser"),
                                        (plan, timings, expected, listener) -> {
                                            throw new PlanBuildException("node 3, Foo 'bar'");
                                        },
                                        BuildListener.NONE))
                .isInstanceOf(PlanBuildException.class);

        assertThat(cache.file(key("denoiser"))).doesNotExist();
        assertThat(cache.plan(key("denoiser"), this::build, BuildListener.NONE)).hasContent("plan");
    }

    @Test
    void partsOfAnInterruptedBuildAreDeleted() throws IOException {
        Path part = folder.resolve("plans").resolve(".denoiser.plan123.part");
        Files.createDirectories(part.getParent());
        Files.writeString(part, "half a pl");

        cache.plan(key("denoiser"), this::build, BuildListener.NONE);

        assertThat(part).doesNotExist();
    }

    @Test
    void theNextBuildOfTheGraphKnowsHowLongTheLastOneTook() throws IOException {
        cache.plan(
                key("denoiser"),
                (plan, timings, expected, listener) -> {
                    assertThat(expected).isEmpty();
                    build(plan, timings, expected, listener);
                },
                BuildListener.NONE);
        PlanKey newWeights = new PlanKey("denoiser", "other", "10.6.0", "GPU", "driver", OPTIONS);
        cache.plan(
                newWeights,
                (plan, timings, expected, listener) -> {
                    assertThat(expected).isPresent();
                    build(plan, timings, expected, listener);
                },
                BuildListener.NONE);
        assertThat(builds).hasValue(2);
    }

    @Test
    void progressIsAnEstimateByTimeThatNeverReachesTheEnd() {
        Optional<Duration> expected = Optional.of(Duration.ofSeconds(100));
        assertThat(progress(Step.OPTIMIZING, 50, expected).fraction()).contains(0.5);
        assertThat(progress(Step.OPTIMIZING, 300, expected).fraction()).contains(0.99);
        assertThat(progress(Step.OPTIMIZING, 50, Optional.empty()).fraction()).isEmpty();
        assertThat(progress(Step.DONE, 50, Optional.empty()).fraction()).contains(1.0);
    }

    private static BuildListener.Progress progress(
            Step step, int seconds, Optional<Duration> expected) {
        return new BuildListener.Progress(step, "", Duration.ofSeconds(seconds), expected);
    }

    private static final BuildOptions OPTIONS = BuildOptions.forBatchSizes(1);

    private static PlanKey key(String graph) {
        return new PlanKey(graph, "hash", "10.6.0", "GPU", "driver", OPTIONS);
    }

    private void build(Path plan, Path timings, Optional<Duration> expected, BuildListener listener)
            throws IOException {
        builds.incrementAndGet();
        assertThat(timings.getParent()).isEqualTo(plan.getParent());
        Files.writeString(plan, "plan");
    }
}
