package impasto.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import impasto.frame.LaneWork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bundle whose graphs are loaded into an engine. The operators of one process share it: {@link
 * #acquire} loads it the first time and counts users, {@link #close} frees it after the last.
 *
 * <p>Thread-safe: graphs may run at the same time from several threads.
 */
public final class LoadedBundle implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LoadedBundle.class);
    private static final Map<Key, LoadedBundle> LOADED = new HashMap<>();

    private final Key key;
    private final BundleManifest manifest;
    private final Engine engine;
    private final Map<String, Model> models;
    private final ParameterStore parameters;
    private final AtomicBoolean restyling = new AtomicBoolean();
    private int users;

    private record Key(Path directory, EngineOptions options) {}

    private LoadedBundle(
            Key key, BundleManifest manifest, Engine engine, Map<String, Model> models) {
        this.key = key;
        this.manifest = manifest;
        this.engine = engine;
        this.models = models;
        this.parameters = new ParameterStore(engine.newBaseManager(), false);
    }

    /**
     * The bundle of a folder, loaded and checked unless this process has it already. Every call
     * needs its own {@link #close}.
     *
     * @throws BundleException if a file is missing, changed or not of the declared form
     */
    public static LoadedBundle acquire(Path directory, EngineOptions options) {
        synchronized (LOADED) {
            Key key = new Key(directory.toAbsolutePath().normalize(), options);
            LoadedBundle bundle = LOADED.get(key);
            if (bundle == null) {
                bundle = load(key);
                LOADED.put(key, bundle);
            }
            bundle.users++;
            return bundle;
        }
    }

    private static LoadedBundle load(Key key) {
        long start = System.nanoTime();
        BundleManifest manifest = BundleManifest.read(key.directory);
        new BundleContract(manifest).checkManifest();
        Engine engine = engine(key.options.engine());
        GraphFiles files = new GraphFiles(key.directory, manifest);
        Map<String, Model> models = new HashMap<>();
        boolean loaded = false;
        try {
            for (GraphRole role : GraphRole.values()) {
                for (String name : manifest.graphNames(role)) {
                    Path file = loadable(files.check(name), name, key.options.engine());
                    models.put(
                            name,
                            loadModel(
                                    engine,
                                    name,
                                    file,
                                    loadOptions(role, manifest, key.options, files.hashes())));
                }
            }
            loaded = true;
        } catch (OrtException e) {
            throw new BundleException(
                    "%s cannot be set up: %s".formatted(engine.getEngineName(), e.getMessage()), e);
        } finally {
            if (!loaded) {
                models.values().forEach(Model::close);
            }
        }
        LOG.info(
                "Loaded bundle {} {} into {} in {} ms",
                manifest.name(),
                manifest.version(),
                engine,
                (System.nanoTime() - start) / 1_000_000);
        return new LoadedBundle(key, manifest, engine, models);
    }

    private static Engine engine(String name) {
        if (!Engine.hasEngine(name)) {
            throw new BundleException(
                    "engine '%s', expected one of %s".formatted(name, Engine.getAllEngines()));
        }
        return Engine.getEngine(name);
    }

    private static Path loadable(GraphFile graph, String name, String engine) {
        if (graph.float8() && engine.equals(EngineOptions.ONNX_RUNTIME)) {
            throw new BundleException(
                    "graph %s in %s multiplies in float8, which %s does not: expected engine %s, or a bundle exported without --float8"
                            .formatted(name, graph.file(), engine, EngineOptions.TENSORRT));
        }
        return graph.file();
    }

    private static Model loadModel(
            Engine engine, String name, Path file, Map<String, Object> options) {
        Model model = engine.newModel(name, null);
        try {
            model.load(file, null, options);
            return model;
        } catch (IOException | MalformedModelException | EngineException e) {
            model.close();
            throw new BundleException(
                    "%s cannot load graph %s from %s: %s"
                            .formatted(engine.getEngineName(), name, file, reason(e)),
                    e);
        }
    }

    /** DJL says that a model cannot be loaded, and the engine, underneath, why. */
    private static String reason(Exception failure) {
        String message = failure.getMessage();
        String cause = failure.getCause() == null ? null : failure.getCause().getMessage();
        return cause == null || message.contains(cause)
                ? message
                : "%s (%s)".formatted(message, cause);
    }

    private static Map<String, Object> loadOptions(
            GraphRole role,
            BundleManifest manifest,
            EngineOptions options,
            Map<Path, String> fileHashes)
            throws OrtException {
        switch (options.engine()) {
            case EngineOptions.ONNX_RUNTIME -> {
                OrtSession.SessionOptions session = new OrtSession.SessionOptions();
                session.setIntraOpNumThreads(1);
                session.setInterOpNumThreads(1);
                return Map.of("sessionOptions", session);
            }
            case EngineOptions.TENSORRT -> {
                Map<String, Object> load = options.tensorRtOptions(role, manifest);
                load.put("fileHashes", fileHashes);
                return load;
            }
            default -> {
                return Map.of();
            }
        }
    }

    public BundleManifest manifest() {
        return manifest;
    }

    /** The folder from which the bundle was loaded. */
    public Path directory() {
        return key.directory;
    }

    /** The engine's name and version, for example {@code OnnxRuntime 1.21.1}. */
    public String engine() {
        return engine.getEngineName() + " " + engine.getVersion();
    }

    /** Batches that may be worked on at the same time: on a device they go one after another. */
    int workers() {
        return onHost() ? key.options.workers() : 1;
    }

    /** Whether a graph's outputs are there when its call returns; on a device they come later. */
    boolean onHost() {
        return engine.getEngineName().equals(EngineOptions.ONNX_RUNTIME);
    }

    /**
     * Lets one pipeline restyle on a device: a model's outputs are overwritten there some runs
     * later, which only who knows of all batches can reckon with. Another would gain nothing, since
     * one keeps the device busy.
     *
     * @throws BundleException if one does already
     */
    void startRestyling() {
        if (!onHost() && !restyling.compareAndSet(false, true)) {
            throw new BundleException(
                    "a second Stylize subtask on bundle %s in this process, expected one for a GPU: give each task manager one slot (taskmanager.numberOfTaskSlots: 1)"
                            .formatted(manifest.name()));
        }
    }

    /** Lets another do what {@link #startRestyling} has reserved. */
    void endRestyling() {
        restyling.set(false);
    }

    /** Rows that a graph takes at once: those of the bundle, or of the largest plan. */
    int maxBatch() {
        int most = manifest.batch().max();
        List<Integer> sizes = key.options.batchSizes();
        return onHost() || sizes.isEmpty() ? most : Math.min(most, Collections.max(sizes));
    }

    /** A manager for the arrays of one piece of work; the caller closes it. */
    public NDManager newManager() {
        return engine.newBaseManager();
    }

    /**
     * Runs the graph of a role.
     *
     * @param inputs named as in the manifest
     * @return the outputs, named, owned by the manager of the first input
     */
    NDList run(GraphRole role, NDList inputs) {
        return run(role.manifestName(), inputs);
    }

    /** Runs the graph of a name, as {@link #run(GraphRole, NDList)} does that of a role. */
    public NDList run(String graph, NDList inputs) {
        LaneWork work = LaneWork.of(graph);
        NDList outputs = models.get(graph).getBlock().forward(parameters, inputs, false);
        work.commit();
        return outputs;
    }

    /** Gives up this use of the bundle; the last one frees the engine's memory. */
    @Override
    public void close() {
        synchronized (LOADED) {
            if (users == 0) {
                return;
            }
            users--;
            if (users == 0) {
                LOADED.remove(key);
                models.values().forEach(Model::close);
            }
        }
    }
}
