package impasto.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds a bundle's graphs against its manifest. A file is read once in a process, unless it has
 * been written since: several graphs may share it, and plans are built before a bundle is loaded.
 */
public final class GraphFiles {

    private static final Map<Version, String> READ = new ConcurrentHashMap<>();

    /** A file as it was when it was read. */
    private record Version(Path file, Object key, long bytes, FileTime modified) {
        static Version of(Path file) throws IOException {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return new Version(
                    file.toAbsolutePath().normalize(),
                    found.fileKey(),
                    found.size(),
                    found.lastModifiedTime());
        }
    }

    private final Path directory;
    private final BundleManifest manifest;
    private final Map<Path, String> hashes = new HashMap<>();

    /**
     * @param directory of the bundle
     */
    public GraphFiles(Path directory, BundleManifest manifest) {
        this.directory = directory;
        this.manifest = manifest;
    }

    /**
     * Checks a graph's files: presence, SHA-256, and every input and output.
     *
     * @param name in the manifest
     * @throws BundleException naming the file, what was found and what was expected
     */
    public GraphFile check(String name) {
        BundleManifest.Graph graph = manifest.graphs().get(name);
        Path file = directory.resolve(graph.file());
        long bytes = checkHash(file, graph.sha256());
        for (BundleManifest.DataFile data : graph.externalData()) {
            bytes += checkHash(directory.resolve(data.file()), data.sha256());
        }
        OnnxSignature signature = OnnxSignature.read(file);
        new BundleContract(manifest).checkFile(name, signature);
        return new GraphFile(file, bytes, signature.weights(), signature.float8());
    }

    /** SHA-256 in hex of the files of all graphs that were checked. */
    public Map<Path, String> hashes() {
        return Map.copyOf(hashes);
    }

    /** The file's size in bytes if it was not checked before. */
    private long checkHash(Path file, String expected) {
        long bytes = 0;
        if (!hashes.containsKey(file)) {
            bytes = hash(file);
        }
        String found = hashes.get(file);
        if (!found.equals(expected)) {
            throw new BundleException(
                    "%s has SHA-256 %s, expected %s: the file is damaged or of another version of the bundle"
                            .formatted(file, found, expected));
        }
        return bytes;
    }

    private long hash(Path file) {
        try {
            Version version = Version.of(file);
            String hash = READ.get(version);
            if (hash == null) {
                hash = read(file);
                READ.put(version, hash);
            }
            hashes.put(file, hash);
            return version.bytes;
        } catch (NoSuchFileException e) {
            throw new BundleException(
                    "%s is missing, expected it beside %s".formatted(file, BundleManifest.FILE), e);
        } catch (IOException e) {
            throw new BundleException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digest = new DigestInputStream(in, Sha256.digest())) {
            digest.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        }
    }
}
