package impasto.cli;

import impasto.bundle.BundlePlans;
import impasto.evaluation.clip.Clip;
import impasto.evaluation.clip.ClipFolder;
import impasto.evaluation.compare.Comparison;
import impasto.evaluation.compare.Rerun;
import impasto.evaluation.report.HtmlReport;
import impasto.evaluation.report.MarkdownReport;
import impasto.evaluation.report.Report;
import impasto.evaluation.result.Provenance;
import impasto.evaluation.result.ResultsFile;
import impasto.evaluation.result.Row;
import impasto.evaluation.table.Evaluation;
import impasto.evaluation.table.Protocol;
import impasto.evaluation.table.RowRunner;
import impasto.evaluation.table.Samples;
import impasto.evaluation.table.Table;
import impasto.local.BundleFolder;
import impasto.model.EngineOptions;
import impasto.model.LoadedBundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures speed and steadiness, and reports them: {@code impasto evaluate}. */
@Command(
        name = "evaluate",
        description = {
            "Measures how fast a bundle restyles video and how steady the result is, as tables and as a page with plots, pictures and films.",
            "Stopped and started again, it goes on where it was."
        })
final class EvaluateCommand implements Callable<Integer> {

    private static final int SYNTHETIC_CLIPS = 3;

    @Spec private CommandSpec spec;

    @Option(
            names = "--tables",
            paramLabel = "NAMES",
            defaultValue = "all",
            description =
                    "Which tables, with commas between them: main, sustained, profile, batch, refresh, drift, cuts, transfer, prompts, hardware, streams, or all (default: ${DEFAULT-VALUE}).")
    private String tables;

    @Option(
            names = "--bundle",
            paramLabel = "DIR",
            defaultValue = BundleFolder.DEFAULT,
            description =
                    "Folder of the model bundle, or the name of one that comes with Impasto (default: ${DEFAULT-VALUE}).")
    private String bundle;

    @Option(
            names = "--clips",
            paramLabel = "DIR",
            description =
                    "Folder with video files or folders of pictures. Names that begin with cut- are clips with a hard cut. Without it, painted scenes are used.")
    private Path clips;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where results.jsonl, index.html and README.md are written.")
    private Path out;

    @Option(
            names = "--against",
            paramLabel = "OLD.jsonl",
            description =
                    "Then print what has changed since the results in this file, with a verdict that heeds the noise.")
    private Path against;

    @Option(
            names = "--rerun",
            paramLabel = "ROW",
            description =
                    "Measure one row again and compare; ROW is results.jsonl:LINE or a file with one row. Needs the row's bundle and clips, and no --out. Exit code 1 if a number that is not a time differs.")
    private String rerun;

    @Option(names = "--quick", description = "A few frames of everything, to see whether it works.")
    private boolean quick;

    @Option(names = "--keep-frames", description = "Also write every restyled frame to DIR/frames.")
    private boolean keepFrames;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            defaultValue = Protocol.PROMPT,
            description = "Prompt of the tables that have one (default: ${DEFAULT-VALUE}).")
    private String prompt;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "" + Protocol.SEED,
            description = "Seed of the noise (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--engine",
            paramLabel = "NAME",
            defaultValue = "OnnxRuntime",
            description =
                    "DJL's name of the engine that runs the graphs (default: ${DEFAULT-VALUE}).")
    private String engine;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Batches that are worked on at the same time (default: one per core).")
    private int threads;

    @Option(
            names = "--batch-sizes",
            paramLabel = "N",
            split = ",",
            description =
                    "Leave out the rows of other batches: an engine on a GPU builds a plan for each, which takes minutes (default: all that the tables have).")
    private Set<Integer> batchSizes = Set.of();

    @Override
    public Integer call() throws Exception {
        Set<Table> wanted;
        try {
            wanted = Table.parse(tables);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--tables: " + e.getMessage(), e);
        }
        Protocol protocol = protocol();
        if (out == null && rerun == null) {
            throw new ParameterException(
                    spec.commandLine(), "--out DIR is missing: where are the results to go?");
        }
        Path folder = BundleFolder.find(bundle);
        Row row = rerun == null ? null : Rerun.find(rerun);
        List<Row> old = against == null ? List.of() : new ResultsFile(against).readExisting();
        List<Clip> read = clips(protocol);
        AtomicBoolean stopped = new AtomicBoolean();
        EngineOptions options = new EngineOptions(engine, threads, protocol.allBatches(), "");
        BundlePlans.buildIfNeeded(folder, options, console());
        try (StopSignal signal = StopSignal.install(() -> stopped.set(true));
                LoadedBundle loaded = LoadedBundle.acquire(folder, options)) {
            Provenance provenance = Provenance.of(loaded, Impasto.version());
            if (row != null) {
                return rerun(row, loaded, provenance, read);
            }
            evaluate(
                    new Evaluation(loaded, provenance, protocol, read, out, keepFrames, console()),
                    wanted,
                    stopped,
                    old);
            return signal.exitCode();
        }
    }

    private Protocol protocol() {
        Protocol protocol = quick ? Protocol.quick(prompt, seed) : Protocol.full(prompt, seed);
        try {
            return batchSizes.isEmpty() ? protocol : protocol.withOnly(batchSizes);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--batch-sizes: " + e.getMessage(), e);
        }
    }

    private void evaluate(
            Evaluation evaluation, Set<Table> wanted, AtomicBoolean stopped, List<Row> old)
            throws IOException, InterruptedException {
        Evaluation.Outcome outcome = evaluation.run(wanted, stopped::get);
        if (outcome.rows().values().stream().allMatch(List::isEmpty)) {
            console().println("No rows, so no report");
            return;
        }
        Report report = Report.of(outcome, command(), quick);
        console().println("Written: " + MarkdownReport.write(report, out));
        console().println("Written: " + HtmlReport.write(report, out));
        if (against != null) {
            console().println("Against " + against + ":");
            Comparison.of(old, outcome.rows().values().stream().flatMap(List::stream).toList())
                    .print(console());
        }
    }

    private int rerun(Row row, LoadedBundle loaded, Provenance provenance, List<Clip> read)
            throws IOException, InterruptedException {
        if (!row.bundle().equals(provenance.bundle())) {
            throw new IOException(
                    "%s is of bundle %s, this is %s: name its bundle with --bundle"
                            .formatted(rerun, row.bundle(), provenance.bundle()));
        }
        try (RowRunner runner = new RowRunner(loaded, provenance, read, Samples.none())) {
            Rerun again = new Rerun(row, runner.run(row.spec()));
            again.print(console());
            return again.differences().isEmpty() ? 0 : 1;
        }
    }

    private PrintWriter console() {
        return spec.commandLine().getOut();
    }

    private List<Clip> clips(Protocol protocol) throws IOException {
        if (clips != null) {
            List<Clip> read = ClipFolder.read(clips, protocol.mostClipFrames());
            if (read.stream().allMatch(Clip::hasCut)) {
                throw new IOException(
                        "%s has clips with a cut only, expected one whose name does not begin with cut-"
                                .formatted(clips));
            }
            return read;
        }
        List<Clip> painted =
                new ArrayList<>(ClipFolder.synthetic(SYNTHETIC_CLIPS, protocol.mostClipFrames()));
        painted.add(ClipFolder.withCut(painted.get(0), painted.get(1), protocol.mostClipFrames()));
        return painted;
    }

    private String command() {
        return "impasto "
                + String.join(" ", spec.root().commandLine().getParseResult().originalArgs());
    }
}
