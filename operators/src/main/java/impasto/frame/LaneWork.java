package impasto.frame;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A piece of work on a thread of a lane, for Java Flight Recorder; costs next to nothing while
 * nobody records. On a device, a graph's work ends before the graph does.
 */
@Name(LaneWork.NAME)
@Label("Lane work")
@Category("Impasto")
@Description("What a lane does for a frame or a batch")
@StackTrace(false)
public final class LaneWork extends Event {

    /** The event's name in a recording. */
    public static final String NAME = "impasto.LaneWork";

    @Label("Work")
    private final String work;

    private LaneWork(String work) {
        this.work = work;
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

    /** As in {@link #of}. */
    public String work() {
        return work;
    }
}
