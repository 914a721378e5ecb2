package impasto.bench;

import impasto.frame.LaneWork;
import impasto.model.EngineOptions;
import impasto.tensorrt.engine.RunTimeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Records what the lanes do: on the host by Java Flight Recorder; graphs on a GPU by CUDA events on
 * the streams on which they run.
 */
final class TimelineRecorder implements AutoCloseable {

    private static final String THREADS = "impasto-";

    private final Recording recording = new Recording();
    private final RunTimeline device;
    private final Instant start;

    /**
     * Begins to record.
     *
     * @param engine DJL's name of the engine that runs the graphs
     */
    TimelineRecorder(String engine) {
        recording.enable(LaneWork.NAME).withoutStackTrace();
        recording.start();
        device = engine.equals(EngineOptions.TENSORRT) ? RunTimeline.open(0) : null;
        start = device == null ? Instant.now() : device.origin();
    }

    /** Whose times graphs have. */
    String clock() {
        return device == null ? "host" : "CUDA events on each stream";
    }

    /** Ends the recording. */
    List<Timeline.Span> stop() throws IOException {
        List<Timeline.Span> spans = new ArrayList<>();
        if (device != null) {
            for (RunTimeline.Run run : device.runs()) {
                spans.add(
                        new Timeline.Span(
                                run.stream(), run.model(), -1, run.startMillis(), run.endMillis()));
            }
        }
        recording.stop();
        Path file = Files.createTempFile("impasto-timeline", ".jfr");
        try {
            recording.dump(file);
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                if (event.getEventType().getName().equals(LaneWork.NAME)) {
                    add(event, spans);
                }
            }
        } finally {
            Files.deleteIfExists(file);
        }
        return spans;
    }

    private void add(RecordedEvent event, List<Timeline.Span> spans) {
        String thread = event.getThread().getJavaName();
        if (!thread.startsWith(THREADS)) {
            return;
        }
        String lane = thread.substring(THREADS.length()).replace("-lane", "");
        boolean graph = lane.equals(Timeline.SIDE) || lane.equals(Timeline.MAIN);
        if (graph && device != null) {
            // The host only enqueues it.
            return;
        }
        spans.add(
                new Timeline.Span(
                        lane,
                        LaneWork.work(event),
                        -1,
                        millis(event.getStartTime()),
                        millis(event.getEndTime())));
    }

    private double millis(Instant time) {
        return Duration.between(start, time).toNanos() / 1e6;
    }

    @Override
    public void close() {
        recording.close();
        if (device != null) {
            device.close();
        }
    }
}
