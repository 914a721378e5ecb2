package impasto.bench;

import static org.assertj.core.api.Assertions.assertThat;

import impasto.job.JobOptions;
import impasto.job.KafkaOptions;
import impasto.local.BundleFolder;
import impasto.model.LoadedBundle;
import impasto.operator.StylizeOptions;
import impasto.prompt.EncodedPrompt;
import impasto.prompt.StreamPrompt;
import impasto.stylize.StylizerSettings;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.flink.configuration.ReadableConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the stages are measured with, by the project's own bundle. */
class PipelineBenchmarkITCase {

    private static final int FRAMES = 6;

    private static LoadedBundle bundle;
    private static PreparedFrames frames;

    @BeforeAll
    static void load() throws IOException {
        bundle =
                LoadedBundle.acquire(
                        BundleFolder.find(BundleFolder.DEFAULT),
                        StylizeOptions.model(options("never")).engineOptions());
        frames = new PreparedFrames(2, 64);
    }

    @AfterAll
    static void free() {
        bundle.close();
    }

    @Test
    void inATransitionEveryFrameIsOnItsWayFromAnotherTextToItsOwn() {
        PipelineBenchmark plain = benchmark(frames, "never", Prompts.PLAIN);
        PipelineBenchmark transition = benchmark(frames, "never", Prompts.TRANSITION);

        for (int stream = 0; stream < frames.streams(); stream++) {
            EncodedPrompt own = plain.prompt(stream, 0).prompt();
            for (long sequence = 0; sequence < 1000; sequence++) {
                StreamPrompt prompt = transition.prompt(stream, sequence);
                assertThat(prompt.progress()).isGreaterThan(0).isLessThan(1);
                assertThat(prompt.prompt().embeddings()).isEqualTo(own.embeddings());
                assertThat(prompt.before().embeddings()).isNotEqualTo(own.embeddings());
                assertThat(prompt.before().parts()).doesNotContain(own.parts());
            }
        }
        assertThat(LongStream.range(0, 8).mapToDouble(i -> transition.prompt(0, i).progress()))
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void aFrameOnItsWayDoesNotLookAsItWillOnceItIsThere() throws Exception {
        PreparedFrames oneStream = new PreparedFrames(1, 64);
        for (String text : List.of("never", "every-batch")) {
            List<byte[]> plain = pictures(oneStream, text, Prompts.PLAIN);
            List<byte[]> transition = pictures(oneStream, text, Prompts.TRANSITION);
            assertThat(plain).hasSize(FRAMES);
            assertThat(transition).hasSize(FRAMES);
            for (int i = 0; i < FRAMES; i++) {
                assertThat(transition.get(i)).isNotEqualTo(plain.get(i));
            }
        }
    }

    @Test
    void aBlendIsOfTwoTextsThatAreReadWithEveryFrame() throws Exception {
        StreamPrompt blend = benchmark(frames, "every-batch", Prompts.BLEND).prompt(1, 0);
        EncodedPrompt plain = benchmark(frames, "every-batch", Prompts.PLAIN).prompt(1, 0).prompt();

        assertThat(blend.before()).isNull();
        assertThat(blend.prompt().parts())
                .hasSize(2)
                .startsWith(plain.parts())
                .doesNotHaveDuplicates();
        assertThat(blend.prompt().embeddings()).isNotEqualTo(plain.embeddings());
    }

    private static List<byte[]> pictures(PreparedFrames frames, String text, Prompts asked)
            throws InterruptedException {
        PipelineBenchmark benchmark = benchmark(frames, text, asked);
        benchmark.run(0, FRAMES);
        return benchmark.pictures();
    }

    private static PipelineBenchmark benchmark(PreparedFrames frames, String text, Prompts asked) {
        StylizerSettings settings =
                StylizeOptions.stylize(options(text)).stylizer().toSettings(bundle.manifest());
        return new PipelineBenchmark(bundle, settings, frames, asked, 2);
    }

    private static ReadableConfig options(String text) {
        Map<String, String> options =
                new HashMap<>(new Variant(1, text, "off", Prompts.PLAIN).jobOptions());
        options.put(
                StylizeOptions.MODEL_BUNDLE.key(),
                BundleFolder.find(BundleFolder.DEFAULT).toString());
        options.put(KafkaOptions.BOOTSTRAP_SERVERS.key(), "none:1");
        return JobOptions.parse(options);
    }
}
