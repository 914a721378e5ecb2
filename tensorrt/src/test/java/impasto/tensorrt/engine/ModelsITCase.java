package impasto.tensorrt.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.DeviceException;
import impasto.tensorrt.ExpiredArrayException;
import impasto.tensorrt.OutOfDeviceMemoryException;
import impasto.tensorrt.TinyGraph;
import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.DeviceMemory;
import impasto.tensorrt.plan.BuildListener;
import impasto.tensorrt.plan.BuildListener.Step;
import impasto.tensorrt.plan.BuildOptions;
import impasto.tensorrt.plan.PlanCache;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("gpu")
class ModelsITCase {

    @TempDir Path folder;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = GpuModel.newManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void aGraphIsComputed() throws Exception {
        try (GpuModel model = affine(Map.of())) {
            NDList outputs = model.run(new NDList(floats("x", 1, 1, 2, 3, 4)));

            assertThat(outputs.get("y").toFloatArray()).containsExactly(3, 5, 7, 9);
            assertThat(model.model().describeInput().get(0).getValue()).isEqualTo(new Shape(-1, 4));
            assertThat(model.model().describeOutput().get(0).getKey()).isEqualTo("y");
        }
    }

    @Test
    void inputsWithoutNamesAreTakenInOrder() throws Exception {
        try (GpuModel model = affine(Map.of())) {
            assertThat(model.run(new NDList(floats(null, 1, 1, 2, 3, 4))).head().toFloatArray())
                    .containsExactly(3, 5, 7, 9);
        }
    }

    @Test
    void aSmallerBatchIsPaddedToTheNextSize() throws Exception {
        try (GpuModel model = affine(Map.of("batchSizes", "1,4"))) {
            for (int batch : new int[] {3, 1, 4, 2}) {
                float[] values = new float[batch * 4];
                float[] expected = new float[batch * 4];
                for (int i = 0; i < values.length; i++) {
                    values[i] = batch * 100 + i;
                    expected[i] = 2 * values[i] + 1;
                }
                NDArray output = model.run(new NDList(floats("x", batch, values))).head();

                assertThat(output.getShape()).isEqualTo(new Shape(batch, 4));
                assertThat(output.toFloatArray()).containsExactly(expected);
            }
            assertThatThrownBy(() -> model.run(new NDList(floats("x", 5, new float[20]))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "model tiny got a batch of 5, its plan takes up to 4 (option batchSizes)");
        }
    }

    @Test
    void aPlanForOneBatchSizeTakesSmallerBatchesToo() throws Exception {
        try (GpuModel model = affine(Map.of("batchSizes", "4"))) {
            assertThat(model.run(new NDList(floats("x", 1, 1, 2, 3, 4))).head().toFloatArray())
                    .containsExactly(3, 5, 7, 9);
        }
    }

    @Test
    void allElementTypesGoInAndOut() throws Exception {
        TinyGraph graph =
                new TinyGraph()
                        .input("bytes", DataType.UINT8, -1, 2)
                        .input("longs", DataType.INT64, -1, 2)
                        .input("ints", DataType.INT32, -1, 2)
                        .input("flags", DataType.BOOLEAN, -1, 2)
                        .input("half", DataType.FLOAT16, -1, 2)
                        .input("brain", DataType.BFLOAT16, -1, 2)
                        .cast("bytes_f", "bytes", DataType.FLOAT32)
                        .cast("longs_f", "longs", DataType.FLOAT32)
                        .cast("ints_f", "ints", DataType.FLOAT32)
                        .cast("flags_f", "flags", DataType.FLOAT32)
                        .cast("half_f", "half", DataType.FLOAT32)
                        .cast("brain_f", "brain", DataType.FLOAT32)
                        .node("Add", "s1", "bytes_f", "longs_f")
                        .node("Add", "s2", "ints_f", "flags_f")
                        .node("Add", "s3", "half_f", "brain_f")
                        .node("Add", "s4", "s1", "s2")
                        .node("Add", "sum", "s3", "s4")
                        .cast("sum_u8", "sum", DataType.UINT8)
                        .cast("sum_f16", "sum", DataType.FLOAT16)
                        .cast("sum_bf16", "sum", DataType.BFLOAT16)
                        .cast("sum_i64", "sum", DataType.INT64)
                        .cast("sum_i32", "sum", DataType.INT32)
                        .cast("sum_bool", "sum", DataType.BOOLEAN)
                        .output("sum", DataType.FLOAT32, -1, 2)
                        .output("sum_u8", DataType.UINT8, -1, 2)
                        .output("sum_f16", DataType.FLOAT16, -1, 2)
                        .output("sum_bf16", DataType.BFLOAT16, -1, 2)
                        .output("sum_i64", DataType.INT64, -1, 2)
                        .output("sum_i32", DataType.INT32, -1, 2)
                        .output("sum_bool", DataType.BOOLEAN, -1, 2);
        NDArray x = floats("x", 1, 1, 3);
        NDList inputs = new NDList();
        Map<String, DataType> types =
                Map.of(
                        "bytes", DataType.UINT8,
                        "longs", DataType.INT64,
                        "ints", DataType.INT32,
                        "half", DataType.FLOAT16,
                        "brain", DataType.BFLOAT16);
        types.forEach(
                (name, type) -> {
                    NDArray input = x.toType(type, false);
                    input.setName(name);
                    inputs.add(input);
                });
        NDArray flags = x.toType(DataType.BOOLEAN, false);
        flags.setName("flags");
        inputs.add(flags);
        try (GpuModel model = GpuModel.of(graph, folder.resolve("types.onnx"), Map.of())) {
            NDList outputs = model.run(inputs);

            assertThat(outputs.get("sum").toFloatArray()).containsExactly(6, 16);
            for (String name : List.of("sum_u8", "sum_f16", "sum_bf16", "sum_i64", "sum_i32")) {
                assertThat(outputs.get(name).toType(DataType.FLOAT32, false).toFloatArray())
                        .as(name)
                        .containsExactly(6, 16);
            }
            assertThat(outputs.get("sum_bool").toBooleanArray()).containsExactly(true, true);
        }
    }

    @Test
    void plansForDifferentBatchSizesAreChained() throws Exception {
        try (GpuModel one = affine(Map.of("batchSizes", "1"));
                GpuModel four = affine(Map.of("batchSizes", "4"))) {
            for (int run = 0; run < 3; run++) {
                NDArray y = one.run(new NDList(floats("x", 1, run, 1, 2, 3))).head();
                y.setName("x");
                assertThat(four.run(new NDList(y)).head().toFloatArray())
                        .containsExactly(4 * run + 3, 7, 11, 15);
            }
        }
    }

    @Test
    void anArrayThatIsReadAgainAndAgainIsReadRight() throws Exception {
        try (GpuModel model = affine(Map.of())) {
            NDArray constant = floats("x", 1, 1, 2, 3, 4);
            for (int run = 0; run < 200; run++) {
                assertThat(model.run(new NDList(constant)).head().toFloatArray())
                        .containsExactly(3, 5, 7, 9);
            }
        }
    }

    @Test
    void replayGivesTheBytesOfEnqueue() throws Exception {
        TinyGraph graph = products(256, 4);
        Path onnx = graph.write(folder.resolve("products.onnx"));
        float[] values = new float[8 * 256];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        try (GpuModel replayed = new GpuModel(onnx, Map.of("batchSizes", "8"));
                GpuModel enqueued =
                        new GpuModel(onnx, Map.of("batchSizes", "8", "replay", "false"))) {
            NDList inputs = new NDList(floats("x", 8, values));
            byte[] expected = ArraysITCase.bytes(enqueued.run(inputs).head());
            for (int run = 0; run < 10; run++) {
                assertThat(ArraysITCase.bytes(replayed.run(inputs).head())).isEqualTo(expected);
            }
        }
    }

    @Test
    void anOutputExpiresWhenItsSlotIsUsedAgain() throws Exception {
        try (GpuModel model = affine(Map.of())) {
            NDArray first = model.run(new NDList(floats("x", 1, 1, 2, 3, 4))).head();
            NDArray kept = first.duplicate();
            NDArray view = first.get("0:1");
            NDArray second = model.run(new NDList(floats("x", 1, 5, 6, 7, 8))).head();

            assertThat(first.toFloatArray()).containsExactly(3, 5, 7, 9);
            model.run(new NDList(floats("x", 1, 0, 0, 0, 0)));

            for (NDArray expired : new NDArray[] {first, view}) {
                assertThatThrownBy(expired::toFloatArray)
                        .isInstanceOf(ExpiredArrayException.class)
                        .hasMessageStartingWith(
                                "array 'y' has expired: slot 0 of model tiny for batches of 1 was used again");
            }
            first.setName("x");
            assertThatThrownBy(() -> model.run(new NDList(first)))
                    .isInstanceOf(ExpiredArrayException.class);
            assertThat(kept.toFloatArray()).containsExactly(3, 5, 7, 9);
            // The failed run had its turn as well.
            assertThatThrownBy(second::toFloatArray).isInstanceOf(ExpiredArrayException.class);
        }
    }

    @Test
    void moreSlotsKeepMoreOutputs() throws Exception {
        try (GpuModel model = affine(Map.of("slots", "3"))) {
            List<NDArray> outputs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                outputs.add(model.run(new NDList(floats("x", 1, i, i, i, i))).head());
            }
            for (int i = 0; i < 3; i++) {
                assertThat(outputs.get(i).toFloatArray()).containsOnly(2 * i + 1);
            }
        }
    }

    @Test
    void aModelReadsItsOwnOutputAsOftenAsItLikes() throws Exception {
        for (String bind : List.of("direct", "copy")) {
            try (GpuModel model = affine(Map.of("bind", bind))) {
                NDArray x = floats("x", 1, 1, 1, 1, 1);
                for (int step = 0; step < 20; step++) {
                    x = model.run(new NDList(x)).head();
                    x.setName("x");
                }
                // x -> 2x + 1, twenty times
                assertThat(x.toFloatArray()).as(bind).containsOnly((1 << 21) - 1);
            }
        }
    }

    /**
     * A side model of one thread feeds a main model of another; each is slow enough that its
     * neighbour would read too early, or overwrite too early, if it did not wait.
     */
    @Test
    void modelsOnTwoStreamsNeverReadTooEarlyNorOverwriteTooEarly() throws Exception {
        Path sideGraph = slowIdentity(1024, 60).write(folder.resolve("side.onnx"));
        Path mainGraph = slowIdentity(1024, 30).write(folder.resolve("main.onnx"));
        int batches = 300;
        ExecutorService lanes = Executors.newFixedThreadPool(2);
        try (GpuModel side = new GpuModel(sideGraph, Map.of("stream", "side", "batchSizes", "8"));
                GpuModel main =
                        new GpuModel(mainGraph, Map.of("stream", "main", "batchSizes", "8"))) {
            Future<NDList> prepared = lanes.submit(() -> side(side, 0));
            List<Future<Void>> checks = new ArrayList<>();
            for (int batch = 0; batch < batches; batch++) {
                NDList inputs = prepared.get();
                int next = batch + 1;
                prepared = lanes.submit(() -> side(side, next));
                NDArray result = main.run(inputs).head();
                int expected = batch;
                checks.add(
                        lanes.submit(
                                () -> {
                                    assertThat(result.toFloatArray()).containsOnly(expected);
                                    return null;
                                }));
                if (batch % 2 == 1) {
                    // Two slots: the check of this batch must have begun before the next but one.
                    checks.get(batch - 1).get();
                    checks.get(batch).get();
                }
            }
            prepared.get();
        } finally {
            lanes.shutdown();
        }
    }

    private NDList side(GpuModel side, int batch) {
        float[] values = new float[8 * 1024];
        java.util.Arrays.fill(values, batch);
        NDList outputs;
        try (NDArray input = floats("x", 8, values)) {
            outputs = side.run(new NDList(input));
        }
        outputs.head().setName("x");
        return outputs;
    }

    @Test
    void deviceMemoryIsGivenBack() throws Exception {
        long before = DeviceMemory.allocatedBytes();
        for (int round = 0; round < 3; round++) {
            try (NDManager own = GpuModel.newManager();
                    GpuModel model = affine(Map.of("batchSizes", "4"));
                    GpuModel other = affine(Map.of("stream", "side"))) {
                for (int run = 0; run < 50; run++) {
                    try (NDManager ofRun = own.newSubManager()) {
                        NDArray x = ofRun.create(new float[] {1, 2, 3, 4}, new Shape(1, 4));
                        x.setName("x");
                        NDArray y = model.run(new NDList(x)).head();
                        y.setName("x");
                        NDArray z = other.run(new NDList(y)).head();
                        z.get("0:1").duplicate().concat(x).toFloatArray();
                    }
                }
                long inUse = DeviceMemory.allocatedBytes();
                assertThat(inUse).isGreaterThan(before);
            }
            assertThat(DeviceMemory.allocatedBytes()).as("round " + round).isEqualTo(before);
        }
    }

    @Test
    void contextsOfOneStreamShareScratchMemory() throws Exception {
        Path onnx = products(1024, 6).write(folder.resolve("products.onnx"));
        NDArray x = floats("x", 8, new float[8 * 1024]);
        try (GpuModel first = new GpuModel(onnx, Map.of("batchSizes", "8"))) {
            first.run(new NDList(x)).head().toFloatArray();
            long one = DeviceMemory.allocatedBytes();
            try (GpuModel second = new GpuModel(onnx, Map.of("batchSizes", "8"))) {
                second.run(new NDList(x)).head().toFloatArray();
                long slab = DeviceMemory.allocatedBytes() - one;

                // An input slab and one slot, and no scratch memory.
                assertThat(slab).isEqualTo(2L * 8 * 1024 * Float.BYTES);
            }
        }
    }

    @Test
    void threadsThatLoadOneGraphShareOneBuild() throws Exception {
        Path onnx = TinyGraph.affine(4, 2, 1).write(folder.resolve("tiny.onnx"));
        PlanCache cache = new PlanCache(folder.resolve("plans"));
        CudaDevice device = CudaDevice.of(0);
        ConcurrentLinkedQueue<Step> steps = new ConcurrentLinkedQueue<>();
        BuildListener listener = progress -> steps.add(progress.step());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Path>> plans = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                plans.add(
                        threads.submit(
                                () ->
                                        cache.plan(
                                                onnx,
                                                device,
                                                BuildOptions.forBatchSizes(1),
                                                Map.of(),
                                                listener)));
            }
            for (Future<Path> plan : plans) {
                assertThat(Files.size(plan.get())).isPositive();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(steps.stream().filter(step -> step == Step.DONE)).hasSize(1);
        assertThat(steps).contains(Step.PARSING, Step.OPTIMIZING, Step.WRITING);
        assertThat(folder.resolve("plans")).isDirectoryContaining("glob:**timings-*.cache");
    }

    @Test
    void aPlanCanBeLoadedByItself() throws Exception {
        Path onnx = TinyGraph.affine(4, 2, 1).write(folder.resolve("tiny.onnx"));
        Path plan =
                new PlanCache(folder.resolve("plans"))
                        .plan(
                                onnx,
                                CudaDevice.of(0),
                                BuildOptions.forBatchSizes(4),
                                Map.of(),
                                BuildListener.NONE);
        Files.delete(onnx);
        try (GpuModel model = new GpuModel(plan, Map.of())) {
            assertThat(model.run(new NDList(floats("x", 1, 1, 2, 3, 4))).head().toFloatArray())
                    .containsExactly(3, 5, 7, 9);
        }
    }

    @Test
    void aNodeThatTensorRtDoesNotKnowIsNamed() throws Exception {
        Path onnx =
                new TinyGraph()
                        .input("x", DataType.FLOAT32, -1, 4)
                        .node("Impossible", "y", "x")
                        .output("y", DataType.FLOAT32, -1, 4)
                        .write(folder.resolve("bad.onnx"));

        assertThatThrownBy(() -> new GpuModel(onnx, Map.of()))
                .isInstanceOf(MalformedModelException.class)
                .hasMessageContaining("bad.onnx")
                .hasMessageContaining("Impossible 'make_y'");
    }

    @Test
    void anOpenDimensionBesideTheBatchIsNamed() throws Exception {
        Path onnx =
                new TinyGraph()
                        .input("x", DataType.FLOAT32, -1, -1)
                        .node("Identity", "y", "x")
                        .output("y", DataType.FLOAT32, -1, -1)
                        .write(folder.resolve("open.onnx"));

        assertThatThrownBy(() -> new GpuModel(onnx, Map.of()))
                .isInstanceOf(MalformedModelException.class)
                .hasMessageContaining("dimension 1 of input 'x' is open");
    }

    @Test
    void aFileThatIsNoPlanIsRefused() throws Exception {
        Path plan = Files.writeString(folder.resolve("notes.plan"), "These are not the weights.");

        assertThatThrownBy(() -> new GpuModel(plan, Map.of()))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("notes.plan is no plan for this GPU");
    }

    @Test
    void wrongInputsAreNamed() throws Exception {
        try (GpuModel model = affine(Map.of())) {
            assertThatThrownBy(() -> model.run(new NDList(floats("z", 1, 1, 2, 3, 4))))
                    .hasMessage("model tiny got inputs [z], expected [x]");
            assertThatThrownBy(() -> model.run(new NDList(floats("x", 1, 1, 2))))
                    .hasMessage("model tiny got input 'x' of shape (1, 2), expected (1, 4)");
            NDArray integers = manager.create(new int[] {1, 2, 3, 4}, new Shape(1, 4));
            integers.setName("x");
            assertThatThrownBy(() -> model.run(new NDList(integers)))
                    .hasMessage("model tiny got input 'x' as int32, expected float32");
        }
    }

    @Test
    void askingForTooMuchDeviceMemorySaysHowMuchThereIs() {
        long tooMuch = CudaDevice.of(0).freeBytes() * 2;
        assertThatThrownBy(
                        () ->
                                DeviceMemory.allocate(
                                        CudaDevice.of(0).stream("main"), tooMuch, "a test"))
                .isInstanceOf(OutOfDeviceMemoryException.class)
                .hasMessageMatching(
                        "allocating [0-9,]+ MiB for a test failed: out of device memory \\([0-9,]+ MiB free of [0-9,]+ MiB\\)");
        // The context is as good as before.
        assertThat(manager.zeros(new Shape(2)).toFloatArray()).containsOnly(0f);
    }

    private GpuModel affine(Map<String, String> options) throws Exception {
        return GpuModel.of(TinyGraph.affine(4, 2, 1), folder.resolve("tiny.onnx"), options);
    }

    /** A chain of matrix products, each with a matrix that scales by 1/2 and shifts columns. */
    private static TinyGraph products(int width, int count) {
        float[] matrix = new float[width * width];
        for (int i = 0; i < width; i++) {
            matrix[i * width + (i + 1) % width] = 0.5f;
            matrix[i * width + (i + 7) % width] = 0.25f;
        }
        return chain(width, count, matrix);
    }

    /** The same with the identity, so that values pass through unchanged, late. */
    private static TinyGraph slowIdentity(int width, int count) {
        float[] matrix = new float[width * width];
        for (int i = 0; i < width; i++) {
            matrix[i * width + i] = 1;
        }
        return chain(width, count, matrix);
    }

    private static TinyGraph chain(int width, int count, float[] matrix) {
        TinyGraph graph =
                new TinyGraph()
                        .input("x", DataType.FLOAT32, -1, width)
                        .constant("matrix", new long[] {width, width}, matrix);
        String last = "x";
        for (int i = 0; i < count; i++) {
            String next = i == count - 1 ? "y" : "v" + i;
            graph.node("MatMul", next, last, "matrix");
            last = next;
        }
        return graph.output("y", DataType.FLOAT32, -1, width);
    }

    private NDArray floats(String name, int batch, float... values) {
        NDArray array = manager.create(values, new Shape(batch, values.length / batch));
        array.setName(name);
        return array;
    }
}
