package impasto.cli;

import impasto.local.BundleFolder;
import impasto.local.LiveRun;
import impasto.local.LocalRun;
import impasto.local.RunSummary;
import impasto.model.BundleManifest;
import impasto.scene.SyntheticScene;
import impasto.schemas.PromptEvent;
import impasto.video.FrameSource;
import impasto.video.VideoFile;
import impasto.view.Viewer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Everything in one process: {@code impasto local}. */
@Command(
        name = "local",
        description = {
            "Runs everything in this process: Kafka, Flink, cameras, the job and a page that shows them.",
            "With --frames it runs without the page, writes videos and a summary, and ends."
        })
final class LocalCommand implements Callable<Integer> {

    private static final double DEFAULT_LIVE_RATE = 6;

    @Spec private CommandSpec spec;

    @Option(
            names = "--streams",
            paramLabel = "N",
            defaultValue = "2",
            description = "Cameras (default: ${DEFAULT-VALUE}).")
    private int streams;

    @Option(
            names = "--video",
            paramLabel = "FILE",
            description =
                    "Video that a camera plays in a loop, instead of a synthetic scene. Give it several times for several cameras.")
    private List<Path> videos = new ArrayList<>();

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description =
                    "What to make of the frames. Give it several times to give cameras different prompts in turn (default: a style of the bundle for each).")
    private List<String> prompts = new ArrayList<>();

    @Option(
            names = "--bundle",
            paramLabel = "DIR",
            defaultValue = BundleFolder.DEFAULT,
            description =
                    "Folder of the model bundle, or the name of one that comes with Impasto (default: ${DEFAULT-VALUE}).")
    private String bundle;

    @Option(
            names = "--fps",
            paramLabel = "RATE",
            defaultValue = "" + DEFAULT_LIVE_RATE,
            description = "Frames per second of each camera (default: ${DEFAULT-VALUE}).")
    private double framesPerSecond;

    @Option(
            names = "--frames",
            paramLabel = "N",
            description = "End after N frames of each camera; needs --out.")
    private Long frames;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where --frames writes <stream>.mp4, <stream>-side-by-side.mp4 and summary.json.")
    private Path folder;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "An option of the job, for example conditioning.refresh=every-groups. All of them: docs/options.md.")
    private Map<String, String> jobOptions = new LinkedHashMap<>();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "Port of the page (default: 8080, or a free one if that is taken).")
    private int port;

    @Override
    public Integer call() throws Exception {
        check();
        Path bundleFolder = BundleFolder.find(bundle);
        BundleManifest manifest = BundleManifest.read(bundleFolder);
        PrintWriter out = spec.commandLine().getOut();
        LocalRun run =
                new LocalRun(
                        new LocalRun.Settings(
                                bundleFolder,
                                cameras(),
                                framesPerSecond,
                                prompts(manifest),
                                Optional.ofNullable(frames),
                                jobOptions),
                        out);
        try (StopSignal signal = StopSignal.install(run::stop)) {
            try {
                return frames == null ? live(run, bundleFolder) : account(run, out);
            } catch (CancellationException stopped) {
                return signal.exitCode();
            }
        }
    }

    private void check() {
        if (streams < 1) {
            throw wrong("--streams is %d, expected at least 1", streams);
        }
        if (!(framesPerSecond > 0 && framesPerSecond <= 240)) {
            throw wrong("--fps is %s, expected more than 0 and at most 240", framesPerSecond);
        }
        if (port < 0 || port > 65535) {
            throw wrong("--port is %d, expected 0 to 65535", port);
        }
        if (frames != null && frames < 1) {
            throw wrong("--frames is %d, expected at least 1", frames);
        }
        if ((frames == null) != (folder == null)) {
            throw wrong("--frames and --out need each other");
        }
        for (String prompt : prompts) {
            if (prompt.isBlank()) {
                throw wrong("--prompt is blank, expected words");
            }
        }
    }

    private ParameterException wrong(String message, Object... values) {
        return new ParameterException(spec.commandLine(), message.formatted(values));
    }

    /** One camera per video, or else so many synthetic scenes. */
    private List<LocalRun.Stream> cameras() throws IOException {
        List<LocalRun.Stream> cameras = new ArrayList<>();
        int count = videos.isEmpty() ? streams : Math.max(videos.size(), streamsAsked());
        for (int i = 0; i < count; i++) {
            FrameSource source =
                    videos.isEmpty()
                            ? new SyntheticScene(i, framesPerSecond)
                            : new VideoFile(videos.get(i % videos.size()));
            cameras.add(new LocalRun.Stream("camera-" + (i + 1), source));
        }
        return cameras;
    }

    /** With videos, --streams counts only where it was given. */
    private int streamsAsked() {
        return spec.commandLine().getParseResult().hasMatchedOption("--streams") ? streams : 0;
    }

    private List<PromptEvent> prompts(BundleManifest manifest) {
        List<String> texts = new ArrayList<>(prompts);
        if (texts.isEmpty()) {
            manifest.styles().forEach(style -> texts.add(style.prompt()));
        }
        if (texts.size() == 1) {
            return List.of(prompt("*", texts.get(0)));
        }
        List<PromptEvent> events = new ArrayList<>();
        int cameras = videos.isEmpty() ? streams : Math.max(videos.size(), streamsAsked());
        for (int i = 0; i < cameras && !texts.isEmpty(); i++) {
            events.add(prompt("camera-" + (i + 1), texts.get(i % texts.size())));
        }
        return events;
    }

    /** The id is the page's own for this target, so that the page replaces the prompt. */
    private static PromptEvent prompt(String target, String text) {
        return PromptEvent.newBuilder()
                .setPromptId(Viewer.promptId(target))
                .setTarget(target)
                .setText(text)
                .build();
    }

    private int account(LocalRun run, PrintWriter out) throws Exception {
        RunSummary summary;
        try (run) {
            run.startKafka();
            run.startJob();
            run.startCameras();
            summary = run.account(folder);
        }
        out.printf(
                "%d frames in: %d stylized, %d passed through, %d dropped, %d dead letters; %.1f fps, latency p50 %d ms, p99 %d ms%n",
                summary.framesIn(),
                summary.framesStylized(),
                summary.framesPassedThrough(),
                summary.framesDropped(),
                summary.framesDeadLettered(),
                summary.fps(),
                summary.latencyMillis().p50(),
                summary.latencyMillis().p99());
        out.printf("Videos and summary.json are in %s%n", folder.toAbsolutePath());
        out.flush();
        if (!summary.addsUp()) {
            throw new IOException(
                    "the account does not add up: %d frames went in and %d came out"
                            .formatted(
                                    summary.framesIn(),
                                    summary.framesStylized()
                                            + summary.framesPassedThrough()
                                            + summary.framesSkipped()
                                            + summary.framesDropped()
                                            + summary.framesDeadLettered()));
        }
        return 0;
    }

    private int live(LocalRun run, Path bundleFolder) throws Exception {
        try (LiveRun live = new LiveRun(run, bundleFolder, port)) {
            live.start();
            live.await();
        }
        throw new CancellationException("stopped");
    }
}
