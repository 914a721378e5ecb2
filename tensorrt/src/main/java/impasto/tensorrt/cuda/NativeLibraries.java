package impasto.tensorrt.cuda;

import impasto.tensorrt.NativeLibraryException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and loads CUDA and TensorRT, once per process, before a class of the presets is touched.
 *
 * <p>A library that is installed on the machine is preferred to one that a jar brings. cuBLAS,
 * cuDNN and NVRTC, which the presets ask the loader for and TensorRT never calls, are replaced by
 * empty stand-ins where they are not installed.
 */
public final class NativeLibraries {

    /** Directories to look in first, separated like those of {@code java.library.path}. */
    public static final String PATH_PROPERTY = "impasto.tensorrt.library.path";

    private static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);

    private static final String STAND_INS = "stand-ins/linux-x86_64/";

    /**
     * What the preset of TensorRT was made for; later versions of the same major number will do.
     */
    private static final int OLDEST_VERSION = 100600;

    private static String failure;
    private static boolean loaded;

    /**
     * @param presetName as JavaCPP writes it, name and version
     * @param fileName as the dynamic loader knows it
     */
    record Library(String presetName, String fileName) {}

    private static final Library DRIVER = new Library("cuda@.1", "libcuda.so.1");
    private static final Library RUNTIME = new Library("cudart@.12", "libcudart.so.12");
    private static final List<Library> UNCALLED =
            List.of(
                    new Library("cublasLt@.12", "libcublasLt.so.12"),
                    new Library("cublas@.12", "libcublas.so.12"),
                    new Library("cudnn_graph@.9", "libcudnn_graph.so.9"),
                    new Library("cudnn_ops@.9", "libcudnn_ops.so.9"),
                    new Library("cudnn_adv@.9", "libcudnn_adv.so.9"),
                    new Library("cudnn_cnn@.9", "libcudnn_cnn.so.9"),
                    new Library("nvrtc@.12", "libnvrtc.so.12"));
    private static final List<Library> TENSORRT =
            List.of(
                    new Library("nvinfer@.10", "libnvinfer.so.10"),
                    new Library("nvinfer_plugin@.10", "libnvinfer_plugin.so.10"),
                    new Library("nvonnxparser@.10", "libnvonnxparser.so.10"));

    private NativeLibraries() {}

    /**
     * Loads everything; later calls return at once, or fail as the first did.
     *
     * @throws NativeLibraryException in one sentence: what is missing, and how to get it
     */
    public static synchronized void load() {
        if (failure != null) {
            throw new NativeLibraryException(failure);
        }
        if (loaded) {
            return;
        }
        try {
            loadAll(searchPath());
            loaded = true;
        } catch (NativeLibraryException e) {
            failure = e.getMessage();
            throw e;
        }
    }

    private static void loadAll(List<Path> searchPath) {
        // Resident memory counts what the driver maps and what a plan takes while it loads, which
        // has nothing to do with the size of the Java heap that JavaCPP would hold it against.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
        String platform = Loader.getPlatform();
        if (!platform.equals("linux-x86_64")) {
            throw new NativeLibraryException(
                    "the TensorRT engine runs on linux-x86_64, this is " + platform);
        }
        Path driver =
                locate(DRIVER, searchPath)
                        .orElseThrow(
                                () ->
                                        new NativeLibraryException(
                                                "no NVIDIA driver on this machine: %s was not found"
                                                        .formatted(DRIVER.fileName)));
        open(DRIVER, driver);
        locate(RUNTIME, searchPath).ifPresent(file -> open(RUNTIME, file));
        loadPreset(
                cudart.class,
                "%s, the CUDA 12 runtime: install CUDA 12, or take the file from the Python package nvidia-cuda-runtime-cu12==12.6.77, and name its folder in -D%s or LD_LIBRARY_PATH"
                        .formatted(RUNTIME.fileName, PATH_PROPERTY));
        for (Library library : UNCALLED) {
            open(library, locate(library, searchPath).orElseGet(() -> standIn(library)));
        }
        for (Library library : TENSORRT) {
            locate(library, searchPath).ifPresent(file -> open(library, file));
        }
        String tensorRt =
                "TensorRT 10.6 or a later 10.x: install it and name its folder in -D%s or LD_LIBRARY_PATH, or add org.bytedeco:tensorrt:10.6-1.5.11:linux-x86_64-redist to the class path"
                        .formatted(PATH_PROPERTY);
        loadPreset(nvinfer.class, tensorRt);
        checkVersion(nvinfer.getInferLibVersion());
        loadPreset(nvonnxparser.class, tensorRt);
        LOG.debug("Loaded {}", Loader.getLoadedLibraries());
    }

    private static void loadPreset(Class<?> preset, String whatIsNeeded) {
        try {
            Loader.load(preset);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
            throw new NativeLibraryException(
                    "%s cannot be loaded (%s); it needs %s"
                            .formatted(preset.getSimpleName(), rootMessage(e), whatIsNeeded),
                    e);
        }
    }

    private static String rootMessage(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root.getMessage();
    }

    static void checkVersion(int found) {
        if (found / 10000 != OLDEST_VERSION / 10000 || found < OLDEST_VERSION) {
            throw new NativeLibraryException(
                    "TensorRT %s was found, expected 10.6 or a later 10.x: the presets were made for 10.6"
                            .formatted(version(found)));
        }
    }

    /** A version number of TensorRT as people write it: 100600 is 10.6.0. */
    public static String version(int number) {
        return "%d.%d.%d".formatted(number / 10000, number / 100 % 100, number % 100);
    }

    /** Loads a file in the preset's name, so that JavaCPP takes that library as loaded. */
    private static void open(Library library, Path file) {
        try {
            Loader.loadLibrary(
                    org.bytedeco.cuda.presets.cudart.class,
                    new URL[] {file.toUri().toURL()},
                    library.presetName);
        } catch (UnsatisfiedLinkError e) {
            throw new NativeLibraryException(
                    "%s cannot be loaded: %s".formatted(file, e.getMessage()), e);
        } catch (MalformedURLException e) {
            throw new IllegalStateException("a path that is no URL: " + file, e);
        }
    }

    /**
     * Where libraries are looked for: the property's directories, the dynamic loader's, and the
     * places where NVIDIA's installers put them.
     */
    static List<Path> searchPath() {
        List<String> directories = new ArrayList<>();
        for (String list :
                new String[] {
                    System.getProperty(PATH_PROPERTY, ""),
                    System.getProperty("java.library.path", "")
                }) {
            directories.addAll(List.of(list.split(File.pathSeparator, -1)));
        }
        directories.addAll(loaderDirectories(Path.of("/etc/ld.so.conf.d")));
        directories.addAll(
                List.of(
                        "/usr/lib/x86_64-linux-gnu",
                        "/lib/x86_64-linux-gnu",
                        "/usr/lib64",
                        "/usr/local/cuda/lib64",
                        "/usr/local/cuda/targets/x86_64-linux/lib",
                        "/usr/local/nvidia/lib64",
                        "/usr/local/tensorrt/lib",
                        "/usr/lib/wsl/lib"));
        Set<Path> existing = new LinkedHashSet<>();
        for (String directory : directories) {
            if (!directory.isBlank() && Files.isDirectory(Path.of(directory))) {
                existing.add(Path.of(directory).toAbsolutePath().normalize());
            }
        }
        return List.copyOf(existing);
    }

    /** The directories that the files of ld.so.conf.d name; none where there are no such files. */
    static List<String> loaderDirectories(Path configuration) {
        if (!Files.isDirectory(configuration)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(configuration)) {
            List<String> directories = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".conf")).sorted().toList()) {
                Files.readAllLines(file).stream()
                        .map(String::strip)
                        .filter(line -> line.startsWith("/"))
                        .forEach(directories::add);
            }
            return directories;
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("Cannot read {}: {}", configuration, e.toString());
            return List.of();
        }
    }

    static Optional<Path> locate(Library library, List<Path> searchPath) {
        return searchPath.stream()
                .map(directory -> directory.resolve(library.fileName))
                .filter(Files::exists)
                .findFirst();
    }

    private static Path standIn(Library library) {
        try (InputStream resource =
                NativeLibraries.class.getResourceAsStream(STAND_INS + library.fileName)) {
            if (resource == null) {
                throw new IllegalStateException("no resource " + STAND_INS + library.fileName);
            }
            Path directory = Files.createTempDirectory("impasto-stand-ins");
            Path file = directory.resolve(library.fileName);
            Files.copy(resource, file, StandardCopyOption.REPLACE_EXISTING);
            // The last that was registered goes first.
            directory.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new NativeLibraryException(
                    "the stand-in for %s cannot be written: %s"
                            .formatted(library.fileName, e.getMessage()),
                    e);
        }
    }
}
