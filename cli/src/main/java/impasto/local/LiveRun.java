package impasto.local;

import impasto.broker.Topics;
import impasto.model.BundleManifest;
import impasto.schemas.DeadLetter;
import impasto.schemas.Frame;
import impasto.schemas.PromptEvent;
import impasto.schemas.StylizedFrame;
import impasto.view.Codecs;
import impasto.view.Example;
import impasto.view.Viewer;
import impasto.view.ViewerSettings;
import impasto.wire.WireFormat;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A run and the page that shows it. The page and the cameras come first, so that there is something
 * to see while the model loads.
 */
public final class LiveRun implements AutoCloseable {

    private final LocalRun run;
    private final Path bundle;
    private final int port;
    private Viewer viewer;

    /**
     * @param run not started yet; closed with this
     * @param bundle folder of the run's model bundle, whose styles the page offers
     * @param port of the page; 0 for its usual one, or a free one where that is taken
     */
    public LiveRun(LocalRun run, Path bundle, int port) {
        this.run = run;
        this.bundle = bundle;
        this.port = port;
    }

    /**
     * Starts everything.
     *
     * @return where the page is
     * @throws java.util.concurrent.CancellationException if the run is stopped meanwhile
     */
    public URI start() throws Exception {
        BundleManifest manifest = BundleManifest.read(bundle);
        String bootstrapServers = run.startKafka();
        viewer =
                new Viewer(
                        new ViewerSettings(
                                bootstrapServers,
                                Topics.DEFAULT,
                                ViewerSettings.LOOPBACK,
                                port,
                                manifest.name(),
                                examples(manifest, bundle)),
                        codecs());
        URI page = viewer.start();
        run.say("The page is at %s (Ctrl-C stops everything)", page);
        run.startCameras();
        run.startJob();
        run.say("Running; the first restyled frames appear in a few seconds");
        return page;
    }

    /**
     * Waits until the run is stopped.
     *
     * @throws IOException if a camera or the job fails before
     */
    public void await() throws IOException, InterruptedException {
        run.await();
    }

    private static List<Example> examples(BundleManifest manifest, Path folder) throws IOException {
        List<Example> examples = new ArrayList<>();
        for (BundleManifest.Style style : manifest.styles()) {
            examples.add(
                    style.thumbnail() == null
                            ? Example.of(style.name(), style.prompt())
                            : new Example(
                                    style.name(),
                                    style.prompt(),
                                    Files.readAllBytes(folder.resolve(style.thumbnail()))));
        }
        return examples;
    }

    private static Codecs codecs() {
        WireFormat format = WireFormat.singleObject();
        Topics topics = Topics.DEFAULT;
        return new Codecs(
                format.codec(Frame.class, topics.frames())::decode,
                format.codec(StylizedFrame.class, topics.stylizedFrames())::decode,
                format.codec(PromptEvent.class, topics.prompts())::decode,
                format.codec(DeadLetter.class, topics.deadLetters())::decode,
                event -> format.codec(PromptEvent.class, topics.prompts()).encode(event));
    }

    /** Closes the page and the run; later calls do nothing. */
    @Override
    public void close() {
        try (run) {
            if (viewer != null) {
                viewer.close();
            }
        }
    }
}
