package impasto.frame;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.consumer.RecordedEvent;

/**
 * A piece of work on a thread of a lane, for Java Flight Recorder; costs next to nothing while
 * nobody records. On a device, a graph's work ends before the graph does.
 */
@Name(LaneWork.NAME)
@Label("Lane work")
@Category("Impasto")
@Description("What a lane does for a frame or a batch")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // Flight Recorder reads the fields.
public final class LaneWork extends Event {

    /** The event's name in a recording. */
    public static final String NAME = "impasto.LaneWork";

    /** Longer strings have no value in the second recording of a process, in Java 17. */
    private static final int LONGEST = 16;

    @Label("Work")
    private final String work;

    @Label("Work, continued")
    private final String rest;

    private LaneWork(String work) {
        int end = Math.min(LONGEST, work.length());
        this.work = work.substring(0, end);
        this.rest = work.substring(end);
    }

    /**
     * Begins a piece of work; {@link #commit} ends it.
     *
     * @param work the graph's name, or {@code decode}, {@code flow} or {@code encode}
     */
    public static LaneWork of(String work) {
        LaneWork event = new LaneWork(work);
        event.begin();
        return event;
    }

    /** What {@link #of} was told, of an event in a recording. */
    public static String work(RecordedEvent event) {
        return event.getString("work") + event.getString("rest");
    }
}
