package impasto.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import impasto.video.VideoFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.FrameGrabber;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code impasto local --frames}: real broker, real job, real model. */
class LocalCommandITCase {

    private static final int FRAMES = 12;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine impasto =
            Impasto.commandLine()
                    .setOut(new PrintWriter(out, true))
                    .setErr(new PrintWriter(err, true));

    @Test
    void everyFrameOfEveryCameraIsInTheVideosAndInTheAccount(@TempDir Path folder)
            throws Exception {
        int exitCode =
                impasto.execute("local", "--frames", "" + FRAMES, "--out", folder.toString());

        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isZero();
        JsonNode summary =
                new ObjectMapper().readTree(Files.readString(folder.resolve("summary.json")));
        assertThat(summary.path("frames_in").asInt(-1)).isEqualTo(2 * FRAMES);
        assertThat(summary.path("frames_stylized").asInt(-1)).isEqualTo(2 * FRAMES);
        for (String none :
                new String[] {"frames_passed_through", "frames_dropped", "frames_dead_lettered"}) {
            assertThat(summary.path(none).asInt(-1)).as(none).isZero();
        }
        assertThat(summary.path("fps").asDouble(-1)).isPositive();
        JsonNode latency = summary.path("latency_ms");
        assertThat(latency.path("p50").asLong(-1)).isPositive();
        assertThat(latency.path("p95").asLong(-1))
                .isBetween(latency.path("p50").asLong(), 600_000L);
        assertThat(latency.path("p99").asLong(-1))
                .isBetween(latency.path("p95").asLong(), 600_000L);
        assertThat(summary.path("bundle").asText()).isEqualTo("nano");
        assertThat(summary.path("engine").asText()).startsWith("OnnxRuntime");
        assertThat(summary.path("prompts").path("camera-1").asText()).isNotBlank();
        assertThat(summary.path("prompts").path("camera-2").asText())
                .isNotBlank()
                .isNotEqualTo(summary.path("prompts").path("camera-1").asText());
        for (String camera : new String[] {"camera-1", "camera-2"}) {
            assertThat(pictures(folder.resolve(camera + ".mp4"))).isEqualTo(FRAMES);
            assertThat(pictures(folder.resolve(camera + "-side-by-side.mp4"))).isEqualTo(FRAMES);
        }
        assertThat(out.toString()).contains("24 frames in: 24 stylized");
    }

    private static int pictures(Path video) throws FrameGrabber.Exception {
        int pictures = 0;
        try (FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(video.toFile())) {
            grabber.start();
            while (grabber.grabImage() != null) {
                pictures++;
            }
        }
        return pictures;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --bundle no-such-model       | 1 | no-such-model
                    --video no-such-film.mp4     | 1 | no-such-film.mp4: no such video file
                    --frames 12                  | 2 | --frames and --out need each other
                    --out somewhere              | 2 | --frames and --out need each other
                    --streams 0                  | 2 | --streams is 0, expected at least 1
                    --fps 0                      | 2 | --fps is 0.0, expected more than 0 and at most 240
                    --port 65536                 | 2 | --port is 65536, expected 0 to 65535
                    --frames 0 --out somewhere   | 2 | --frames is 0, expected at least 1
                    """)
    void aMistakeIsSaidInOneSentence(String arguments, int expected, String sentence) {
        int exitCode = impasto.execute(("local " + arguments).split(" "));

        assertThat(exitCode).isEqualTo(expected);
        assertThat(err.toString().lines().findFirst().orElseThrow())
                .startsWith("impasto: ")
                .contains(sentence);
        assertThat(err.toString()).doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aBlankPromptIsRefused() {
        assertThat(impasto.execute("local", "--prompt", " ")).isEqualTo(2);
        assertThat(err.toString()).startsWith("impasto: --prompt is blank, expected words");
    }

    @Test
    void aVideoIsPlayedInALoop(@TempDir Path folder) throws Exception {
        Path first = folder.resolve("first");
        assertThat(run("--streams", "1", "--frames", "4", "--out", first.toString())).isZero();

        Path film = first.resolve("camera-1.mp4");
        Path second = folder.resolve("second");
        assertThat(
                        run(
                                "--video",
                                film.toString(),
                                "--prompt",
                                "old sepia photograph",
                                "--frames",
                                "6",
                                "--out",
                                second.toString()))
                .isZero();

        assertThat(pictures(second.resolve("camera-1.mp4"))).isEqualTo(6);
        try (VideoFile source = new VideoFile(film)) {
            assertThat(source.widthPixels()).isEqualTo(256);
        }
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "local";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return impasto.execute(all);
    }
}
