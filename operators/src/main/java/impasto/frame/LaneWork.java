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

    /**
     * Longer strings go into Flight Recorder's pool, from which later recordings of a process read
     * null.
     */
    private static final int UNPOOLED = 16;

    /** The event's name in a recording. */
    public static final String NAME = "impasto.LaneWork";

    @Label("Work")
    private final String work;

    private LaneWork(String work) {
        this.work = recorded(work);
    }

    /** What a recording says of a piece of work: the name, or the beginning of a longer one. */
    public static String recorded(String work) {
        return work.length() > UNPOOLED ? work.substring(0, UNPOOLED) : work;
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

    /** As in a recording. */
    public String work() {
        return work;
    }
}
