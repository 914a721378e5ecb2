package impasto.tensorrt.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed bundle on the GPU, against ONNX Runtime on the CPU. */
@Tag("gpu")
class NanoITCase {

    private static final int FRAMES = 4;
    private static final Path NANO =
            Path.of(System.getProperty("impasto.home", ".."), "models", "nano");
    private static final JsonObject MANIFEST = manifest();
    private static final int SIZE = MANIFEST.getAsJsonObject("frame").get("width").getAsInt();
    private static final int TOKENS = MANIFEST.getAsJsonObject("text").get("max_tokens").getAsInt();

    @TempDir static Path plans;

    @Test
    void everyGraphGivesWhatOnnxRuntimeGives() throws Exception {
        Map<String, float[]> expected = chain("OnnxRuntime", Map.of(), Map.of());
        Map<String, float[]> found =
                chain(
                        "TensorRT",
                        // Several sizes make a plan whose shapes are open, and its outputs' memory
                        // must be that of the largest.
                        Map.of("batchSizes", "1,4", "stream", "side"),
                        Map.of("batchSizes", "4", "stream", "main"));

        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (name, values) ->
                        assertThat(psnr(values, found.get(name)))
                                .as("PSNR of %s in dB", name)
                                .isGreaterThanOrEqualTo(40));
    }

    private static JsonObject manifest() {
        try {
            return JsonParser.parseString(Files.readString(NANO.resolve("pipeline.json")))
                    .getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All outputs of all graphs, each fed with what the engine itself made before. */
    private static Map<String, float[]> chain(
            String engine, Map<String, String> side, Map<String, String> main) throws Exception {
        Map<String, float[]> outputs = new LinkedHashMap<>();
        try (NDManager manager = NDManager.newBaseManager(null, engine);
                Model textEncoder = load(engine, "text_encoder", side);
                Model vaeEncoder = load(engine, "vae_encoder", side);
                Model conditionEncoder = load(engine, "condition_encoder", main);
                Model denoiser = load(engine, "denoiser", main);
                Model vaeDecoder = load(engine, "vae_decoder", main)) {
            NDArray frame = picture(manager, "frame", 1);
            NDList text = run(textEncoder, new NDList(tokens(manager), mask(manager), frame));
            NDArray latents = run(vaeEncoder, new NDList(frame)).head();
            NDList conditions =
                    run(conditionEncoder, new NDList(picture(manager, "anchor", 2), flow(manager)));
            keep(outputs, "text_encoder", text);
            keep(outputs, "vae_encoder", new NDList(latents));
            keep(outputs, "condition_encoder", conditions);

            NDList inputs = new NDList(text);
            inputs.addAll(conditions);
            latents.setName("reference_latents");
            inputs.add(latents);
            inputs.add(random(manager, "noise", latents.getShape(), 1f, 7));
            inputs.add(floats(manager, "strength", new Shape(FRAMES), 0, 0.5f, 1, 0.25f));
            inputs.add(floats(manager, "sigmas", new Shape(FRAMES, 2), 1, 0, 1, 0, 1, 0, 1, 0));
            NDList denoised = run(denoiser, inputs);
            keep(outputs, "denoiser", denoised);
            keep(outputs, "vae_decoder", run(vaeDecoder, denoised));
        }
        return outputs;
    }

    private static Model load(String engine, String graph, Map<String, String> options)
            throws Exception {
        Map<String, String> all = new HashMap<>(options);
        if (engine.equals("TensorRT")) {
            all.put("planCache", plans.toString());
            // What is tested is whether values are right, not how fast they come.
            all.put("optimizationLevel", "1");
        }
        Model model = Model.newInstance(graph, engine);
        model.load(NANO.resolve(graph + ".onnx"), null, all);
        return model;
    }

    private static NDList run(Model model, NDList inputs) {
        return model.getBlock()
                .forward(new ParameterStore(model.getNDManager(), false), inputs, false);
    }

    private static void keep(Map<String, float[]> outputs, String graph, NDList arrays) {
        for (NDArray array : arrays) {
            outputs.put(graph + "/" + array.getName(), values(array));
        }
    }

    private static float[] values(NDArray array) {
        ByteBuffer bytes = array.toByteBuffer().order(ByteOrder.nativeOrder());
        ByteBuffer floats = HostCast.convert(bytes, array.getDataType(), DataType.FLOAT32);
        float[] values = new float[floats.remaining() / Float.BYTES];
        floats.asFloatBuffer().get(values);
        return values;
    }

    /** Soft waves, so that neighbouring pixels are alike, as in a picture. */
    private static NDArray picture(NDManager manager, String name, int seed) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(FRAMES * SIZE * SIZE * 3);
        for (int i = 0; i < FRAMES; i++) {
            for (int y = 0; y < SIZE; y++) {
                for (int x = 0; x < SIZE; x++) {
                    for (int c = 0; c < 3; c++) {
                        double wave =
                                Math.sin((x + 40 * i) * 0.05 * seed + c) * Math.cos(y * 0.03 + c);
                        bytes.put((byte) (128 + 100 * wave));
                    }
                }
            }
        }
        NDArray array =
                manager.create(bytes.flip(), new Shape(FRAMES, SIZE, SIZE, 3), DataType.UINT8);
        array.setName(name);
        return array;
    }

    private static NDArray flow(NDManager manager) {
        return random(manager, "flow", new Shape(FRAMES, SIZE, SIZE, 2), 3f, 5);
    }

    private static NDArray random(
            NDManager manager, String name, Shape shape, float scale, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = scale * (float) random.nextGaussian();
        }
        return floats(manager, name, shape, values);
    }

    private static NDArray floats(NDManager manager, String name, Shape shape, float... values) {
        NDArray array = manager.create(values, shape);
        array.setName(name);
        return array;
    }

    private static NDArray tokens(NDManager manager) {
        long[] ids = new long[FRAMES * TOKENS];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = isToken(i) ? 3 + i % 50 : 0;
        }
        NDArray array = manager.create(ids, new Shape(FRAMES, TOKENS));
        array.setName("input_ids");
        return array;
    }

    private static NDArray mask(NDManager manager) {
        long[] mask = new long[FRAMES * TOKENS];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = isToken(i) ? 1 : 0;
        }
        NDArray array = manager.create(mask, new Shape(FRAMES, TOKENS));
        array.setName("attention_mask");
        return array;
    }

    /** Prompts of a batch are of different lengths: what masks one row must not mask another. */
    private static boolean isToken(int index) {
        return index % TOKENS < 32 + 8 * (index / TOKENS);
    }

    /** Over the range of the expected values. */
    private static double psnr(float[] expected, float[] found) {
        assertThat(found).hasSameSizeAs(expected);
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            least = Math.min(least, expected[i]);
            most = Math.max(most, expected[i]);
            squares += Math.pow(expected[i] - (double) found[i], 2);
        }
        double range = most > least ? most - least : 1;
        return 10 * Math.log10(range * range / (squares / expected.length));
    }
}
