package impasto.tensorrt.plan;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What is needed of an ONNX file to tell whether a plan was built from it. */
final class OnnxFile {

    // Field numbers of onnx.proto.
    private static final int MODEL_GRAPH = 7;
    private static final int MODEL_FUNCTIONS = 25;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int FUNCTION_NODE = 7;
    private static final int NODE_ATTRIBUTE = 5;
    private static final int ATTRIBUTE_TENSOR = 5;
    private static final int ATTRIBUTE_GRAPH = 6;
    private static final int ATTRIBUTE_TENSORS = 10;
    private static final int ATTRIBUTE_GRAPHS = 11;
    private static final int TENSOR_EXTERNAL_DATA = 13;
    private static final int ENTRY_KEY = 1;
    private static final int ENTRY_VALUE = 2;

    private enum Kind {
        MODEL,
        GRAPH,
        FUNCTION,
        NODE,
        ATTRIBUTE,
        TENSOR
    }

    private OnnxFile() {}

    /**
     * SHA-256 of the file and of all files with its external data.
     *
     * @param known SHA-256 in hex of files that have been read already
     * @throws IOException if one is missing, or this is no ONNX file
     */
    static String hash(Path onnx, Map<Path, String> known) throws IOException {
        MessageDigest whole = sha256();
        whole.update(digest(onnx, known));
        for (String location : externalData(onnx)) {
            Path data = onnx.resolveSibling(location);
            if (!Files.isRegularFile(data)) {
                throw new NoSuchFileException(
                        data.toString(),
                        null,
                        "expected it beside " + onnx + ", which refers to it");
            }
            whole.update(location.getBytes(StandardCharsets.UTF_8));
            whole.update(digest(data, known));
        }
        return HexFormat.of().formatHex(whole.digest());
    }

    /** Files with weights to which the graph refers, relative to its own folder, sorted. */
    static Set<String> externalData(Path onnx) throws IOException {
        Set<String> locations = new TreeSet<>();
        try (InputStream in = Files.newInputStream(onnx)) {
            CodedInputStream coded = CodedInputStream.newInstance(in, 1 << 16);
            coded.setSizeLimit(Integer.MAX_VALUE);
            read(coded, Kind.MODEL, locations);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IOException("%s is no ONNX file: %s".formatted(onnx, e.getMessage()), e);
        }
        return locations;
    }

    private static void read(CodedInputStream in, Kind kind, Set<String> locations)
            throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                in.skipField(tag);
            } else if (kind == Kind.TENSOR && field == TENSOR_EXTERNAL_DATA) {
                int outer = in.pushLimit(in.readRawVarint32());
                readEntry(in, locations);
                in.popLimit(outer);
            } else {
                Kind inner = inner(kind, field);
                if (inner == null) {
                    in.skipField(tag);
                } else {
                    int outer = in.pushLimit(in.readRawVarint32());
                    read(in, inner, locations);
                    in.popLimit(outer);
                }
            }
        }
    }

    private static Kind inner(Kind kind, int field) {
        return switch (kind) {
            case MODEL ->
                    field == MODEL_GRAPH
                            ? Kind.GRAPH
                            : field == MODEL_FUNCTIONS ? Kind.FUNCTION : null;
            case GRAPH ->
                    field == GRAPH_NODE
                            ? Kind.NODE
                            : field == GRAPH_INITIALIZER ? Kind.TENSOR : null;
            case FUNCTION -> field == FUNCTION_NODE ? Kind.NODE : null;
            case NODE -> field == NODE_ATTRIBUTE ? Kind.ATTRIBUTE : null;
            case ATTRIBUTE ->
                    switch (field) {
                        case ATTRIBUTE_TENSOR, ATTRIBUTE_TENSORS -> Kind.TENSOR;
                        case ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS -> Kind.GRAPH;
                        default -> null;
                    };
            case TENSOR -> null;
        };
    }

    private static void readEntry(CodedInputStream in, Set<String> locations) throws IOException {
        String key = "";
        String value = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case ENTRY_KEY -> key = in.readString();
                case ENTRY_VALUE -> value = in.readString();
                default -> in.skipField(tag);
            }
        }
        if (key.equals("location")) {
            locations.add(value);
        }
    }

    private static byte[] digest(Path file, Map<Path, String> known) throws IOException {
        if (known.containsKey(file)) {
            return HexFormat.of().parseHex(known.get(file));
        }
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return digest.digest();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
