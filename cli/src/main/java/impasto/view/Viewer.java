package impasto.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import impasto.broker.Topics;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.ForbiddenResponse;
import io.javalin.http.NotFoundResponse;
import io.javalin.util.JavalinBindException;
import io.javalin.websocket.WsConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.KafkaException;

/**
 * The web page. It reads the topics of frames, results, prompts and dead letters, shows them to any
 * number of browsers and writes the prompts that people type; it knows nothing of the job.
 *
 * <p>Every browser holds one WebSocket, {@code /live}. The server sends JSON ({@code hello}, {@code
 * streams}, {@code prompts}, {@code statistics}, {@code refused}, {@code reply}, {@code failed})
 * and pictures in binary (see {@code PicturePair}); the browser sends {@code prompt}, {@code clear}
 * and, for every picture, {@code shown}.
 *
 * <p>There are no users and no passwords: whoever reaches the address may watch and type. It is
 * bound to this machine unless told otherwise, and other sites' pages in the same browser are kept
 * out.
 */
public final class Viewer implements AutoCloseable {
    private static final int MAX_COMMAND_CHARACTERS = 16 * 1024;
    private static final int MAX_BROWSERS = 32;
    private static final String ALL_STREAMS = "*";
    private static final int TRY_AGAIN_LATER = 1013;
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Map<String, String> PAGE =
            Map.of(
                    "/", "index.html",
                    "/viewer.css", "viewer.css",
                    "/viewer.js", "viewer.js",
                    "/icon.svg", "icon.svg");

    private final ViewerSettings settings;
    private final boolean loopback;
    private final ObjectMapper json = new ObjectMapper();
    private final Wall wall;
    private final TopicTail tail;
    private final PromptPublisher publisher;
    private final Map<String, BrowserSession> sessions = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private Javalin server;

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Reply(String type, long request, boolean ok, String message, Long version) {}

    /**
     * Connects to nothing yet.
     *
     * @throws IllegalArgumentException if the bind address is none
     */
    public Viewer(ViewerSettings settings, Codecs codecs) {
        this.settings = settings;
        try {
            loopback = InetAddress.getByName(settings.bindAddress()).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            throw new IllegalArgumentException(
                    "The page's bind address is '%s', expected an address of this machine such as %s"
                            .formatted(settings.bindAddress(), ViewerSettings.LOOPBACK),
                    unknown);
        }
        wall = new Wall(settings, codecs, json);
        Topics topics = settings.topics();
        tail =
                new TopicTail(
                        settings.bootstrapServers(),
                        Set.of(topics.frames(), topics.stylizedFrames(), topics.deadLetters()),
                        Set.of(topics.prompts()),
                        wall);
        publisher =
                new PromptPublisher(
                        settings.bootstrapServers(), topics.prompts(), codecs.promptEncoder());
    }

    /**
     * Starts reading and serving. Everything appended to the topics from now on is shown.
     *
     * @return where the page is
     * @throws IllegalStateException if Kafka cannot be reached or the port is in use
     */
    public URI start() {
        try {
            tail.start();
            server = listen();
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
        String host = settings.bindAddress();
        if (host.equals("0.0.0.0") || host.equals("::")) {
            host = "localhost";
        }
        return URI.create(
                "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port());
    }

    private Javalin listen() {
        if (settings.port() != 0) {
            return listen(settings.port());
        }
        return listen(isFree(ViewerSettings.PREFERRED_PORT) ? ViewerSettings.PREFERRED_PORT : 0);
    }

    private boolean isFree(int port) {
        try (ServerSocket probe =
                new ServerSocket(port, 1, InetAddress.getByName(settings.bindAddress()))) {
            return probe.isBound();
        } catch (IOException inUse) {
            return false;
        }
    }

    private Javalin listen(int port) {
        Javalin javalin =
                Javalin.create(
                        config -> {
                            config.showJavalinBanner = false;
                            config.startupWatcherEnabled = false;
                            config.useVirtualThreads = false;
                            config.http.maxRequestSize = MAX_COMMAND_CHARACTERS;
                            config.jetty.modifyServer(jetty -> jetty.setStopTimeout(0));
                            config.jetty.modifyWebSocketServletFactory(
                                    factory -> {
                                        factory.setMaxTextMessageSize(MAX_COMMAND_CHARACTERS);
                                        factory.setMaxBinaryMessageSize(1);
                                        factory.setIdleTimeout(Duration.ofMinutes(1));
                                    });
                        });
        javalin.before(this::guard);
        PAGE.forEach((path, file) -> javalin.get(path, context -> serve(context, file)));
        javalin.get("/examples/{index}", this::serveThumbnail);
        javalin.wsBeforeUpgrade("/live", this::guardUpgrade);
        javalin.ws("/live", this::live);
        try {
            return javalin.start(settings.bindAddress(), port);
        } catch (JavalinBindException inUse) {
            throw new IllegalStateException(
                    "The page cannot listen on %s port %d: is another program using it?"
                            .formatted(settings.bindAddress(), port),
                    inUse);
        }
    }

    /**
     * A page of another site could reach this machine under a name of its own (DNS rebinding), so
     * that a viewer for this machine answers to this machine's names only.
     */
    private void guard(Context context) {
        String host = context.host() == null ? "" : context.host();
        String name = host.replaceFirst(":[0-9]+$", "");
        boolean local = loopback;
        if (!host.matches("[A-Za-z0-9.\\-_\\[\\]:]{1,255}")
                || (local && !LOOPBACK_NAMES.contains(name))) {
            throw new ForbiddenResponse("This page is served to this machine only");
        }
        context.header(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
                        + " connect-src 'self' ws://"
                        + host
                        + " wss://"
                        + host
                        + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cache-Control", "no-cache");
    }

    /** Browsers always say where a script came from; a program that is no browser need not. */
    private void guardUpgrade(Context context) {
        guard(context);
        String origin = context.header("Origin");
        if (origin != null
                && !origin.equals("http://" + context.host())
                && !origin.equals("https://" + context.host())) {
            throw new ForbiddenResponse("Another site's page may not watch or type here");
        }
    }

    private static void serve(Context context, String file) throws IOException {
        try (InputStream resource = Viewer.class.getResourceAsStream(file)) {
            if (resource == null) {
                throw new IllegalStateException("The page's " + file + " is missing from the jar");
            }
            context.contentType(
                            switch (file.substring(file.lastIndexOf('.'))) {
                                case ".html" -> "text/html; charset=utf-8";
                                case ".css" -> "text/css; charset=utf-8";
                                case ".js" -> "text/javascript; charset=utf-8";
                                default -> "image/svg+xml";
                            })
                    .result(resource.readAllBytes());
        }
    }

    private void serveThumbnail(Context context) {
        List<Example> examples = settings.examples();
        int index = context.pathParamAsClass("index", Integer.class).get();
        byte[] thumbnail =
                index < 0 || index >= examples.size() ? null : examples.get(index).thumbnail();
        if (thumbnail == null) {
            throw new NotFoundResponse("No picture for this example");
        }
        context.contentType(imageType(thumbnail)).result(thumbnail);
    }

    private static String imageType(byte[] image) {
        return switch (image.length == 0 ? 0 : image[0]) {
            case (byte) 0x89 -> "image/png";
            case 'R' -> "image/webp";
            default -> "image/jpeg";
        };
    }

    private void live(WsConfig socket) {
        socket.onConnect(
                context -> {
                    if (closed.get() || wall.browsers() >= MAX_BROWSERS) {
                        context.closeSession(
                                TRY_AGAIN_LATER, "At most " + MAX_BROWSERS + " browsers can watch");
                        return;
                    }
                    BrowserSession browser = new BrowserSession(context.session, wall::state);
                    sessions.put(context.sessionId(), browser);
                    wall.join(browser);
                });
        socket.onMessage(
                context -> {
                    BrowserSession browser = sessions.get(context.sessionId());
                    if (browser != null) {
                        command(browser, context.message());
                    }
                });
        socket.onClose(
                context -> {
                    BrowserSession browser = sessions.remove(context.sessionId());
                    if (browser != null) {
                        wall.leave(browser);
                    }
                });
        // a browser that went away without a word; onClose follows
        socket.onError(context -> {});
    }

    private void command(BrowserSession browser, String message) {
        long request = 0;
        try {
            JsonNode command = json.readTree(message);
            request = command.path("request").asLong(0);
            switch (command.path("type").asText("")) {
                case "shown" -> browser.shown(command.path("stream").asInt(-1));
                case "prompt" -> publish(browser, request, PromptRequest.parse(command));
                case "clear" -> clear(browser, request, command);
                default -> throw new IllegalArgumentException("The page sent an unknown command.");
            }
        } catch (JsonProcessingException malformed) {
            reply(browser, new Reply("reply", request, false, "The page sent no JSON.", null));
        } catch (IllegalArgumentException refused) {
            reply(browser, new Reply("reply", request, false, refused.getMessage(), null));
        } catch (KafkaException failure) {
            replyNotSent(browser, request, failure);
        }
    }

    /** A prompt for all streams also ends those that the page set on some of them. */
    private void publish(BrowserSession browser, long request, PromptRequest prompt) {
        CompletableFuture<Long> sent = publisher.publish(prompt.event());
        if (prompt.target().equals(ALL_STREAMS)) {
            for (PromptBoard.Prompt other : wall.prompts()) {
                if (other.id().startsWith(PromptRequest.ID_PREFIX)
                        && !other.target().equals(ALL_STREAMS)) {
                    sent =
                            sent.thenCombine(
                                    publisher.clear(other.id()), (version, none) -> version);
                }
            }
        }
        answer(browser, request, sent, "Prompt sent");
    }

    /** The id under which the page publishes its prompt for a target. */
    public static String promptId(String target) {
        return PromptRequest.ID_PREFIX + target;
    }

    /** Clears one prompt by id, or all that are set on a target, whoever set them. */
    private void clear(BrowserSession browser, long request, JsonNode command) {
        String id = command.path("id").asText("");
        String target = id.isEmpty() ? PromptRequest.target(command) : null;
        List<String> ids =
                wall.prompts().stream()
                        .filter(
                                prompt ->
                                        target == null
                                                ? prompt.id().equals(id)
                                                : prompt.target().equals(target))
                        .map(PromptBoard.Prompt::id)
                        .toList();
        if (ids.isEmpty()) {
            throw new IllegalArgumentException(
                    target == null
                            ? "This prompt is cleared already."
                            : "No prompt is set on '" + target + "'.");
        }
        CompletableFuture<Long> all = CompletableFuture.completedFuture(null);
        for (String each : ids) {
            all = all.thenCombine(publisher.clear(each), (none, offset) -> null);
        }
        answer(browser, request, all, "Prompt cleared");
    }

    private void answer(
            BrowserSession browser, long request, CompletionStage<Long> sent, String words) {
        sent.whenComplete(
                (version, failure) -> {
                    if (failure == null) {
                        reply(browser, new Reply("reply", request, true, words, version));
                    } else {
                        replyNotSent(browser, request, failure);
                    }
                });
    }

    private void replyNotSent(BrowserSession browser, long request, Throwable failure) {
        String words = "Kafka did not take the prompt: " + failure.getMessage();
        reply(browser, new Reply("reply", request, false, words, null));
    }

    private void reply(BrowserSession browser, Reply reply) {
        try {
            browser.notice(json.writeValueAsString(reply));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("Cannot write " + reply, impossible);
        }
    }

    /** Ends reading and serving; browsers see that the connection is lost. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        tail.close();
        if (server != null) {
            server.stop();
        }
        publisher.close();
    }
}
