package impasto.local;

import impasto.model.BundleManifest;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds a bundle by the name or path that a person gives. */
public final class BundleFolder {

    /** The bundle that comes with the project. */
    public static final String DEFAULT = "nano";

    private BundleFolder() {}

    /**
     * A folder of that path, or the project's bundle of that name.
     *
     * @throws impasto.model.BundleException if neither is a bundle
     */
    public static Path find(String nameOrPath) {
        Path path = Path.of(nameOrPath);
        if (!Files.isDirectory(path)) {
            Path own = Path.of(System.getProperty("impasto.home", "."), "models", nameOrPath);
            if (Files.isDirectory(own)) {
                path = own;
            }
        }
        BundleManifest.read(path);
        return path.toAbsolutePath().normalize();
    }
}
