package impasto.bundle;

import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageLimits;
import impasto.decode.Pixels;
import impasto.failure.BadInputException;
import impasto.model.Batch;
import impasto.model.BundleException;
import impasto.model.BundleManifest;
import impasto.model.LoadedBundle;
import impasto.model.StylizePipeline;
import impasto.model.StylizedBatch;
import impasto.model.TextEmbedding;
import impasto.model.TextEncoder;
import impasto.prompt.EncodedPrompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;

/** The frame by which a bundle tells whether it computes what the PyTorch reference computed. */
final class GoldenFrame {

    private static final ImageLimits LIMITS = new ImageLimits(64 << 20, 1 << 26);
    private static final double LARGEST_LEVEL = 255;

    private final BundleManifest.Golden golden;
    private final Pixels frame;
    private final Pixels expected;

    /**
     * @throws BundleException if a picture is missing or not of the model's size
     */
    GoldenFrame(Path bundle, BundleManifest manifest) {
        this.golden = manifest.golden();
        this.frame = read(bundle.resolve(golden.frame()), manifest.frame());
        this.expected = read(bundle.resolve(golden.output()), manifest.frame());
    }

    private static Pixels read(Path file, BundleManifest.FrameSize size) {
        try {
            byte[] image = Files.readAllBytes(file);
            var header = LIMITS.check(image);
            if (header.widthPixels() != size.width() || header.heightPixels() != size.height()) {
                throw new BundleException(
                        "golden frame %s has %d x %d pixels, expected the model's %d x %d"
                                .formatted(
                                        file,
                                        header.widthPixels(),
                                        header.heightPixels(),
                                        size.width(),
                                        size.height()));
            }
            return new FrameDecoder(size.width(), size.height(), Fit.CENTRE_CROP, LIMITS)
                    .decode(image)
                    .pixels();
        } catch (IOException | BadInputException e) {
            throw new BundleException(
                    "golden frame %s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** The golden frame so many times, with its prompt. */
    Batch batch(LoadedBundle bundle, int frames) {
        try (TextEncoder encoder = new TextEncoder(bundle)) {
            TextEmbedding embedding = encoder.encode(golden.prompt());
            EncodedPrompt prompt =
                    new EncodedPrompt(
                            "golden",
                            1,
                            "*",
                            golden.prompt(),
                            bundle.manifest().noise().defaultSeed(),
                            0,
                            embedding.embeddings(),
                            embedding.mask());
            return new Batch(Collections.nCopies(frames, new Batch.Item(frame, prompt)));
        }
    }

    /**
     * Restyles the frame and compares.
     *
     * @return peak signal-to-noise ratio in dB; infinite if every pixel is equal
     */
    double psnr(LoadedBundle bundle, StylizePipeline pipeline) {
        StylizedBatch.Result result = pipeline.submit(batch(bundle, 1)).join().results().get(0);
        if (result.error() != null) {
            throw result.error();
        }
        return psnr(result.pixels(), expected);
    }

    static double psnr(Pixels found, Pixels expected) {
        double squares = 0;
        for (int i = 0; i < expected.rgb().length; i++) {
            double difference = (found.rgb()[i] & 0xff) - (expected.rgb()[i] & 0xff);
            squares += difference * difference;
        }
        double meanSquare = squares / expected.rgb().length;
        return 10 * Math.log10(LARGEST_LEVEL * LARGEST_LEVEL / meanSquare);
    }
}
