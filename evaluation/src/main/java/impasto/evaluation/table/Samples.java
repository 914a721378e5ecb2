package impasto.evaluation.table;

import impasto.decode.Pixels;
import impasto.encode.FrameEncoder;
import impasto.evaluation.result.RowSpec;
import impasto.video.SideBySide;
import impasto.video.VideoWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Pictures of an evaluation for people to look at: of each restyled clip one frame and a small
 * video of input, output without adapter and output beside each other, and on demand every frame.
 */
public final class Samples {

    private static final String FOLDER = "samples";
    private static final int VIDEO_HEIGHT_PIXELS = 176;
    private static final int JPEG_QUALITY = 85;

    /** Null if nothing is kept. */
    private final Path out;

    private final boolean keepFrames;

    /**
     * @param out folder of the evaluation
     * @param keepFrames whether all frames are written to {@code frames/TABLE/CLIP/SETTING}
     */
    public Samples(Path out, boolean keepFrames) {
        this.out = out;
        this.keepFrames = keepFrames;
    }

    /** Keeps nothing. */
    public static Samples none() {
        return new Samples(null, false);
    }

    /** One frame of the row's output. */
    public static Path picture(Path out, RowSpec spec) {
        return out.resolve(FOLDER).resolve(name(spec) + ".jpg");
    }

    /** The frame of the input that {@link #picture} was made of. */
    public static Path inputPicture(Path out, String clip) {
        return out.resolve(FOLDER).resolve("input-" + slug(clip) + ".jpg");
    }

    /** The row's video. */
    public static Path video(Path out, RowSpec spec) {
        return out.resolve(FOLDER).resolve(name(spec) + ".mp4");
    }

    private static String name(RowSpec spec) {
        return "%s-%s-%s".formatted(spec.table(), slug(spec.clip()), slug(spec.label()));
    }

    private static String slug(String text) {
        return text.toLowerCase(Locale.ROOT)
                .replace("+", "with")
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
    }

    void keep(RowSpec spec, List<byte[]> frames) throws IOException {
        if (!keepFrames) {
            return;
        }
        Path folder =
                out.resolve("frames")
                        .resolve(spec.table())
                        .resolve(slug(spec.clip()))
                        .resolve(slug(spec.label()));
        Files.createDirectories(folder);
        for (int i = 0; i < frames.size(); i++) {
            Files.write(folder.resolve("%05d.jpg".formatted(i)), frames.get(i));
        }
    }

    void show(RowSpec spec, PreparedClip input, List<Pixels> without, List<Pixels> outputs)
            throws IOException {
        if (out == null) {
            return;
        }
        int middle = outputs.size() / 2;
        FrameEncoder encoder = new FrameEncoder(JPEG_QUALITY);
        Files.createDirectories(out.resolve(FOLDER));
        Files.write(picture(out, spec), encoder.encode(outputs.get(middle)));
        Files.write(inputPicture(out, spec.clip()), encoder.encode(input.picture(middle)));
        SideBySide beside = new SideBySide(VIDEO_HEIGHT_PIXELS);
        BufferedImage first = frame(beside, spec, input, without, outputs, 0);
        try (VideoWriter writer =
                new VideoWriter(
                        video(out, spec),
                        first.getWidth(),
                        first.getHeight(),
                        input.clip().framesPerSecond())) {
            for (int i = 0; i < outputs.size(); i++) {
                writer.write(frame(beside, spec, input, without, outputs, i));
            }
        }
    }

    private static BufferedImage frame(
            SideBySide beside,
            RowSpec spec,
            PreparedClip input,
            List<Pixels> without,
            List<Pixels> outputs,
            int i) {
        BufferedImage pair = beside.compose(image(input.picture(i)), image(without.get(i)));
        return without == outputs || spec.setting().conditioning().isOff()
                ? pair
                : beside.compose(pair, image(outputs.get(i)));
    }

    private static BufferedImage image(Pixels pixels) {
        BufferedImage image =
                new BufferedImage(
                        pixels.widthPixels(), pixels.heightPixels(), BufferedImage.TYPE_INT_RGB);
        int[] packed = new int[pixels.widthPixels() * pixels.heightPixels()];
        for (int i = 0; i < packed.length; i++) {
            packed[i] =
                    (pixels.rgb()[3 * i] & 0xff) << 16
                            | (pixels.rgb()[3 * i + 1] & 0xff) << 8
                            | pixels.rgb()[3 * i + 2] & 0xff;
        }
        image.setRGB(
                0, 0, pixels.widthPixels(), pixels.heightPixels(), packed, 0, pixels.widthPixels());
        return image;
    }
}
