package impasto.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import impasto.broker.Topics;
import impasto.schemas.DeadLetter;
import impasto.schemas.Frame;
import impasto.schemas.PromptEvent;
import impasto.schemas.StylizedFrame;
import impasto.view.BrowserSession.State;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What hangs on the page: sorts records to streams and prompts, and tells every browser. Records
 * and ticks come from one thread; browsers come and go in others.
 */
final class Wall implements TopicTail.Listener {
    /** More cameras than this are not shown. */
    static final int MAX_STREAMS = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Wall.class);

    private final ViewerSettings settings;
    private final Codecs codecs;
    private final ObjectMapper json;
    private final PromptBoard prompts = new PromptBoard();
    private final Map<String, StreamView> streams = new LinkedHashMap<>();
    private final Map<Integer, PicturePair> latest = new ConcurrentHashMap<>();
    private final Map<State, String> states = new EnumMap<>(State.class);
    private final Set<BrowserSession> browsers = ConcurrentHashMap.newKeySet();
    private long framesDeadLettered;
    private long promptsDeadLettered;
    private long unreadable;
    private boolean moreStreams;
    private boolean promptsChanged;

    private record Hello(String type, String bundle, List<Button> examples) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Button(String name, String prompt, String thumbnail) {}

    private record Streams(String type, boolean more, List<Card> streams) {}

    private record Card(int index, String name, CardPrompt prompt) {}

    private record CardPrompt(String id, long version, String text) {}

    private record Prompts(String type, List<PromptBoard.Prompt> prompts) {}

    private record Statistics(
            String type,
            long framesDeadLettered,
            long promptsDeadLettered,
            long unreadable,
            List<StreamView.Numbers> streams) {}

    private record Refused(String type, String id, String target, String text, String error) {}

    private record Failed(String type, String error) {}

    Wall(ViewerSettings settings, Codecs codecs, ObjectMapper json) {
        this.settings = settings;
        this.codecs = codecs;
        this.json = json;
        publish(State.HELLO, new Hello("hello", settings.bundle(), buttons()));
        publishPrompts();
        publishStreams();
        publishStatistics();
    }

    private List<Button> buttons() {
        List<Example> examples = settings.examples();
        return IntStream.range(0, examples.size())
                .mapToObj(
                        index ->
                                new Button(
                                        examples.get(index).name(),
                                        examples.get(index).prompt(),
                                        examples.get(index).thumbnail() == null
                                                ? null
                                                : "examples/" + index))
                .toList();
    }

    /** The prompts that hold now; from any thread. */
    List<PromptBoard.Prompt> prompts() {
        return prompts.current();
    }

    /** JSON of a state as it is now; from any thread. */
    String state(State state) {
        synchronized (states) {
            return states.get(state);
        }
    }

    int browsers() {
        return browsers.size();
    }

    void join(BrowserSession browser) {
        browsers.add(browser);
        latest.values().forEach(browser::picture);
    }

    void leave(BrowserSession browser) {
        browsers.remove(browser);
    }

    @Override
    public void record(ConsumerRecord<byte[], byte[]> record) {
        String topic = record.topic();
        Topics topics = settings.topics();
        if (topic.equals(topics.prompts())) {
            prompt(record);
        } else if (record.value() == null) {
            unreadable++;
        } else if (topic.equals(topics.frames())) {
            frame(record);
        } else if (topic.equals(topics.stylizedFrames())) {
            stylizedFrame(record);
        } else {
            deadLetter(record);
        }
    }

    private void frame(ConsumerRecord<byte[], byte[]> record) {
        Frame frame = decode(codecs.frame(), record);
        StreamView stream = frame == null ? null : stream(frame.getStreamId());
        if (stream != null) {
            stream.input(frame.getSequence(), frame.getImage(), record.timestamp());
        }
    }

    private void stylizedFrame(ConsumerRecord<byte[], byte[]> record) {
        StylizedFrame frame = decode(codecs.stylizedFrame(), record);
        StreamView stream = frame == null ? null : stream(frame.getStreamId());
        if (stream == null) {
            return;
        }
        if (stream.account(frame)) {
            publishStreams();
        }
        stream.show(frame, record.timestamp());
    }

    private void prompt(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            if (record.key() != null) {
                prompts.clear(text(record.key()));
            }
        } else {
            PromptEvent event = decode(codecs.promptEvent(), record);
            if (event == null) {
                return;
            }
            prompts.put(event, record.offset());
        }
        promptsChanged = true;
    }

    private void deadLetter(ConsumerRecord<byte[], byte[]> record) {
        DeadLetter letter = decode(codecs.deadLetter(), record);
        if (letter == null) {
            return;
        }
        if (letter.getTopic().equals(settings.topics().prompts())) {
            refused(letter);
        } else {
            framesDeadLettered++;
            StreamView stream = letter.getStreamId() == null ? null : stream(letter.getStreamId());
            if (stream != null) {
                stream.deadLetter(letter.getError());
            }
        }
    }

    private void refused(DeadLetter letter) {
        promptsDeadLettered++;
        String id = "";
        if (letter.getKey() != null) {
            byte[] key = new byte[letter.getKey().remaining()];
            letter.getKey().duplicate().get(key);
            id = text(key);
        }
        prompts.refuse(id, letter.getOffset(), letter.getError());
        String target = "";
        for (PromptBoard.Prompt prompt : prompts.current()) {
            if (prompt.id().equals(id)) {
                target = prompt.target();
            }
        }
        String words = prompts.text(id, letter.getOffset());
        String notice = write(new Refused("refused", id, target, words, letter.getError()));
        promptsChanged = true;
        browsers.forEach(browser -> browser.notice(notice));
    }

    /** Null if the record cannot be read: it is counted and left to the job to judge. */
    private <T> T decode(Function<byte[], T> decoder, ConsumerRecord<byte[], byte[]> record) {
        try {
            return decoder.apply(record.value());
        } catch (RuntimeException notReadable) {
            unreadable++;
            LOG.debug(
                    "The page cannot read {}-{}@{}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    notReadable);
            return null;
        }
    }

    /** Null if there are too many. */
    private StreamView stream(String name) {
        StreamView known = streams.get(name);
        if (known != null) {
            return known;
        }
        if (streams.size() >= MAX_STREAMS) {
            if (!moreStreams) {
                moreStreams = true;
                publishStreams();
            }
            return null;
        }
        StreamView added = new StreamView(streams.size(), name, this::show);
        streams.put(name, added);
        publishStreams();
        return added;
    }

    private void show(PicturePair pair) {
        latest.put(pair.stream(), pair);
        browsers.forEach(browser -> browser.picture(pair));
    }

    /** A long history of prompts is told once, not prompt by prompt. */
    @Override
    public void caughtUp() {
        if (promptsChanged) {
            promptsChanged = false;
            publishPrompts();
            publishStreams();
        }
    }

    @Override
    public void tick() {
        publishStatistics();
    }

    @Override
    public void failed(RuntimeException failure) {
        LOG.error("The page cannot read from Kafka any more", failure);
        String notice =
                write(
                        new Failed(
                                "failed",
                                "Kafka cannot be read any more: " + failure.getMessage()));
        browsers.forEach(browser -> browser.notice(notice));
    }

    private void publishPrompts() {
        publish(State.PROMPTS, new Prompts("prompts", prompts.current()));
    }

    private void publishStreams() {
        List<Card> cards =
                streams.values().stream()
                        .map(
                                stream ->
                                        new Card(
                                                stream.index(),
                                                stream.name(),
                                                words(stream.prompt())))
                        .toList();
        publish(State.STREAMS, new Streams("streams", moreStreams, cards));
    }

    private CardPrompt words(StreamView.Used used) {
        return used == null
                ? null
                : new CardPrompt(
                        used.id(), used.version(), prompts.text(used.id(), used.version()));
    }

    private void publishStatistics() {
        publish(
                State.STATISTICS,
                new Statistics(
                        "statistics",
                        framesDeadLettered,
                        promptsDeadLettered,
                        unreadable,
                        streams.values().stream().map(StreamView::numbers).toList()));
    }

    private void publish(State state, Object message) {
        String text = write(message);
        synchronized (states) {
            states.put(state, text);
        }
        browsers.forEach(browser -> browser.changed(state));
    }

    private String write(Object message) {
        try {
            return json.writeValueAsString(message);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("Cannot write " + message, impossible);
        }
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
