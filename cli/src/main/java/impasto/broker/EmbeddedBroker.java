package impasto.broker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker (KRaft, broker and controller in one) inside the process, on free ports of
 * 127.0.0.1, with settings for a laptop.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private static final int NODE_ID = 1;
    private static final int ATTEMPTS = 5;
    private static final String HOST = "127.0.0.1";

    private final KafkaRaftServer server;
    private final String bootstrapServers;
    private final Path dataDir;
    private final boolean temporary;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedBroker(
            KafkaRaftServer server, String bootstrapServers, Path dataDir, boolean temporary) {
        this.server = server;
        this.bootstrapServers = bootstrapServers;
        this.dataDir = dataDir;
        this.temporary = temporary;
    }

    /**
     * Starts a broker whose data are deleted when it is closed; returns when it takes requests.
     *
     * @throws IOException if its folder cannot be made or no port can be had
     */
    public static EmbeddedBroker start() throws IOException {
        Path dataDir = Files.createTempDirectory("impasto-kafka-");
        try {
            return start(dataDir, true);
        } catch (IOException | RuntimeException | Error e) {
            delete(dataDir);
            throw e;
        }
    }

    /**
     * Starts a broker on a folder, new or left by an earlier broker, that is kept when it is
     * closed; returns when it takes requests.
     *
     * @throws IOException if the folder cannot be used or no port can be had
     */
    public static EmbeddedBroker start(Path dataDir) throws IOException {
        return start(Files.createDirectories(dataDir), false);
    }

    private static EmbeddedBroker start(Path dataDir, boolean temporary) throws IOException {
        format(dataDir);
        // The controller's port must be known before it is bound, so another process may get there
        // first: then the next pair of ports is tried.
        for (int attempt = 1; ; attempt++) {
            int[] ports = freePorts();
            KafkaRaftServer server =
                    new KafkaRaftServer(
                            new KafkaConfig(settings(dataDir, ports[0], ports[1]), false),
                            Time.SYSTEM);
            try {
                server.startup();
                return new EmbeddedBroker(server, HOST + ":" + ports[0], dataDir, temporary);
            } catch (RuntimeException | Error e) {
                server.shutdown();
                server.awaitShutdown();
                if (!isBindFailure(e) || attempt == ATTEMPTS) {
                    throw new IOException(
                            "the Kafka broker did not start in %s: %s"
                                    .formatted(dataDir, e.getMessage()),
                            e);
                }
            }
        }
    }

    /** {@code host:port} for clients' {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** An administrator's client of this broker; the caller closes it. */
    public Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    }

    /** Stops the broker and deletes its data if they are temporary; later calls do nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            server.shutdown();
            server.awaitShutdown();
            if (temporary) {
                delete(dataDir);
            }
        }
    }

    private static void format(Path dataDir) throws IOException {
        if (Files.exists(dataDir.resolve("meta.properties"))) {
            return;
        }
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))
                    .setNodeId(NODE_ID)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(dataDir.toString())
                    .setDirectories(List.of(dataDir.toString()))
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .run();
        } catch (Exception e) {
            throw new IOException(
                    "%s could not be made a Kafka broker's folder: %s"
                            .formatted(dataDir, e.getMessage()),
                    e);
        }
    }

    private static Properties settings(Path dataDir, int brokerPort, int controllerPort) {
        Properties p = new Properties();
        p.put("process.roles", "broker,controller");
        p.put("node.id", Integer.toString(NODE_ID));
        p.put("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + controllerPort);
        p.put("controller.listener.names", "CONTROLLER");
        p.put(
                "listeners",
                "PLAINTEXT://%s:%d,CONTROLLER://%s:%d"
                        .formatted(HOST, brokerPort, HOST, controllerPort));
        p.put("log.dirs", dataDir.toString());
        p.put("auto.create.topics.enable", "false");
        p.put("message.max.bytes", Integer.toString(Topics.MAX_RECORD_BYTES));
        p.put("replica.fetch.max.bytes", Integer.toString(Topics.MAX_RECORD_BYTES));
        p.put("log.message.timestamp.type", "LogAppendTime");

        // One broker: nothing is replicated, and no group waits for members that come later.
        p.put("default.replication.factor", "1");
        p.put("min.insync.replicas", "1");
        for (String internal : List.of("offsets.topic", "transaction.state.log")) {
            p.put(internal + ".num.partitions", "1");
            p.put(internal + ".replication.factor", "1");
        }
        p.put("transaction.state.log.min.isr", "1");
        p.put("group.initial.rebalance.delay.ms", "0");

        // A laptop: few threads, small buffers (the cleaner alone takes 128 MiB by default), and a
        // disk that is cleaned while one watches.
        p.put("num.network.threads", "2");
        p.put("num.io.threads", "2");
        p.put("background.threads", "2");
        p.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
        p.put("log.cleaner.io.buffer.size", Integer.toString(256 << 10));
        p.put("log.index.size.max.bytes", Integer.toString(1 << 20));
        p.put("offsets.load.buffer.size", Integer.toString(256 << 10));
        p.put("log.retention.check.interval.ms", "10000");
        p.put("log.segment.delete.delay.ms", "5000");
        return p;
    }

    private static int[] freePorts() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket broker = new ServerSocket(0, 1, loopback);
                ServerSocket controller = new ServerSocket(0, 1, loopback)) {
            return new int[] {broker.getLocalPort(), controller.getLocalPort()};
        }
    }

    private static boolean isBindFailure(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException
                    || String.valueOf(cause.getMessage()).contains("Address already in use")) {
                return true;
            }
        }
        return false;
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not delete " + folder, e);
        }
    }
}
