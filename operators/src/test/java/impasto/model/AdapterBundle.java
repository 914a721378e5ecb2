package impasto.model;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A copy of the project's bundle whose temporal adapter has random output weights, so that
 * conditions show in every picture, however the adapter that ships was trained.
 */
public final class AdapterBundle {

    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW_DATA = 9;
    private static final float SPREAD = 0.5f;

    private AdapterBundle() {}

    /** Writes the bundle into an empty folder. */
    public static Path write(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(TestBundle.path())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Path denoiser = folder.resolve("denoiser.onnx");
        byte[] patched = patched(UnknownFieldSet.parseFrom(Files.readAllBytes(denoiser)));
        Files.write(denoiser, patched);
        JsonMapper json = new JsonMapper();
        Path file = folder.resolve("pipeline.json");
        ObjectNode manifest = (ObjectNode) json.readTree(file.toFile());
        ((ObjectNode) manifest.at("/graphs/denoiser")).put("sha256", sha256(patched));
        json.writeValue(file.toFile(), manifest);
        return folder;
    }

    private static byte[] patched(UnknownFieldSet model) throws IOException {
        UnknownFieldSet graph = nested(model.getField(MODEL_GRAPH), 0);
        Random random = new Random(1);
        Field.Builder initializers = Field.newBuilder();
        int count = 0;
        for (ByteString bytes : graph.getField(GRAPH_INITIALIZER).getLengthDelimitedList()) {
            UnknownFieldSet tensor = UnknownFieldSet.parseFrom(bytes);
            String name =
                    tensor.getField(TENSOR_NAME).getLengthDelimitedList().get(0).toStringUtf8();
            if (name.startsWith("adapter.") && name.contains(".up.") && name.endsWith(".weight")) {
                int size = tensor.getField(TENSOR_RAW_DATA).getLengthDelimitedList().get(0).size();
                tensor =
                        tensor.toBuilder()
                                .clearField(TENSOR_RAW_DATA)
                                .addField(TENSOR_RAW_DATA, bytesField(random(random, size)))
                                .build();
                count++;
            }
            initializers.addLengthDelimited(tensor.toByteString());
        }
        if (count == 0) {
            throw new IOException("the denoiser has no weights named adapter.*.up.*.weight");
        }
        UnknownFieldSet changed =
                graph.toBuilder()
                        .clearField(GRAPH_INITIALIZER)
                        .addField(GRAPH_INITIALIZER, initializers.build())
                        .build();
        return model.toBuilder()
                .clearField(MODEL_GRAPH)
                .addField(MODEL_GRAPH, bytesField(changed.toByteString()))
                .build()
                .toByteArray();
    }

    private static UnknownFieldSet nested(Field field, int index) throws IOException {
        return UnknownFieldSet.parseFrom(field.getLengthDelimitedList().get(index));
    }

    private static Field bytesField(ByteString bytes) {
        return Field.newBuilder().addLengthDelimited(bytes).build();
    }

    /** float16 values of a normal distribution. */
    private static ByteString random(Random random, int bytes) {
        ByteBuffer values = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            values.putShort(float16((float) random.nextGaussian() * SPREAD));
        }
        return ByteString.copyFrom(values.flip());
    }

    /** Nearest towards zero; for values of ordinary size. */
    private static short float16(float value) {
        int bits = Float.floatToIntBits(value);
        int exponent = ((bits >>> 23) & 0xff) - 127 + 15;
        if (exponent <= 0) {
            return 0;
        }
        return (short) ((bits >>> 16 & 0x8000) | exponent << 10 | (bits >>> 13 & 0x3ff));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
