package impasto.cli;

import impasto.bench.Benchmark;
import impasto.local.BundleFolder;
import impasto.model.EngineOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
            "Measures how fast frames are restyled here: the model alone, the stages around it, the whole job, and the same weights in PyTorch.",
            "Cameras and page are off; frames are made beforehand."
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
        try {
            options.check();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        new Benchmark(BundleFolder.find(bundle), options.settings(), spec.commandLine().getOut())
                .run(json);
        return 0;
    }

    /** Sizes of the benchmark. */
    static final class BenchOptions {
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
                defaultValue = "4",
                description = "Most frames in a batch (default: ${DEFAULT-VALUE}).")
        private int batch;

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
                    || batch < 1
                    || threads < 0
                    || !(camerasFps >= 0)
                    || !(minutes >= 0)) {
                throw new IllegalArgumentException(
                        "--streams %d, --frames %d, --batch %d, --threads %d, --cameras-fps %s, --minutes %s: expected at least 1 of the first three and 0 of the others"
                                .formatted(streams, frames, batch, threads, camerasFps, minutes));
            }
        }

        Benchmark.Settings settings() {
            return new Benchmark.Settings(
                    streams,
                    frames,
                    batch,
                    engine,
                    threads,
                    camerasFps,
                    minutes,
                    python.toString());
        }
    }
}
