package impasto.tensorrt.benchmark;

import com.google.gson.GsonBuilder;
import impasto.tensorrt.cuda.Cuda;
import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.CudaEvent;
import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.cuda.DeviceMemory;
import impasto.tensorrt.cuda.PinnedMemory;
import impasto.tensorrt.plan.BuildListener;
import impasto.tensorrt.plan.BuildLog;
import impasto.tensorrt.plan.BuildOptions;
import impasto.tensorrt.plan.Plan;
import impasto.tensorrt.plan.PlanBuilder;
import impasto.tensorrt.plan.PlanContext;
import impasto.tensorrt.plan.PlanTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Builds a plan from an ONNX graph and times it alone: replays of the captured graph, one after
 * another on one stream, between CUDA events. Prints JSON; run it with {@code --help}.
 */
public final class PlanBenchmark {

    private static final String USAGE =
            """
            Builds a TensorRT plan from an ONNX graph and times it.

              --onnx FILE          the graph; external data beside it
              --plan FILE          a plan that is built already, instead of --onnx
              --batch N[,N...]     batch sizes to build, and to time one after another (default 1)
              --out DIR            where plan, layers and results go (default: here)
              --timing-cache FILE  read if it is there, written after the build
              --option NAME=VALUE  a build option: optimizationLevel, workspaceMebibytes,
                                   auxiliaryStreams, tf32, alwaysDynamic; may be repeated
              --iterations N       timed replays (default 50)
              --warmup N           replays before (default 10)
              --no-graph           let TensorRT enqueue every time instead of replaying
              --inputs DIR         NAME.npy or NAME.raw per input; random values for the others
              --integers N         the value of integer inputs that are not given (default 1)
              --sample DIR         inputs that the exporter wrote (samples/GRAPH), and tells how like the
                                   outputs are to those of PyTorch beside them, instead of --inputs
              --save-outputs       write every output as DIR/GRAPH-bN/NAME.npy (bfloat16 as uint16)
              --device N           which GPU (default 0)

            Standard output is one JSON document, also written to DIR/GRAPH.json; DIR/GRAPH.layers.json
            is what TensorRT's engine inspector says of the layers. The likeness to a sample is the peak
            signal-to-noise ratio over an output's range, at places where its mask is 1 if it has one.
            """;

    /** A mistake in the arguments; the message is for the person who made it. */
    private static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    private record Settings(
            Path onnx,
            Path plan,
            BuildOptions build,
            Path out,
            Path timingCache,
            int iterations,
            int warmup,
            boolean graph,
            Path inputs,
            Path sample,
            int integers,
            boolean saveOutputs,
            int device) {

        /** File name of graph or plan, without its ending. */
        String graphName() {
            String file = (onnx == null ? plan : onnx).getFileName().toString();
            int dot = file.lastIndexOf('.');
            return dot < 0 ? file : file.substring(0, dot);
        }
    }

    private PlanBenchmark() {}

    public static void main(String[] arguments) {
        if (arguments.length == 0 || List.of(arguments).contains("--help")) {
            System.out.print(USAGE);
            return;
        }
        try {
            Map<String, Object> result = run(settings(arguments));
            System.out.println(json(result));
        } catch (UsageException | IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\nSee --help.");
            System.exit(2);
        } catch (IOException | ai.djl.engine.EngineException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static Settings settings(String[] arguments) {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i];
            switch (name) {
                case "--no-graph", "--save-outputs" -> values.put(name, "true");
                case "--onnx",
                        "--plan",
                        "--batch",
                        "--out",
                        "--timing-cache",
                        "--option",
                        "--iterations",
                        "--warmup",
                        "--inputs",
                        "--sample",
                        "--integers",
                        "--device" -> {
                    if (++i == arguments.length) {
                        throw new UsageException(name + " needs a value");
                    }
                    if (name.equals("--option")) {
                        String[] pair = arguments[i].split("=", 2);
                        if (pair.length < 2 || !BuildOptions.NAMES.contains(pair[0])) {
                            throw new UsageException(
                                    "--option %s, expected NAME=VALUE with one of %s"
                                            .formatted(arguments[i], BuildOptions.NAMES));
                        }
                        options.put(pair[0], pair[1]);
                    } else {
                        values.put(name, arguments[i]);
                    }
                }
                default -> throw new UsageException("unknown argument " + name);
            }
        }
        if (values.containsKey("--onnx") == values.containsKey("--plan")) {
            throw new UsageException("expected either --onnx or --plan");
        }
        if (values.containsKey("--inputs") && values.containsKey("--sample")) {
            throw new UsageException("expected --inputs or --sample, not both");
        }
        options.put(BuildOptions.BATCH_SIZES, values.getOrDefault("--batch", "1"));
        options.put(BuildOptions.DETAILED, "true");
        return new Settings(
                path(values, "--onnx"),
                path(values, "--plan"),
                BuildOptions.parse(options),
                Path.of(values.getOrDefault("--out", ".")),
                path(values, "--timing-cache"),
                number(values, "--iterations", 50, 1),
                number(values, "--warmup", 10, 0),
                !values.containsKey("--no-graph"),
                path(values, "--inputs"),
                path(values, "--sample"),
                number(values, "--integers", 1, Integer.MIN_VALUE),
                values.containsKey("--save-outputs"),
                number(values, "--device", 0, 0));
    }

    private static Path path(Map<String, String> values, String name) {
        return values.containsKey(name) ? Path.of(values.get(name)) : null;
    }

    private static int number(Map<String, String> values, String name, int otherwise, int least) {
        String text = values.getOrDefault(name, Integer.toString(otherwise));
        try {
            int number = Integer.parseInt(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Told below.
        }
        throw new UsageException("%s %s, expected a number from %d".formatted(name, text, least));
    }

    private static Map<String, Object> run(Settings settings) throws IOException {
        Sample sample = settings.sample == null ? null : Sample.read(settings.sample);
        CudaDevice device = CudaDevice.of(settings.device);
        Files.createDirectories(settings.out);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("graph", settings.graphName());
        result.put("gpu", device.name());
        result.put("driver_cuda", device.driverVersion());
        result.put("options", settings.build.canonical());
        Path planFile = settings.plan;
        if (planFile == null) {
            planFile = settings.out.resolve(settings.graphName() + ".plan");
            long start = System.nanoTime();
            BuildLog log =
                    new PlanBuilder(device)
                            .build(
                                    settings.onnx,
                                    settings.build,
                                    planFile,
                                    settings.timingCache,
                                    Optional.empty(),
                                    PlanBenchmark::show);
            result.put("build_seconds", (System.nanoTime() - start) / 1e9);
            result.put("log_lines", log.lines());
            result.put("log_seconds", log.seconds());
            result.put("log_longest_gap_seconds", log.longestGapSeconds());
            result.put("log_line_before_gap", log.lineBeforeGap());
        }
        result.put("plan_bytes", Files.size(planFile));
        long freeBefore = device.freeBytes();
        long start = System.nanoTime();
        try (Plan plan = Plan.load(device, planFile)) {
            result.put("load_seconds", (System.nanoTime() - start) / 1e9);
            result.put("weights_bytes", freeBefore - device.freeBytes());
            result.put("layers", plan.layers());
            Files.writeString(
                    settings.out.resolve(settings.graphName() + ".layers.json"),
                    plan.layerInformation());
            List<Object> batches = new ArrayList<>();
            for (int batchSize : plan.batchSizes()) {
                batches.add(time(settings, plan, batchSize, sample));
            }
            result.put("batches", batches);
        }
        Files.writeString(
                settings.out.resolve(settings.graphName() + ".json"), json(result) + "\n");
        return result;
    }

    private static void show(BuildListener.Progress progress) {
        System.err.printf(
                "%6.1f s  %-10s %s%n",
                progress.elapsed().toMillis() / 1e3, progress.step(), progress.detail());
    }

    private static Map<String, Object> time(
            Settings settings, Plan plan, int batchSize, Sample sample) throws IOException {
        CudaStream stream = plan.device().stream("benchmark");
        List<DeviceMemory> memory = new ArrayList<>();
        try (PlanContext context = new PlanContext(plan, batchSize, stream)) {
            List<Long> addresses = new ArrayList<>();
            for (List<PlanTensor> tensors : List.of(context.inputs(), context.outputs())) {
                for (PlanTensor tensor : tensors) {
                    DeviceMemory block =
                            DeviceMemory.allocate(stream, tensor.bytes(), tensor.name());
                    memory.add(block);
                    addresses.add(block.address());
                }
            }
            for (int i = 0; i < context.inputs().size(); i++) {
                fill(settings, sample, stream, context.inputs().get(i), addresses.get(i));
            }
            Runnable once =
                    settings.graph
                            ? () -> context.run(addresses)
                            : () -> context.enqueue(addresses);
            for (int i = 0; i < settings.warmup; i++) {
                once.run();
            }
            stream.synchronize();
            double[] milliseconds = replay(settings.iterations, stream, once);
            Map<PlanTensor, ByteBuffer> outputs =
                    settings.saveOutputs || sample != null
                            ? outputs(stream, context, addresses)
                            : Map.of();
            if (settings.saveOutputs) {
                saveOutputs(settings, outputs);
            }
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("batch", batchSize);
            result.put("milliseconds_median", median(milliseconds));
            result.put("milliseconds_min", Arrays.stream(milliseconds).min().orElseThrow());
            result.put("milliseconds_max", Arrays.stream(milliseconds).max().orElseThrow());
            result.put("milliseconds_mean", Arrays.stream(milliseconds).average().orElseThrow());
            result.put("iterations", milliseconds.length);
            result.put("scratch_bytes", context.scratchBytes());
            result.put("inputs", context.inputs().stream().map(PlanBenchmark::describe).toList());
            result.put("outputs", context.outputs().stream().map(PlanBenchmark::describe).toList());
            if (sample != null) {
                Map<String, Sample.Likeness> likeness = sample.compare(outputs);
                result.put("likeness", likeness);
                System.err.printf(
                        "%s, batches of %d: %.3f ms; likeness %s%n",
                        settings.graphName(), batchSize, median(milliseconds), likeness);
            }
            return result;
        } finally {
            memory.forEach(DeviceMemory::close);
        }
    }

    private static String describe(PlanTensor tensor) {
        return "%s %s %s".formatted(tensor.name(), tensor.type(), tensor.shape());
    }

    /** All replays are queued at once, so that the host's time between two does not count. */
    private static double[] replay(int iterations, CudaStream stream, Runnable once) {
        List<CudaEvent> events = new ArrayList<>();
        try {
            for (int i = 0; i <= iterations; i++) {
                events.add(CudaEvent.forTime());
            }
            events.get(0).record(stream);
            for (int i = 1; i <= iterations; i++) {
                once.run();
                events.get(i).record(stream);
            }
            stream.synchronize();
            double[] milliseconds = new double[iterations];
            for (int i = 0; i < iterations; i++) {
                milliseconds[i] = events.get(i + 1).millisecondsSince(events.get(i));
            }
            return milliseconds;
        } finally {
            events.forEach(CudaEvent::close);
        }
    }

    private static void fill(
            Settings settings, Sample sample, CudaStream stream, PlanTensor tensor, long address)
            throws IOException {
        try (PinnedMemory staging = new PinnedMemory(tensor.bytes())) {
            ByteBuffer values = staging.buffer(Math.toIntExact(tensor.bytes()));
            Path npy = file(settings.inputs, tensor.name(), ".npy");
            Path raw = file(settings.inputs, tensor.name(), ".raw");
            if (sample != null) {
                values.put(sample.input(tensor));
            } else if (npy != null) {
                values.put(NpyFile.read(npy, tensor));
            } else if (raw != null) {
                byte[] bytes = Files.readAllBytes(raw);
                if (bytes.length != tensor.bytes()) {
                    throw new UsageException(
                            "%s has %d bytes, input %s expects %d"
                                    .formatted(
                                            raw, bytes.length, describe(tensor), tensor.bytes()));
                }
                values.put(bytes);
            } else {
                invent(tensor, values, settings.integers);
            }
            stream.copy(address, staging.address(), tensor.bytes());
            stream.synchronize();
        }
    }

    private static Path file(Path folder, String tensor, String ending) {
        if (folder == null) {
            return null;
        }
        Path file = folder.resolve(tensor + ending);
        return Files.exists(file) ? file : null;
    }

    /** Normal deviates, random bytes, or the same integer everywhere: any index must be valid. */
    private static void invent(PlanTensor tensor, ByteBuffer values, int integer) {
        SplittableRandom random = new SplittableRandom(tensor.name().hashCode());
        while (values.hasRemaining()) {
            switch (tensor.type()) {
                case FLOAT32 -> values.putFloat((float) random.nextGaussian());
                case FLOAT16 -> values.putShort(half((float) random.nextGaussian()));
                case BFLOAT16 ->
                        values.putShort(
                                (short)
                                        (Float.floatToIntBits((float) random.nextGaussian())
                                                >>> 16));
                case INT64 -> values.putLong(integer);
                case INT32 -> values.putInt(integer);
                case BOOLEAN -> values.put((byte) 1);
                default -> values.put((byte) random.nextInt(256));
            }
        }
    }

    /**
     * Towards zero, and zero where float16 has no normal number; near enough for made-up values.
     */
    private static short half(float value) {
        int bits = Float.floatToIntBits(value);
        int exponent = (bits >>> 23 & 0xff) - 127 + 15;
        if (exponent <= 0) {
            return 0;
        }
        return (short) (bits >>> 16 & 0x8000 | Math.min(exponent, 30) << 10 | bits >>> 13 & 0x3ff);
    }

    /** The last run's outputs, copied to the host. */
    private static Map<PlanTensor, ByteBuffer> outputs(
            CudaStream stream, PlanContext context, List<Long> addresses) {
        Map<PlanTensor, ByteBuffer> outputs = new LinkedHashMap<>();
        for (int i = 0; i < context.outputs().size(); i++) {
            PlanTensor output = context.outputs().get(i);
            try (PinnedMemory staging = new PinnedMemory(output.bytes())) {
                stream.copy(
                        staging.address(),
                        addresses.get(context.inputs().size() + i),
                        output.bytes());
                stream.synchronize();
                ByteBuffer values =
                        ByteBuffer.allocate(Math.toIntExact(output.bytes()))
                                .order(ByteOrder.LITTLE_ENDIAN);
                values.put(Cuda.hostBuffer(staging.address(), output.bytes())).flip();
                outputs.put(output, values);
            }
        }
        return outputs;
    }

    private static void saveOutputs(Settings settings, Map<PlanTensor, ByteBuffer> outputs)
            throws IOException {
        PlanTensor first = outputs.keySet().iterator().next();
        Path folder =
                settings.out.resolve(
                        "%s-b%d".formatted(settings.graphName(), first.shape().get(0)));
        Files.createDirectories(folder);
        for (Map.Entry<PlanTensor, ByteBuffer> output : outputs.entrySet()) {
            NpyFile.write(
                    folder.resolve(output.getKey().name() + ".npy"),
                    output.getKey(),
                    output.getValue().duplicate());
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static String json(Object value) {
        return new GsonBuilder()
                .serializeNulls()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .create()
                .toJson(value);
    }
}
