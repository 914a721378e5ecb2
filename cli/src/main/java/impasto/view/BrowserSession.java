package impasto.view;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WriteCallback;

/**
 * One browser, served at its own pace: one message is being written at a time, state is read when
 * its turn comes, and of each stream only the newest pair of pictures waits. The browser says which
 * pictures it has shown; more than {@link #WINDOW} unanswered ones of a stream are not sent, since
 * a browser would queue them without bound.
 */
final class BrowserSession {
    static final int WINDOW = 3;
    private static final int MAX_NOTICES = 50;

    private final Session session;
    private final Function<State, String> states;
    private final Set<State> changed = EnumSet.allOf(State.class);
    private final Deque<String> notices = new ArrayDeque<>();
    private final Map<Integer, PicturePair> pictures = new LinkedHashMap<>();
    private final Map<Integer, Integer> unanswered = new HashMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean writing;

    /** Parts of the page of which only the latest matters. */
    enum State {
        HELLO,
        PROMPTS,
        STREAMS,
        STATISTICS
    }

    /**
     * @param states gives the JSON of a state as it is now
     */
    BrowserSession(Session session, Function<State, String> states) {
        this.session = session;
        this.states = states;
    }

    void changed(State state) {
        synchronized (this) {
            changed.add(state);
        }
        write();
    }

    /** Something that is said once. Of too many, the oldest are forgotten. */
    void notice(String json) {
        synchronized (this) {
            notices.addLast(json);
            if (notices.size() > MAX_NOTICES) {
                notices.removeFirst();
            }
        }
        write();
    }

    void picture(PicturePair pair) {
        synchronized (this) {
            pictures.put(pair.stream(), pair);
        }
        write();
    }

    /** The browser has shown one more pair of this stream. */
    void shown(int stream) {
        synchronized (this) {
            unanswered.computeIfPresent(stream, (key, count) -> count <= 1 ? null : count - 1);
        }
        write();
    }

    /** Sends what there is, in one thread at a time; a write that ends at once does not recurse. */
    private void write() {
        if (calls.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            while (!writing && writeNext()) {}
            seen = calls.addAndGet(-seen);
        } while (seen != 0);
    }

    private boolean writeNext() {
        String text;
        ByteBuffer bytes;
        synchronized (this) {
            text = nextText();
            bytes = text == null ? nextPicture() : null;
        }
        if (text == null && bytes == null) {
            return false;
        }
        writing = true;
        WriteCallback written =
                new WriteCallback() {
                    @Override
                    public void writeSuccess() {
                        writing = false;
                        write();
                    }

                    @Override
                    public void writeFailed(Throwable gone) {
                        // stays "writing", so that nothing more is tried
                        session.disconnect();
                    }
                };
        if (text != null) {
            session.getRemote().sendString(text, written);
        } else {
            session.getRemote().sendBytes(bytes, written);
        }
        return true;
    }

    private String nextText() {
        if (!changed.isEmpty()) {
            State state = changed.iterator().next();
            changed.remove(state);
            return states.apply(state);
        }
        return notices.pollFirst();
    }

    private ByteBuffer nextPicture() {
        Iterator<PicturePair> waiting = pictures.values().iterator();
        while (waiting.hasNext()) {
            PicturePair pair = waiting.next();
            if (unanswered.getOrDefault(pair.stream(), 0) < WINDOW) {
                waiting.remove();
                unanswered.merge(pair.stream(), 1, Integer::sum);
                return pair.message();
            }
        }
        return null;
    }
}
