package impasto.local;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.broker.Topics;
import impasto.job.KafkaOptions;
import impasto.operator.StylizeOptions;
import impasto.schemas.Outcome;
import impasto.schemas.StylizedFrame;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two things that a user of Flink installs: the job jar, and the jars for {@code lib/}. */
class SubmitTwiceITCase {

    private static final Path JOB =
            Path.of(System.getProperty("impasto.home"), "job", "target").toAbsolutePath();

    /** What belongs to Flink, or comes with it, by a part of its path in a Maven repository. */
    private static final List<String> FLINK =
            List.of(
                    "/org/apache/flink/",
                    "/org/apache/commons/commons-lang3/",
                    "/org/apache/commons/commons-math3/",
                    "/commons-cli/",
                    "/commons-collections/",
                    "/com/esotericsoftware/",
                    "/org/objenesis/",
                    "/org/javassist/",
                    "/org/snakeyaml/",
                    "/org/xerial/snappy/",
                    "/at/yawk/lz4/",
                    "/com/google/code/findbugs/",
                    "/org/slf4j/",
                    "/org/apache/logging/log4j/");

    @Test
    void theJobRunsFromItsJarTwiceInOneClusterBesideTheNativesInLib(@TempDir Path folder)
            throws Exception {
        try (JobBed bed = JobBed.start(new Configuration())) {
            Topics topics = bed.topics("jar");
            bed.topics("0");
            bed.topics("1");
            bed.sendPrompt(topics, "p", "*", "oil painting");
            bed.sendFrame(topics, 0, "camera-a", 0, JobBed.jpeg(0));
            bed.sendFrame(topics, 1, "camera-b", 0, JobBed.jpeg(1));

            runJar(bed, topics, folder);

            for (String submission : List.of("0", "1")) {
                try (JobOutput output =
                        new JobOutput(
                                bed,
                                new Topics(
                                        topics.frames(),
                                        topics.prompts(),
                                        submission + "-stylized-frames",
                                        submission + "-dead-letters"))) {
                    output.await(2, 0);
                    assertThat(output.frames)
                            .extracting(StylizedFrame::getOutcome)
                            .containsExactly(Outcome.STYLIZED, Outcome.STYLIZED);
                }
            }
        }
    }

    private static void runJar(JobBed bed, Topics topics, Path folder) throws Exception {
        Map<String, String> settings = new TreeMap<>(bed.settings(topics));
        settings.put(KafkaOptions.BOUNDED.key(), "true");
        settings.put(KafkaOptions.STYLIZED_FRAMES_TOPIC.key(), "%d-stylized-frames");
        settings.put(KafkaOptions.DEAD_LETTERS_TOPIC.key(), "%d-dead-letters");
        settings.put(StylizeOptions.MODEL_THREADS.key(), "1");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx1g",
                                "-Dai.djl.offline=true",
                                "-DOPT_OUT_TRACKING=true",
                                "-cp",
                                flinkClassPath(),
                                FlinkRun.class.getName(),
                                "2",
                                jobJar().toString()));
        settings.forEach((key, value) -> command.addAll(List.of("--" + key, value)));
        Path log = folder.resolve("flink.log");
        Process flink =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            assertThat(flink.waitFor(120, TimeUnit.SECONDS)).as("ends in 120 s").isTrue();
            assertThat(flink.exitValue())
                    .withFailMessage(() -> "Flink ended with\n" + read(log))
                    .isZero();
        } finally {
            flink.destroyForcibly();
        }
    }

    /** As on a server: Flink's own jars, and ours from {@code lib/}; plus {@link FlinkRun}. */
    private static String flinkClassPath() throws IOException {
        try (Stream<Path> lib = Files.list(JOB.resolve("lib"))) {
            return Stream.of(
                            lib.map(Path::toString).sorted(),
                            Stream.of(
                                            System.getProperty("java.class.path")
                                                    .split(File.pathSeparator))
                                    .filter(SubmitTwiceITCase::isFlink),
                            Stream.of(classFolder()))
                    .flatMap(paths -> paths)
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    private static String classFolder() {
        return Path.of(
                        URI.create(
                                FlinkRun.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toString()))
                .toString();
    }

    private static boolean isFlink(String path) {
        String normalized = path.replace('\\', '/');
        return FLINK.stream().anyMatch(normalized::contains)
                && !normalized.contains("/flink-connector-kafka/");
    }

    @Test
    void theJobJarIsThin() throws IOException {
        try (JarFile jar = new JarFile(jobJar().toFile())) {
            List<String> names = jar.stream().map(JarEntry::getName).toList();
            assertThat(names)
                    .contains("impasto/job/ImpastoJob.class", "impasto/operator/ShardKey.class");
            assertThat(names.stream().filter(SubmitTwiceITCase::belongsElsewhere)).isEmpty();
            assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
                    .isEqualTo("impasto.job.ImpastoJob");
        }
    }

    /** Into Flink's {@code lib/}, or comes with Flink. */
    private static boolean belongsElsewhere(String name) {
        return Stream.of(
                        "ai/",
                        "org/bytedeco/",
                        "native/",
                        "jnilib/",
                        "org/slf4j/",
                        "org/apache/flink/streaming/api/",
                        "org/apache/flink/runtime/")
                .anyMatch(name::startsWith);
    }

    private static Path jobJar() throws IOException {
        try (Stream<Path> files = Files.list(JOB)) {
            return files.filter(file -> file.getFileName().toString().endsWith("-job.jar"))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new AssertionError(
                                            "no job jar in %s: mvn -Dquick package makes it"
                                                    .formatted(JOB)));
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
