package impasto.tensorrt.benchmark;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.plan.PlanTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * NumPy's file format, as far as tensors of plans need it: little endian, C order. bfloat16, which
 * NumPy does not have, is read and written as uint16 with the same bits.
 */
final class NpyFile {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    private NpyFile() {}

    /**
     * @return the values, ready to be read
     * @throws IOException if the file is not of the tensor's type and shape
     */
    static ByteBuffer read(Path file, PlanTensor tensor) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[MAGIC.length];
        if (all.remaining() < 10) {
            throw new IOException(file + " is too short for a .npy file");
        }
        all.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new IOException(file + " is not a .npy file");
        }
        int version = all.get();
        all.get();
        byte[] header = new byte[version == 1 ? all.getShort() & 0xffff : all.getInt()];
        all.get(header);
        String found = new String(header, StandardCharsets.ISO_8859_1).strip();
        String expected = header(tensor.type(), tensor.shape());
        if (!found.replace(" ", "").replace(",}", "}").equals(expected.replace(" ", ""))) {
            throw new IOException(
                    "%s has %s, input '%s' expects %s"
                            .formatted(file, found, tensor.name(), expected));
        }
        if (all.remaining() != tensor.bytes()) {
            throw new IOException(
                    "%s has %d bytes of values, expected %d"
                            .formatted(file, all.remaining(), tensor.bytes()));
        }
        return all;
    }

    static void write(Path file, PlanTensor tensor, ByteBuffer values) throws IOException {
        String text = header(tensor.type(), tensor.shape());
        int length = (MAGIC.length + 4 + text.length() + 1 + 63) / 64 * 64;
        ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).put((byte) 1).put((byte) 0);
        header.putShort((short) (length - MAGIC.length - 4));
        header.put(text.getBytes(StandardCharsets.ISO_8859_1));
        while (header.remaining() > 1) {
            header.put((byte) ' ');
        }
        header.put((byte) '\n').flip();
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            channel.write(header);
            while (values.hasRemaining()) {
                channel.write(values);
            }
        }
    }

    private static String header(DataType type, Shape shape) {
        String dimensions =
                Arrays.stream(shape.getShape())
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(", "));
        return "{'descr': '%s', 'fortran_order': False, 'shape': (%s)}"
                .formatted(
                        descriptor(type), shape.dimension() == 1 ? dimensions + "," : dimensions);
    }

    private static String descriptor(DataType type) {
        return switch (type) {
            case FLOAT32 -> "<f4";
            case FLOAT16 -> "<f2";
            case BFLOAT16 -> "<u2";
            case INT64 -> "<i8";
            case INT32 -> "<i4";
            case UINT8 -> "|u1";
            case INT8 -> "|i1";
            case BOOLEAN -> "|b1";
            default -> throw new IllegalArgumentException("no tensor of a plan is " + type);
        };
    }
}
