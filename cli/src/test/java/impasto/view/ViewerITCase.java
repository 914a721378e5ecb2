package impasto.view;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import impasto.broker.EmbeddedBroker;
import impasto.broker.Topics;
import impasto.schemas.DeadLetter;
import impasto.schemas.DeadLetterReason;
import impasto.schemas.Frame;
import impasto.schemas.ImageEncoding;
import impasto.schemas.Outcome;
import impasto.schemas.PromptEvent;
import impasto.schemas.StageLatencies;
import impasto.schemas.StylizedFrame;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page in a real browser on a real broker; the test plays cameras and job. */
class ViewerITCase {
    private static final Color SEA = new Color(20, 60, 200);
    private static final Color OCHRE = new Color(210, 140, 30);
    private static final Color MOSS = new Color(60, 150, 60);
    private static final TopicPartition PROMPTS = new TopicPartition("prompts", 0);

    private static Browser browser;
    private static EmbeddedBroker broker;
    private static KafkaProducer<byte[], byte[]> producer;
    private static KafkaConsumer<byte[], byte[]> prompts;

    private Viewer viewer;
    private URI address;
    private Page page;

    /** Not before all: a test that is skipped is counted, a class is not. */
    private static void startBrowserAndBroker() throws Exception {
        if (browser != null) {
            return;
        }
        browser = Browser.startOrSkip();
        broker = EmbeddedBroker.start();
        create(Topics.DEFAULT);
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrapServers());
        producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        prompts =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        prompts.assign(List.of(PROMPTS));
    }

    @AfterAll
    static void stopBrowserAndBroker() {
        if (browser != null) {
            browser.close();
        }
        if (broker != null) {
            producer.close();
            prompts.close();
            broker.close();
        }
    }

    @BeforeEach
    void openPage() throws Exception {
        startBrowserAndBroker();
        prompts.seekToEnd(List.of(PROMPTS));
        prompts.position(PROMPTS);
        ViewerSettings settings =
                ViewerSettings.local(
                        broker.bootstrapServers(),
                        "nano 2026.11",
                        List.of(
                                new Example("Oil", "oil painting, vibrant colours", picture(OCHRE)),
                                Example.of("Ink", "ink drawing")));
        viewer = new Viewer(settings, codecs());
        address = viewer.start();
        page = browser.open(address, 1400, 900);
        assertThat(page.locator("#live")).hasText("Live");
    }

    @AfterEach
    void closePage() {
        if (page != null) {
            page.context().close();
        }
        if (viewer != null) {
            viewer.close();
        }
    }

    @Test
    void showsWhatItWaitsForUntilTheFirstFrame() {
        assertThat(page.getByText("Waiting for the first frame…")).isVisible();
        assertThat(page.locator("#bundle")).hasText("model nano 2026.11");

        frame("early", 1, SEA);

        assertThat(page.getByText("Waiting for the first frame…")).isHidden();
        assertThat(card("early").getByText("Waiting for the job…")).isVisible();
        awaitColour(canvas("early", "in"), SEA);
    }

    @Test
    void showsInputAndOutputOfTheSameFrameSideBySide() {
        frame("pair", 1, SEA);
        frame("pair", 2, MOSS);
        stylized("pair", 1, OCHRE, "p", 7);

        awaitColour(canvas("pair", "out"), OCHRE);
        awaitColour(canvas("pair", "in"), SEA);
        assertThat(card("pair")).hasAttribute("data-sequence", "1");
        assertThat(card("pair").locator(".outcome")).hasText("restyled");
    }

    @Test
    void aNewPromptReplacesThePictureAndItsVersionOnTheCard() {
        type("watercolour on paper");
        ConsumerRecord<byte[], byte[]> first = nextPrompt();
        frame("hall", 1, SEA);
        stylized("hall", 1, OCHRE, "page:*", first.offset());
        assertThat(card("hall").locator(".version")).hasText("v" + first.offset());
        assertThat(card("hall").locator(".quote")).hasText("“watercolour on paper”");
        awaitColour(canvas("hall", "out"), OCHRE);

        type("woodcut");
        ConsumerRecord<byte[], byte[]> second = nextPrompt();
        assertThat(second.key()).isEqualTo(first.key());
        frame("hall", 2, SEA);
        stylized("hall", 2, MOSS, "page:*", second.offset());

        assertThat(card("hall").locator(".version")).hasText("v" + second.offset());
        assertThat(card("hall").locator(".version")).hasClass("version changed");
        assertThat(card("hall").locator(".quote")).hasText("“woodcut”");
        awaitColour(canvas("hall", "out"), MOSS);
    }

    @Test
    void typingPublishesAPromptForTheChosenStream() {
        frame("door", 1, SEA);
        assertThat(card("door")).isVisible();
        page.getByLabel("Streams").selectOption("door");
        page.getByLabel("Seed").fill("-12");

        type("  charcoal sketch ");

        ConsumerRecord<byte[], byte[]> record = nextPrompt();
        PromptEvent event = decoder(PromptEvent.class).apply(record.value());
        assertThat(new String(record.key(), UTF_8)).isEqualTo("page:door");
        assertThat(event.getPromptId()).isEqualTo("page:door");
        assertThat(event.getTarget()).isEqualTo("door");
        assertThat(event.getText()).isEqualTo("charcoal sketch");
        assertThat(event.getSeed()).isEqualTo(-12);
        assertThat(event.getStrength()).isEqualTo(1f);
        assertThat(event.getReferenceImage()).isNull();
        assertThat(page.getByText("Prompt v" + record.offset() + " sent to door")).isVisible();
    }

    @Test
    void aPatternIsATargetToo() {
        page.getByLabel("Streams").selectOption("Pattern…");
        page.getByLabel("Pattern of stream names").fill("hall-*");

        type("mosaic");

        PromptEvent event = decoder(PromptEvent.class).apply(nextPrompt().value());
        assertThat(event.getTarget()).isEqualTo("hall-*");
        assertThat(event.getPromptId()).isEqualTo("page:hall-*");
        assertThat(event.getSeed()).isNull();
    }

    @Test
    void theButtonOfAnExampleSendsItsPrompt() {
        Locator thumbnail = page.locator(".example img");
        assertThat(thumbnail).hasCount(1);
        assertThat(thumbnail).hasJSProperty("naturalWidth", 64);

        button("Oil").click();

        PromptEvent event = decoder(PromptEvent.class).apply(nextPrompt().value());
        assertThat(event.getTarget()).isEqualTo("*");
        assertThat(event.getText()).isEqualTo("oil painting, vibrant colours");
        assertThat(button("Oil")).hasAttribute("aria-pressed", "true");
        assertThat(button("Ink")).hasAttribute("aria-pressed", "false");
    }

    @Test
    void clearPublishesATombstoneForEveryPromptOnTheTarget() {
        send("prompts", "cli:all", prompt("cli:all", "*", "set by another program"));
        type("set by the page");
        assertThat(page.locator("#active")).containsText("set by another program");
        assertThat(page.locator("#active")).containsText("set by the page");
        assertThat(nextPrompt().value()).isNotNull();
        assertThat(nextPrompt().value()).isNotNull();

        button("Clear").click();

        List<String> cleared = new ArrayList<>();
        while (!cleared.containsAll(List.of("cli:all", "page:*"))) {
            ConsumerRecord<byte[], byte[]> record = nextPrompt();
            assertThat(record.value()).isNull();
            cleared.add(new String(record.key(), UTF_8));
        }
        assertThat(page.getByText("Prompt cleared")).isVisible();
        assertThat(page.locator("#active")).not().containsText("set by");
        assertThat(button("Clear")).isDisabled();
    }

    @Test
    void aPromptForAllStreamsEndsThoseThatThePageSetOnSome() {
        send("prompts", "cli:hall", prompt("cli:hall", "hall", "set by another program"));
        send("prompts", "page:door", prompt("page:door", "door", "set by the page"));
        assertThat(page.locator("#active")).containsText("set by another program");
        assertThat(page.locator("#active")).containsText("set by the page");
        assertThat(nextPrompt().value()).isNotNull();
        assertThat(nextPrompt().value()).isNotNull();

        type("woodcut everywhere");

        ConsumerRecord<byte[], byte[]> all = nextPrompt();
        assertThat(new String(all.key(), UTF_8)).isEqualTo("page:*");
        assertThat(all.value()).isNotNull();
        ConsumerRecord<byte[], byte[]> ended = nextPrompt();
        assertThat(new String(ended.key(), UTF_8)).isEqualTo("page:door");
        assertThat(ended.value()).isNull();
        assertThat(page.locator("#active")).not().containsText("set by the page");
        assertThat(page.locator("#active")).containsText("set by another program");
        assertThat(page.locator("#active")).containsText("woodcut everywhere");
        assertThat(page.getByText("Prompt v" + all.offset() + " sent to all streams")).isVisible();
    }

    @Test
    void aRefusedPromptShowsTheReason() {
        type("something the job refuses");
        ConsumerRecord<byte[], byte[]> event = nextPrompt();

        send("dead-letters", "page:*", deadLetter("prompts", event.offset(), null, "Too long."));

        assertThat(page.getByRole(AriaRole.ALERT))
                .containsText("Prompt refused (“something the job refuses”): Too long.");
        assertThat(page.locator("#active .refused")).containsText("something the job refuses");
    }

    @Test
    void whatThePageCannotAcceptIsSaidInWords() {
        page.getByLabel("Streams").selectOption("Pattern…");
        type("mosaic");

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Choose the streams");
    }

    @Test
    void countsDroppedAndDeadLetteredFrames() {
        frame("busy", 1, SEA);
        frame("busy", 2, SEA);
        StylizedFrame dropped = output("busy", 1, null, null, null, Outcome.DROPPED);
        dropped.setReason("queue full");
        send("stylized-frames", "busy", encode(dropped));
        send("dead-letters", "busy", deadLetter("frames", 2, "busy", "not a JPEG"));

        assertThat(card("busy").locator(".dropped dd")).hasText("1");
        assertThat(card("busy").locator(".aside dd")).hasText("1");
        assertThat(card("busy").locator(".outcome")).hasText("dropping frames");
        assertThat(card("busy").locator(".outcome")).hasAttribute("title", "queue full");
        assertThat(page.locator("#dead")).hasText("1 frame set aside");
    }

    @Test
    void showsFramesThatPassedThroughWithoutAPrompt() {
        frame("plain", 1, SEA);
        send(
                "stylized-frames",
                "plain",
                encode(output("plain", 1, SEA, null, null, Outcome.PASSED_THROUGH)));

        awaitColour(canvas("plain", "out"), SEA);
        assertThat(card("plain").locator(".outcome")).hasText("passed through");
        assertThat(card("plain").locator(".prompt")).hasText("no prompt");
    }

    @Test
    void measuresRateAndLatency() throws InterruptedException {
        for (int sequence = 0; sequence < 20; sequence++) {
            frame("rate", sequence, SEA);
            Thread.sleep(50);
            stylized("rate", sequence, OCHRE, "p", 1);
        }

        assertThat(card("rate").locator(".latency")).hasText(Pattern.compile("\\d+ / \\d+ ms"));
        assertThat(card("rate").locator(".fps")).not().hasText("–");
    }

    @Test
    void namesAndPromptsAreNeverTakenForHtml() {
        String hostile = "<img src=x onerror=\"document.title='owned'\">";
        type(hostile);
        long version = nextPrompt().offset();
        frame(hostile, 1, SEA);
        stylized(hostile, 1, OCHRE, "page:*", version);

        assertThat(page.locator(".card .name")).hasText(hostile);
        assertThat(page.locator(".card .quote")).hasText("“" + hostile + "”");
        assertThat(page.locator("main img, #active img, #toasts img")).hasCount(0);
        assertThat(page).hasTitle("Impasto");
    }

    @Test
    void streamsHangInTheOrderOfTheirNames() {
        for (String stream : List.of("gate-10", "gate-2", "gate-1")) {
            frame(stream, 1, SEA);
            assertThat(card(stream)).isVisible();
        }

        assertThat(page.locator(".card .name"))
                .hasText(new String[] {"gate-1", "gate-2", "gate-10"});
        assertThat(page.locator("#target option"))
                .hasText(new String[] {"All streams", "gate-1", "gate-2", "gate-10", "Pattern…"});
    }

    @Test
    void recordsThatCannotBeReadDoNoHarm() {
        send("frames", "bad", new byte[] {1, 2, 3});
        send("stylized-frames", "bad", null);
        frame("good", 1, SEA);

        awaitColour(canvas("good", "in"), SEA);
    }

    @Test
    void comesBackWhenTheServerWasAway() {
        frame("again", 1, SEA);
        assertThat(card("again")).isVisible();
        viewer.close();
        assertThat(page.locator("#live")).hasText("Reconnecting…");
        assertThat(button("Restyle")).isDisabled();

        ViewerSettings samePort =
                new ViewerSettings(
                        broker.bootstrapServers(),
                        Topics.DEFAULT,
                        ViewerSettings.LOOPBACK,
                        address.getPort(),
                        "another",
                        List.of());
        try (Viewer second = new Viewer(samePort, codecs())) {
            second.start();
            assertThat(page.locator("#live")).hasText("Live");
            assertThat(page.locator("#bundle")).hasText("model another");
        }
    }

    @Test
    void topicsThatAppearLaterAreReadWhole() throws Exception {
        viewer.close();
        Topics later = new Topics("later-frames", "later-prompts", "later-stylized", "later-dead");
        ViewerSettings settings =
                new ViewerSettings(
                        broker.bootstrapServers(),
                        later,
                        ViewerSettings.LOOPBACK,
                        address.getPort(),
                        "late",
                        List.of());
        try (Viewer second = new Viewer(settings, codecs())) {
            second.start();
            assertThat(page.locator("#bundle")).hasText("model late");
            create(later);
            send("later-frames", "late", encode(cameraFrame("late", 1, SEA)));

            awaitColour(canvas("late", "in"), SEA);
        }
    }

    @Test
    void aBrokerThatIsNotThereIsNamed() {
        ViewerSettings nowhere = ViewerSettings.local("127.0.0.1:1", "nano", List.of());
        try (Viewer second = new Viewer(nowhere, codecs())) {
            assertThatThrownBy(second::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Kafka at 127.0.0.1:1");
        }
    }

    @Test
    void otherSitesAreKeptOut() throws IOException {
        assertThat(handshake("127.0.0.1:" + address.getPort(), address.toString()))
                .startsWith("HTTP/1.1 101");
        assertThat(handshake("127.0.0.1:" + address.getPort(), "http://evil.example"))
                .startsWith("HTTP/1.1 403");
        assertThat(handshake("evil.example", "http://evil.example")).startsWith("HTTP/1.1 403");
    }

    @Test
    void aPortInUseIsNamed() {
        ViewerSettings taken =
                new ViewerSettings(
                        broker.bootstrapServers(),
                        Topics.DEFAULT,
                        ViewerSettings.LOOPBACK,
                        address.getPort(),
                        "nano",
                        List.of());
        try (Viewer second = new Viewer(taken, codecs())) {
            assertThatThrownBy(second::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("port " + address.getPort());
        }
    }

    // --- the page ---

    private Locator card(String stream) {
        return page.locator(".card[data-stream='" + stream + "']");
    }

    private Locator canvas(String stream, String side) {
        return card(stream).locator("." + side + " canvas");
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private void type(String prompt) {
        Locator text =
                page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Prompt"));
        text.fill(prompt);
        text.press("Enter");
    }

    /** Waits until the middle of a canvas has a colour, give or take what JPEG does to it. */
    private void awaitColour(Locator canvas, Color colour) {
        page.waitForFunction(
                "([canvas, r, g, b]) => { const p = canvas.getContext('2d')"
                        + ".getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;"
                        + " return Math.abs(p[0] - r) + Math.abs(p[1] - g) + Math.abs(p[2] - b) < 24; }",
                List.of(
                        canvas.elementHandle(),
                        colour.getRed(),
                        colour.getGreen(),
                        colour.getBlue()));
    }

    private String handshake(String host, String origin) throws IOException {
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(5000);
            String request =
                    String.join(
                            "\r\n",
                            "GET /live HTTP/1.1",
                            "Host: " + host,
                            "Origin: " + origin,
                            "Upgrade: websocket",
                            "Connection: Upgrade",
                            "Sec-WebSocket-Version: 13",
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                            "",
                            "");
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readNBytes(12), UTF_8);
        }
    }

    // --- cameras, job and topics ---

    private static void create(Topics topics) {
        try (Admin admin = broker.admin()) {
            topics.create(admin, Topics.Layout.local(2));
        }
    }

    private static void frame(String stream, long sequence, Color colour) {
        send("frames", stream, encode(cameraFrame(stream, sequence, colour)));
    }

    private static Frame cameraFrame(String stream, long sequence, Color colour) {
        return Frame.newBuilder()
                .setStreamId(stream)
                .setSequence(sequence)
                .setCaptureTimeMicros(Instant.EPOCH)
                .setEncoding(ImageEncoding.JPEG)
                .setImage(ByteBuffer.wrap(picture(colour)))
                .build();
    }

    private static void stylized(
            String stream, long sequence, Color colour, String promptId, long version) {
        StylizedFrame frame = output(stream, sequence, colour, promptId, version, Outcome.STYLIZED);
        send("stylized-frames", stream, encode(frame));
    }

    private static StylizedFrame output(
            String stream,
            long sequence,
            Color colour,
            String promptId,
            Long version,
            Outcome outcome) {
        return StylizedFrame.newBuilder()
                .setStreamId(stream)
                .setSequence(sequence)
                .setCaptureTimeMicros(Instant.EPOCH)
                .setOutcome(outcome)
                .setEncoding(ImageEncoding.JPEG)
                .setImage(colour == null ? null : ByteBuffer.wrap(picture(colour)))
                .setPromptId(promptId)
                .setPromptVersion(version)
                .setLatencies(StageLatencies.newBuilder().build())
                .build();
    }

    private static byte[] prompt(String id, String target, String text) {
        return encode(
                PromptEvent.newBuilder().setPromptId(id).setTarget(target).setText(text).build());
    }

    private static byte[] deadLetter(String topic, long offset, String stream, String error) {
        return encode(
                DeadLetter.newBuilder()
                        .setTopic(topic)
                        .setPartition(0)
                        .setOffset(offset)
                        .setKey(ByteBuffer.wrap("page:*".getBytes(UTF_8)))
                        .setStreamId(stream)
                        .setReason(DeadLetterReason.INVALID_PROMPT)
                        .setError(error)
                        .build());
    }

    private static byte[] picture(Color colour) {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(colour);
        graphics.fillRect(0, 0, 64, 48);
        graphics.dispose();
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "jpeg", jpeg);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return jpeg.toByteArray();
    }

    /** Returns when the broker has it, so that topics fill in the order of the test. */
    private static void send(String topic, String key, byte[] value) {
        Future<RecordMetadata> sent =
                producer.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value));
        try {
            sent.get();
        } catch (InterruptedException | ExecutionException failure) {
            throw new IllegalStateException("Could not write to " + topic, failure);
        }
    }

    private static ConsumerRecord<byte[], byte[]> nextPrompt() {
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (System.nanoTime() - deadline < 0) {
            for (ConsumerRecord<byte[], byte[]> record : prompts.poll(Duration.ofMillis(200))) {
                prompts.seek(PROMPTS, record.offset() + 1);
                return record;
            }
        }
        throw new AssertionError("No prompt was published");
    }

    private static Codecs codecs() {
        return new Codecs(
                decoder(Frame.class),
                decoder(StylizedFrame.class),
                decoder(PromptEvent.class),
                decoder(DeadLetter.class),
                ViewerITCase::encode);
    }

    private static <T extends SpecificRecord> Function<byte[], T> decoder(Class<T> type) {
        SpecificDatumReader<T> reader = new SpecificDatumReader<>(type);
        return bytes -> {
            try {
                return reader.read(null, DecoderFactory.get().binaryDecoder(bytes, null));
            } catch (IOException malformed) {
                throw new UncheckedIOException(malformed);
            }
        };
    }

    private static <T extends SpecificRecord> byte[] encode(T record) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        try {
            new SpecificDatumWriter<T>(record.getSchema()).write(record, encoder);
            encoder.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }
}
