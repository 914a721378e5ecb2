package impasto.view;

import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A headless Chromium for tests: the one that {@code IMPASTO_CHROMIUM} names, or one that is
 * installed. Nothing is downloaded.
 */
public final class Browser implements AutoCloseable {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

    private static final String MISSING =
            "Browser tests are skipped, as there is no Chromium: install it (apt-get install"
                    + " chromium) or name one in IMPASTO_CHROMIUM.";
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;

    private Browser(Path executable) {
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser =
                playwright
                        .chromium()
                        .launch(
                                new BrowserType.LaunchOptions()
                                        .setExecutablePath(executable)
                                        .setHeadless(true)
                                        .setArgs(
                                                List.of(
                                                        "--no-sandbox",
                                                        "--disable-gpu",
                                                        "--disable-quic",
                                                        "--no-first-run",
                                                        "--disable-background-networking",
                                                        "--disable-component-update",
                                                        "--disable-sync")));
    }

    /**
     * Starts the browser; without one the calling test is skipped, with a word on what to do. For
     * {@code @BeforeEach}: what is skipped before all tests of a class is not counted as skipped.
     */
    public static Browser startOrSkip() {
        Optional<Path> executable = find();
        if (executable.isEmpty() && !SAID.getAndSet(true)) {
            System.err.println(MISSING);
        }
        Assumptions.assumeTrue(executable.isPresent(), MISSING);
        return new Browser(executable.orElseThrow());
    }

    private static Optional<Path> find() {
        String named = System.getenv("IMPASTO_CHROMIUM");
        String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        Stream<Path> installed =
                Stream.concat(Stream.of("/usr/bin"), Arrays.stream(path.split(File.pathSeparator)))
                        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)));
        return Stream.concat(Stream.ofNullable(named).map(Path::of), installed)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A new window at an address, with nothing remembered from the windows before. */
    public Page open(URI address, int width, int height) {
        Page page =
                browser.newPage(
                        new com.microsoft.playwright.Browser.NewPageOptions()
                                .setViewportSize(width, height));
        page.setDefaultTimeout(15_000);
        page.navigate(address.toString());
        return page;
    }

    /** Ends the browser and its driver. */
    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
