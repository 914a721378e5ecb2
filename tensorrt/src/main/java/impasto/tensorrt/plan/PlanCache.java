package impasto.tensorrt.plan;

import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.plan.BuildListener.Progress;
import impasto.tensorrt.plan.BuildListener.Step;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of plans, each under its {@link PlanKey}, built when they are first asked for. Safe for
 * any number of threads and processes: one builds, the others wait and use the result. Builds take
 * turns, whatever they build, because they measure kernels and would disturb one another.
 *
 * <p>Nothing is ever deleted: a plan of an old driver stays until somebody removes it.
 */
public final class PlanCache {

    /** Names the folder, for processes that are given no option. */
    public static final String FOLDER_PROPERTY = "impasto.tensorrt.plans";

    /** The same, as an environment variable. */
    public static final String FOLDER_VARIABLE = "IMPASTO_TENSORRT_PLANS";

    private static final Logger LOG = LoggerFactory.getLogger(PlanCache.class);
    private static final String LOCK = "build.lock";
    private static final String BUILD_TIMES = "build-times.properties";

    /** A file lock keeps other processes out, and fails within the process that holds it. */
    private static final ReentrantLock IN_THIS_PROCESS = new ReentrantLock(true);

    private final Path folder;

    /**
     * @param folder made when it is needed
     */
    public PlanCache(Path folder) {
        this.folder = folder;
    }

    /**
     * The folder of the property, or of the environment variable, or {@code impasto/plans} in the
     * user's cache folder.
     */
    public static Path defaultFolder() {
        String named = System.getProperty(FOLDER_PROPERTY, System.getenv(FOLDER_VARIABLE));
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        String caches = System.getenv("XDG_CACHE_HOME");
        Path user =
                caches == null || caches.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(caches);
        return user.resolve("impasto").resolve("plans");
    }

    /** Makes a plan. {@link PlanBuilder} is the real one. */
    @FunctionalInterface
    public interface Builder {
        /**
         * @param plan to be written whole or not at all
         * @param timingCache to be read if it is there, and written
         * @param expected the time that the last such build took
         */
        void build(Path plan, Path timingCache, Optional<Duration> expected, BuildListener listener)
                throws IOException;
    }

    /**
     * The plan of a graph, built now if it is not there, which takes seconds to minutes.
     *
     * @param known SHA-256 in hex of files of the graph that have been read already
     * @throws impasto.tensorrt.PlanBuildException if TensorRT refuses the graph
     * @throws IOException if a file cannot be read or written
     */
    public Path plan(
            Path onnx,
            CudaDevice device,
            BuildOptions options,
            Map<Path, String> known,
            BuildListener listener)
            throws IOException {
        return plan(
                PlanKey.of(onnx, device, options, known),
                (plan, timingCache, expected, progress) ->
                        new PlanBuilder(device)
                                .build(onnx, options, plan, timingCache, expected, progress),
                listener);
    }

    /** Where the plan of a key is, or will be. */
    public Path file(PlanKey key) {
        return folder.resolve(key.fileName());
    }

    /** The plan of a key, made by the builder if it is not there. */
    public Path plan(PlanKey key, Builder builder, BuildListener listener) throws IOException {
        Path plan = file(key);
        if (Files.exists(plan)) {
            return plan;
        }
        Files.createDirectories(folder);
        if (!IN_THIS_PROCESS.tryLock()) {
            listener.progress(waiting());
            IN_THIS_PROCESS.lock();
        }
        try (FileChannel channel =
                        FileChannel.open(
                                folder.resolve(LOCK),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock lock = lock(channel, listener)) {
            if (!Files.exists(plan)) {
                deleteRemains();
                build(key, plan, builder, listener);
            }
            return plan;
        } finally {
            IN_THIS_PROCESS.unlock();
        }
    }

    private static FileLock lock(FileChannel channel, BuildListener listener) throws IOException {
        FileLock lock = channel.tryLock();
        if (lock == null) {
            listener.progress(waiting());
            lock = channel.lock();
        }
        return lock;
    }

    private static Progress waiting() {
        return new Progress(Step.WAITING, "another build", Duration.ZERO, Optional.empty());
    }

    private void build(PlanKey key, Path plan, Builder builder, BuildListener listener)
            throws IOException {
        Properties times = buildTimes();
        String last = times.getProperty(key.buildTimeName());
        Optional<Duration> expected =
                Optional.ofNullable(last).map(millis -> Duration.ofMillis(Long.parseLong(millis)));
        LOG.info(
                "Building a plan of {} for {}{}",
                key.graph(),
                key.gpu(),
                expected.map(e -> ", which took " + e.toSeconds() + " s the last time").orElse(""));
        long start = System.nanoTime();
        builder.build(plan, folder.resolve(key.timingCacheFileName()), expected, listener);
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        if (!Files.exists(plan)) {
            throw new IOException("the builder has not written " + plan);
        }
        LOG.info("Built {} in {} s", plan, millis / 1000);
        times.setProperty(key.buildTimeName(), Long.toString(millis));
        writeBuildTimes(times);
    }

    /** Parts that a build left behind whose process died; whoever holds the lock may. */
    private void deleteRemains() throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, ".*.part")) {
            for (Path part : parts) {
                LOG.info("Deleting {}, left by a build that was interrupted", part);
                Files.deleteIfExists(part);
            }
        }
    }

    private Properties buildTimes() throws IOException {
        Properties times = new Properties();
        Path file = folder.resolve(BUILD_TIMES);
        if (Files.exists(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                times.load(in);
            }
        }
        return times;
    }

    private void writeBuildTimes(Properties times) throws IOException {
        Path part = folder.resolve("." + BUILD_TIMES + ".part");
        try (OutputStream out = Files.newOutputStream(part)) {
            times.store(out, "Milliseconds that the last build of each graph took");
        }
        Files.move(part, folder.resolve(BUILD_TIMES), StandardCopyOption.ATOMIC_MOVE);
    }
}
