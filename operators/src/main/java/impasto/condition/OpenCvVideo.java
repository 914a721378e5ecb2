package impasto.condition;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_video;

/**
 * Loads OpenCV's video module also where there is no window system: its preset links GTK 2, which
 * servers, containers and many desktops do not have, for windows that nobody opens. What is missing
 * of it is replaced by empty libraries of the same names.
 */
public final class OpenCvVideo {

    /** In the order in which they need one another. */
    private static final List<String> FOR_WINDOWS =
            List.of(
                    "libglib-2.0.so.0",
                    "libgobject-2.0.so.0",
                    "libgdk_pixbuf-2.0.so.0",
                    "libcairo.so.2",
                    "libgdk-x11-2.0.so.0",
                    "libgtk-x11-2.0.so.0");

    private static final String STAND_INS = "stand-ins/linux-x86_64/";

    private static boolean loaded;

    private OpenCvVideo() {}

    /**
     * Comes before the first use of a class of the module; later calls do nothing.
     *
     * @throws UnsatisfiedLinkError if it cannot be loaded, with what is missing
     */
    public static synchronized void load() {
        if (loaded) {
            return;
        }
        if (Loader.getPlatform().equals("linux-x86_64")) {
            Loader.load(opencv_core.class);
            FOR_WINDOWS.forEach(OpenCvVideo::loadOrReplace);
        }
        try {
            Loader.load(opencv_video.class);
        } catch (UnsatisfiedLinkError e) {
            UnsatisfiedLinkError told =
                    new UnsatisfiedLinkError(
                            "OpenCV's video module cannot be loaded (%s); on Linux it needs GTK 2, Debian's package libgtk2.0-0"
                                    .formatted(e.getMessage()));
            told.initCause(e);
            throw told;
        }
        loaded = true;
    }

    private static void loadOrReplace(String library) {
        try {
            Loader.loadGlobal(library);
        } catch (UnsatisfiedLinkError missing) {
            loadStandIn(library);
        }
    }

    private static void loadStandIn(String library) {
        try (InputStream content = OpenCvVideo.class.getResourceAsStream(STAND_INS + library)) {
            Path folder = Files.createTempDirectory("impasto-stand-in-");
            Path file = folder.resolve(library);
            try {
                Files.copy(content, file);
                System.load(file.toString());
            } finally {
                // What is loaded stays mapped.
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("no stand-in for " + library, e);
        }
    }

    /** As if nothing of it were installed; for tests, in a process of their own. */
    static void loadStandIns() {
        FOR_WINDOWS.forEach(OpenCvVideo::loadStandIn);
    }
}
