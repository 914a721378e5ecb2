package impasto.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The files of one graph, found to be those that the manifest describes.
 *
 * @param bytes of the ONNX file and its external data
 * @param weights elements of its initializers
 */
public record GraphFile(GraphRole role, Path file, long bytes, long weights) {

    /**
     * Holds a graph's files against the manifest: presence, SHA-256, and every input and output.
     *
     * @param directory of the bundle
     * @throws BundleException naming the file, what was found and what was expected
     */
    public static GraphFile check(Path directory, BundleManifest manifest, GraphRole role) {
        BundleManifest.Graph graph = manifest.graph(role);
        Path file = directory.resolve(graph.file());
        long bytes = checkHash(file, graph.sha256());
        for (BundleManifest.DataFile data : graph.externalData()) {
            bytes += checkHash(directory.resolve(data.file()), data.sha256());
        }
        OnnxSignature signature = OnnxSignature.read(file);
        new BundleContract(manifest).checkFile(role, signature);
        return new GraphFile(role, file, bytes, signature.weights());
    }

    /** The file's size in bytes. */
    private static long checkHash(Path file, String expected) {
        String found;
        long bytes;
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digest =
                        new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            bytes = digest.transferTo(OutputStream.nullOutputStream());
            found = HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchFileException e) {
            throw new BundleException(
                    "%s is missing, expected it beside %s".formatted(file, BundleManifest.FILE), e);
        } catch (IOException e) {
            throw new BundleException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        if (!found.equals(expected)) {
            throw new BundleException(
                    "%s has SHA-256 %s, expected %s: the file is damaged or of another version of the bundle"
                            .formatted(file, found, expected));
        }
        return bytes;
    }
}
