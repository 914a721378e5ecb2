package impasto.local;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import impasto.scene.SyntheticScene;
import impasto.schemas.PromptEvent;
import impasto.view.Browser;
import impasto.view.Viewer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Cameras, broker, job, model and page together, in a real browser.
 *
 * <p>With {@code -Dimpasto.screenshot=FILE.jpg} it also takes the picture of the README.
 */
class LiveRunITCase {

    private static final int PATIENCE_MILLIS = 90_000;
    private static final double FRAMES_PER_SECOND = 3;

    /** Mean red, green and blue of a canvas, each 0 to 255. */
    private static final String MEAN =
            """
            canvas => {
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              const sum = [0, 0, 0];
              for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += data[i + c];
              return sum.map(total => total * 4 / data.length);
            }
            """;

    private final StringWriter out = new StringWriter();

    @Test
    void aPromptThatIsTypedChangesThePicture() throws Exception {
        try (Browser browser = Browser.startOrSkip();
                LiveRun run = run(1, prompt("*", "old sepia photograph"))) {
            URI address = run.start();
            Page page = browser.open(address, 1280, 800);
            page.setDefaultTimeout(PATIENCE_MILLIS);
            Locator card = page.locator(".card[data-stream='camera-1']");
            Locator output = card.locator(".out canvas");

            awaitQuote(page, "old sepia photograph");
            double[] camera = mean(card.locator(".in canvas"));
            double[] sepia = mean(output);
            assertThat(camera[0] + camera[1] + camera[2]).as("the camera sees light").isPositive();
            assertThat(sepia[0] - sepia[2]).as("sepia is more red than blue").isGreaterThan(15);
            String firstVersion = card.locator(".version").textContent();

            type(page, "blueprint, white lines on blue");
            awaitQuote(page, "blueprint, white lines on blue");

            assertThat(card.locator(".version")).not().hasText(firstVersion);
            double[] blueprint = mean(output);
            assertThat(blueprint[2] - blueprint[0])
                    .as("a blueprint is more blue than red")
                    .isGreaterThan(30);

            page.getByRole(
                            AriaRole.BUTTON,
                            new Page.GetByRoleOptions().setName("Clear").setExact(true))
                    .click();
            page.waitForFunction(
                    "() => document.querySelector('.card .outcome')?.textContent === 'passed through'");
            double[] in = mean(card.locator(".in canvas"));
            double[] passed = mean(output);
            for (int channel = 0; channel < 3; channel++) {
                assertThat(passed[channel]).isBetween(in[channel] - 6, in[channel] + 6);
            }
        }
        assertThat(out.toString()).contains("The page is at http://127.0.0.1:");
    }

    @Test
    void everyCameraHasItsOwnPrompt() throws Exception {
        try (Browser browser = Browser.startOrSkip();
                LiveRun run =
                        run(
                                2,
                                prompt("camera-1", "oil painting, vibrant colours"),
                                prompt("camera-2", "neon lights, glowing edges"))) {
            Page page = browser.open(run.start(), 1280, 800);
            page.setDefaultTimeout(PATIENCE_MILLIS);

            for (int camera = 1; camera <= 2; camera++) {
                page.waitForSelector(
                        ".card[data-stream='camera-%d'] .outcome[data-outcome='STYLIZED']"
                                .formatted(camera));
            }
            assertThat(page.locator(".card[data-stream='camera-1'] .quote"))
                    .hasText("“oil painting, vibrant colours”");
            assertThat(page.locator(".card[data-stream='camera-2'] .quote"))
                    .hasText("“neon lights, glowing edges”");
            takeScreenshot(page);
        }
    }

    private LiveRun run(int cameras, PromptEvent... prompts) {
        Path bundle = BundleFolder.find(BundleFolder.DEFAULT);
        List<LocalRun.Stream> streams = new ArrayList<>();
        for (int i = 0; i < cameras; i++) {
            streams.add(
                    new LocalRun.Stream(
                            "camera-" + (i + 1), new SyntheticScene(i, FRAMES_PER_SECOND)));
        }
        LocalRun run =
                new LocalRun(
                        new LocalRun.Settings(
                                bundle,
                                streams,
                                FRAMES_PER_SECOND,
                                List.of(prompts),
                                Optional.empty()),
                        new PrintWriter(out, true));
        return new LiveRun(run, bundle, 0);
    }

    private static PromptEvent prompt(String target, String text) {
        return PromptEvent.newBuilder()
                .setPromptId(Viewer.promptId(target))
                .setTarget(target)
                .setText(text)
                .build();
    }

    private static void type(Page page, String prompt) {
        Locator text =
                page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Prompt"));
        text.fill(prompt);
        text.press("Enter");
    }

    private static void awaitQuote(Page page, String prompt) {
        page.waitForFunction(
                "words => document.querySelector('.card .quote')?.textContent === `“${words}”`",
                prompt);
    }

    private static double[] mean(Locator canvas) {
        return ((List<?>) canvas.evaluate(MEAN))
                .stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray();
    }

    private static void takeScreenshot(Page page) throws Exception {
        String file = System.getProperty("impasto.screenshot");
        if (file == null) {
            return;
        }
        page.waitForTimeout(5000);
        Path path = Path.of(System.getProperty("impasto.home", ".")).resolve(file);
        Files.createDirectories(path.toAbsolutePath().getParent());
        page.screenshot(
                new Page.ScreenshotOptions()
                        .setPath(path)
                        .setType(com.microsoft.playwright.options.ScreenshotType.JPEG)
                        .setQuality(85));
    }
}
