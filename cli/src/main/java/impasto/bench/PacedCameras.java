package impasto.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Publishes the frames of streams at a fixed rate, on a thread of its own. */
final class PacedCameras implements AutoCloseable {

    private final JobBenchmark job;
    private final int streams;
    private final double framesPerSecond;
    private final Listener listener;
    private volatile long count;
    private volatile boolean stopped;
    private Thread thread;

    /** Told when the broker has a frame, by its clock. */
    interface Listener {
        void appended(int stream, long sequence, long millis);
    }

    /**
     * @param job stays the caller's
     * @param framesPerSecond of each stream
     */
    PacedCameras(JobBenchmark job, int streams, double framesPerSecond, Listener listener) {
        this.job = job;
        this.streams = streams;
        this.framesPerSecond = framesPerSecond;
        this.listener = listener;
    }

    /** Begins to publish so many frames, the streams in turn, evenly spaced. */
    void start(long frames) {
        count = frames;
        thread = new Thread(this::publish, "cameras");
        thread.setDaemon(true);
        thread.start();
    }

    /** Publishes so many frames in all, and not as many as was said at the start. */
    void stopAfter(long frames) {
        count = frames;
    }

    private void publish() {
        double nanosBetween = TimeUnit.SECONDS.toNanos(1) / (framesPerSecond * streams);
        long start = System.nanoTime();
        for (long i = 0; i < count && !stopped; i++) {
            long due = start + (long) (i * nanosBetween);
            for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            int stream = (int) (i % streams);
            job.send(
                    stream,
                    i / streams,
                    (sequence, millis) -> listener.appended(stream, sequence, millis));
        }
    }

    /** Publishes no more. */
    @Override
    public void close() throws InterruptedException {
        stopped = true;
        if (thread != null) {
            thread.join();
        }
    }
}
