package impasto.view;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.view.BrowserSession.State;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.eclipse.jetty.websocket.api.RemoteEndpoint;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WriteCallback;
import org.junit.jupiter.api.Test;

class BrowserSessionTest {
    private final List<String> written = new ArrayList<>();
    private final Deque<WriteCallback> writing = new ArrayDeque<>();
    private final BrowserSession browser = new BrowserSession(session(), State::name);

    @Test
    void stateComesBeforeNoticesAndNoticesBeforePictures() {
        browser.picture(pair(0, 1));
        browser.notice("notice");
        finishAll();

        assertThat(written)
                .containsExactly("HELLO", "PROMPTS", "STREAMS", "STATISTICS", "notice", "0#1");
    }

    @Test
    void aSlowBrowserSkipsToTheNewestPictureOfEachStream() {
        browser.notice("being written");
        for (int sequence = 0; sequence < 1000; sequence++) {
            browser.picture(pair(0, sequence));
            browser.picture(pair(1, sequence));
            browser.changed(State.STATISTICS);
        }
        finishAll();

        assertThat(written).filteredOn("STATISTICS"::equals).hasSize(1);
        assertThat(written)
                .filteredOn(text -> text.contains("#"))
                .containsExactly("0#999", "1#999");
    }

    @Test
    void noMorePicturesAreSentThanTheBrowserAnswers() {
        for (int sequence = 0; sequence < 10; sequence++) {
            browser.picture(pair(0, sequence));
            finishAll();
        }
        assertThat(written).filteredOn(text -> text.contains("#")).hasSize(BrowserSession.WINDOW);

        browser.shown(0);
        finishAll();
        assertThat(written).last().isEqualTo("0#9");
    }

    @Test
    void nothingIsWrittenAfterAFailure() {
        browser.notice("first");
        writing.remove().writeFailed(new IllegalStateException("gone"));
        browser.notice("second");

        assertThat(written).containsExactly("HELLO", "disconnected");
    }

    private void finishAll() {
        while (!writing.isEmpty()) {
            writing.remove().writeSuccess();
        }
    }

    private static PicturePair pair(int stream, long sequence) {
        return new PicturePair(stream, 1, sequence, 3, new byte[5], new byte[7]);
    }

    private Session session() {
        RemoteEndpoint remote =
                proxy(
                        RemoteEndpoint.class,
                        (method, arguments) -> {
                            if (arguments[0] instanceof ByteBuffer bytes) {
                                written.add(bytes.getShort(2) + "#" + bytes.getLong(4));
                            } else {
                                written.add(arguments[0].toString());
                            }
                            writing.add((WriteCallback) arguments[1]);
                            return null;
                        });
        return proxy(
                Session.class,
                (method, arguments) -> {
                    if (method.equals("disconnect")) {
                        written.add("disconnected");
                    }
                    return method.equals("getRemote") ? remote : null;
                });
    }

    private interface Answer {
        Object to(String method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, Answer answer) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }
}
