package impasto.cli;

import impasto.bundle.BundlePlans;
import impasto.bundle.BundleVerification;
import impasto.local.BundleFolder;
import impasto.model.EngineOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands about model bundles: {@code impasto bundle}. */
@Command(
        name = "bundle",
        subcommands = {BundleCommand.Verify.class, BundleCommand.Build.class},
        description = "Checks model bundles, and prepares them for a GPU.")
final class BundleCommand implements Runnable {

    @Spec private CommandSpec spec;

    /** Without a subcommand. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    /** {@code impasto bundle verify}. */
    @Command(
            name = "verify",
            description = {
                "Checks a model bundle: that its files are those of the manifest, that the graphs have the shapes it gives, and that a golden frame comes out as the reference made it.",
                "Also tells what memory and time it takes on this machine."
            })
    static final class Verify implements Callable<Integer> {

        @Spec private CommandSpec spec;

        @Parameters(
                paramLabel = "DIR",
                defaultValue = BundleFolder.DEFAULT,
                description =
                        "Folder of the bundle, or the name of one that comes with Impasto (default: ${DEFAULT-VALUE}).")
        private String bundle;

        @Option(
                names = "--engine",
                paramLabel = "NAME",
                defaultValue = EngineOptions.ONNX_RUNTIME,
                description =
                        "DJL's name of the engine that runs the graphs (default: ${DEFAULT-VALUE}).")
        private String engine;

        @Option(
                names = "--threads",
                paramLabel = "N",
                defaultValue = "0",
                description =
                        "Batches that are worked on at the same time (default: one per core).")
        private int threads;

        @Option(
                names = "--batch-sizes",
                paramLabel = "N",
                split = ",",
                defaultValue = "1,8",
                description =
                        "Batch sizes that are measured, and for which an engine on a GPU has plans (default: ${DEFAULT-VALUE}).")
        private List<Integer> batchSizes;

        @Override
        public Integer call() {
            EngineOptions options;
            try {
                options = new EngineOptions(engine, threads, batchSizes, "");
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), e.getMessage(), e);
            }
            Path folder = BundleFolder.find(bundle);
            List<String> problems =
                    new BundleVerification(folder, options, spec.commandLine().getOut()).run();
            if (problems.isEmpty()) {
                spec.commandLine().getOut().println("The bundle is sound.");
                return 0;
            }
            spec.commandLine()
                    .getErr()
                    .println(
                            "impasto: %s has %d problem%s; they are marked WRONG above"
                                    .formatted(
                                            folder,
                                            problems.size(),
                                            problems.size() == 1 ? "" : "s"));
            return 1;
        }
    }

    /** {@code impasto bundle build}. */
    @Command(
            name = "build",
            description = {
                "Builds the TensorRT plans of a model bundle for this machine's GPU, so that the job finds them when it starts.",
                "Takes minutes for a large model; plans that are there already are left alone."
            })
    static final class Build implements Callable<Integer> {

        @Spec private CommandSpec spec;

        @Parameters(
                paramLabel = "DIR",
                description = "Folder of the bundle, or the name of one that comes with Impasto.")
        private String bundle;

        @Option(
                names = "--batch-sizes",
                paramLabel = "N",
                split = ",",
                defaultValue = "1,8",
                description =
                        "Batch sizes, as the job's option model.batch-sizes has them (default: ${DEFAULT-VALUE}).")
        private List<Integer> batchSizes;

        @Option(
                names = "--plan-cache",
                paramLabel = "DIR",
                defaultValue = "",
                description =
                        "Folder for the plans, as the job's option model.plan-cache names it (default: impasto/plans in the user's cache folder).")
        private String planCache;

        @Option(
                names = "--gpu",
                paramLabel = "N",
                defaultValue = "0",
                description = "Number of the GPU (default: ${DEFAULT-VALUE}).")
        private int gpu;

        @Override
        public Integer call() throws IOException {
            EngineOptions options;
            try {
                options = new EngineOptions(EngineOptions.TENSORRT, 0, batchSizes, planCache);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), e.getMessage(), e);
            }
            new BundlePlans(BundleFolder.find(bundle), options, spec.commandLine().getOut())
                    .build(gpu);
            return 0;
        }
    }
}
