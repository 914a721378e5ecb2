package impasto.evaluation.result;

import impasto.model.BundleManifest;
import impasto.model.LoadedBundle;
import impasto.model.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.opencv.global.opencv_core;

/**
 * Where rows come from.
 *
 * @param bundle name, version and SHA-256 of its manifest
 * @param randomWeights whether the bundle was never trained: then its pictures mean nothing
 */
public record Provenance(
        Map<String, String> bundle,
        boolean randomWeights,
        Map<String, String> versions,
        Map<String, String> machine,
        String commit) {

    /** What the description of a bundle says that nobody has trained. */
    private static final String RANDOM = "random weights";

    public static Provenance of(LoadedBundle loaded, String projectVersion) throws IOException {
        BundleManifest manifest = loaded.manifest();
        Map<String, String> bundle = new LinkedHashMap<>();
        bundle.put("name", manifest.name());
        bundle.put("version", manifest.version());
        bundle.put("sha256", hash(loaded.directory().resolve(BundleManifest.FILE)));
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("impasto", projectVersion);
        versions.put("engine", loaded.engine());
        versions.put("opencv", opencv_core.CV_VERSION);
        return new Provenance(
                bundle,
                manifest.description() != null && manifest.description().contains(RANDOM),
                versions,
                Machine.describe(),
                Machine.commit());
    }

    /** Of the manifest, which holds the hashes of all graphs, and how they are used. */
    private static String hash(Path manifest) throws IOException {
        return HexFormat.of().formatHex(Sha256.digest().digest(Files.readAllBytes(manifest)));
    }

    /** A row that was measured just now. */
    public Row row(
            RowSpec spec,
            Map<String, Double> metrics,
            Map<String, List<Double>> series,
            String clipSha256) {
        return new Row(
                spec.table(),
                spec.clip(),
                spec.label(),
                metrics,
                series,
                spec.seed(),
                spec,
                bundle,
                versions,
                machine,
                commit,
                clipSha256,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
