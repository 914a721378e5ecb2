package impasto.cli;

import impasto.bench.Benchmark;
import impasto.bench.Part;
import impasto.bench.Prompts;
import impasto.bundle.BundlePlans;
import impasto.job.OptionException;
import impasto.local.BundleFolder;
import impasto.model.EngineOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures this machine: {@code impasto bench}. */
@Command(
        name = "bench",
        description = {
            "Measures how fast frames are restyled here: each graph and the model alone, the stages around it, the whole job, and the same weights in PyTorch.",
            "Cameras and page are off; frames are made beforehand. Every batch size is measured with every --text, --conditioning and --prompts. The number of denoising steps is the bundle's."
        })
final class BenchCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = "--bundle",
            paramLabel = "DIR",
            defaultValue = BundleFolder.DEFAULT,
            description =
                    "Folder of the model bundle, or the name of one that comes with Impasto (default: ${DEFAULT-VALUE}).")
    private String bundle;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the figures to this file.")
    private Path json;

    @Mixin private BenchOptions options;

    @Override
    public Integer call() throws Exception {
        Benchmark.Settings settings;
        try {
            options.check();
            settings = options.settings();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Path folder = BundleFolder.find(bundle);
        PrintWriter out = spec.commandLine().getOut();
        try {
            new Benchmark(
                            folder,
                            settings,
                            engine -> BundlePlans.buildIfNeeded(folder, engine, out),
                            out)
                    .run(json);
        } catch (OptionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        return 0;
    }

    /** Sizes of the benchmark. */
    static final class BenchOptions {
        private static final String NONE = "none";

        @Option(
                names = "--measure",
                paramLabel = "PART",
                split = ",",
                description =
                        "What to measure, separated by commas: graphs, model, stages, job, torch, or none (default: all of them).")
        private List<String> parts = Stream.of(Part.values()).map(Part::toString).toList();

        @Option(
                names = "--streams",
                paramLabel = "N",
                defaultValue = "4",
                description = "Streams, each with its own prompt (default: ${DEFAULT-VALUE}).")
        private int streams;

        @Option(
                names = "--frames",
                paramLabel = "N",
                defaultValue = "240",
                description = "Frames of each measurement (default: ${DEFAULT-VALUE}).")
        private int frames;

        @Option(
                names = "--batch",
                paramLabel = "N",
                split = ",",
                defaultValue = "4",
                description =
                        "Most frames in a batch; several, separated by commas, are measured one after another (default: ${DEFAULT-VALUE}).")
        private List<Integer> batches;

        @Option(
                names = "--text",
                paramLabel = "WHEN",
                split = ",",
                defaultValue = "never",
                description =
                        "When a stream's own frames are read with its prompt, as the job's options text.refresh and, behind a colon, text.every-groups: never (a prompt is encoded once), every-batch, … (default: ${DEFAULT-VALUE}).")
        private List<String> texts;

        @Option(
                names = "--conditioning",
                paramLabel = "WHEN",
                split = ",",
                defaultValue = "off",
                description =
                        "When the adapter's embeddings are made anew, as the job's options conditioning.refresh and, behind a colon, conditioning.every-groups: off, every-groups:8, … (default: ${DEFAULT-VALUE}).")
        private List<String> conditionings;

        @Option(
                names = "--prompts",
                paramLabel = "KIND",
                split = ",",
                defaultValue = "plain",
                description =
                        "What the stages' streams are asked for: plain, a text each; transition, every frame on its way to that from another text; blend, two texts each. With --text never a blend is encoded once and costs no frame anything, so that row is left out. The job is measured with plain alone (default: ${DEFAULT-VALUE}).")
        private List<String> prompts;

        @Option(
                names = "--set",
                paramLabel = "KEY=VALUE",
                description =
                        "An option of the job, for the stages too. All of them: docs/options.md.")
        private Map<String, String> jobOptions = new LinkedHashMap<>();

        @Option(
                names = "--engine",
                paramLabel = "NAME",
                defaultValue = EngineOptions.ONNX_RUNTIME,
                description =
                        "DJL's name of the engine that runs the graphs (default: ${DEFAULT-VALUE}).")
        private String engine;

        @Option(
                names = "--cameras-fps",
                paramLabel = "N",
                defaultValue = "0",
                description =
                        "Also run the job behind cameras that publish N frames a second each, and measure latency.")
        private double camerasFps;

        @Option(
                names = "--prompt-changes",
                paramLabel = "N",
                defaultValue = "0",
                description =
                        "Also change prompts N times in the running job, and measure how soon frames follow.")
        private int promptChanges;

        @Option(
                names = "--prompt-fps",
                paramLabel = "N",
                defaultValue = "3",
                description =
                        "Frames a second of each stream while prompts are changed; the job must keep up (default: ${DEFAULT-VALUE}).")
        private double promptFps;

        @Option(
                names = "--timeline",
                paramLabel = "FILE.svg",
                description =
                        "Also draw what the lanes do during twelve batches, with the times in FILE.json. Graphs on a GPU are timed by CUDA events.")
        private Path timeline;

        @Option(
                names = "--paper",
                paramLabel = "FILE",
                split = ",",
                description =
                        "Results of the paper's pipeline to compare with: what python -m impasto_models.paper --json FILE has written on this machine; of several batch sizes with commas between them.")
        private List<Path> paper = List.of();

        @Option(
                names = "--threads",
                paramLabel = "N",
                defaultValue = "0",
                description =
                        "Batches that are worked on at the same time (default: one per core).")
        private int threads;

        @Option(
                names = "--minutes",
                paramLabel = "N",
                defaultValue = "0",
                description =
                        "Then keep the job busy for so many minutes and sample its memory (default: ${DEFAULT-VALUE}).")
        private double minutes;

        @Option(
                names = "--python",
                paramLabel = "FILE",
                description =
                        "Interpreter with the package in models/ and PyTorch, to compare with (default: the one that models/test has made).")
        private Path python =
                Path.of(
                        System.getProperty("impasto.home", "."),
                        "models",
                        ".venv",
                        "bin",
                        "python");

        void check() {
            if (streams < 1
                    || frames < 1
                    || threads < 0
                    || promptChanges < 0
                    || !(camerasFps >= 0)
                    || !(promptFps > 0)
                    || !(minutes >= 0)) {
                throw new IllegalArgumentException(
                        "--streams %d, --frames %d, --threads %d, --cameras-fps %s, --prompt-changes %d, --prompt-fps %s, --minutes %s: expected at least 1 of the first two, more than 0 of --prompt-fps and at least 0 of the others"
                                .formatted(
                                        streams,
                                        frames,
                                        threads,
                                        camerasFps,
                                        promptChanges,
                                        promptFps,
                                        minutes));
            }
            if (batches.stream().anyMatch(batch -> batch < 1)) {
                throw new IllegalArgumentException(
                        "--batch %s, expected at least 1 each".formatted(batches));
            }
            Set<Prompts> asked = prompts();
            if (!asked.contains(Prompts.PLAIN)
                    && (measured().contains(Part.JOB) || camerasFps > 0 || promptChanges > 0)) {
                throw new IllegalArgumentException(
                        "--prompts %s, expected plain among them, with which the job is measured, or no job"
                                .formatted(asked));
            }
            if (asked.equals(Set.of(Prompts.BLEND)) && Set.of("never").containsAll(texts)) {
                throw new IllegalArgumentException(
                        "--prompts %s with --text %s, expected some other --text: a blend that is encoded once costs no frame anything"
                                .formatted(asked, texts));
            }
            if (timeline != null && !timeline.toString().endsWith(".svg")) {
                throw new IllegalArgumentException(
                        "--timeline %s, expected a file that ends in .svg".formatted(timeline));
            }
        }

        private Set<Part> measured() {
            Set<Part> measured = EnumSet.noneOf(Part.class);
            for (String name : parts) {
                if (!name.equals(NONE)) {
                    measured.add(known("--measure", name, Part.values(), ", or " + NONE));
                }
            }
            return measured;
        }

        private Set<Prompts> prompts() {
            Set<Prompts> asked = EnumSet.noneOf(Prompts.class);
            for (String name : prompts) {
                asked.add(known("--prompts", name, Prompts.values(), ""));
            }
            return asked;
        }

        private static <T> T known(String option, String name, T[] values, String orElse) {
            return Stream.of(values)
                    .filter(value -> value.toString().equals(name))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new IllegalArgumentException(
                                            "%s %s, expected some of %s%s"
                                                    .formatted(
                                                            option,
                                                            name,
                                                            List.of(values),
                                                            orElse)));
        }

        Benchmark.Settings settings() {
            return new Benchmark.Settings(
                    measured(),
                    streams,
                    frames,
                    batches,
                    texts,
                    conditionings,
                    prompts(),
                    jobOptions,
                    engine,
                    threads,
                    camerasFps,
                    promptChanges,
                    promptFps,
                    minutes,
                    timeline,
                    python.toString(),
                    paper);
        }
    }
}
