package impasto.evaluation.clip;

import impasto.decode.Fit;
import impasto.decode.FrameDecoder;
import impasto.decode.ImageLimits;
import impasto.decode.Pixels;
import impasto.encode.FrameEncoder;
import impasto.failure.BadInputException;
import impasto.scene.SyntheticScene;
import impasto.video.FrameSource;
import impasto.video.VideoFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads clips: video files, folders of pictures, or painted scenes where there are none.
 *
 * <p>Of each picture the middle square is used, averaged over areas down to at most {@value
 * #MAX_SIDE_PIXELS} pixels, and encoded as JPEG of quality {@value #JPEG_QUALITY}, as a camera
 * would send it.
 */
public final class ClipFolder {

    static final int MAX_SIDE_PIXELS = 512;
    static final int JPEG_QUALITY = 95;

    private static final Set<String> VIDEOS =
            Set.of("mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg");
    private static final Set<String> PICTURES = Set.of("jpg", "jpeg", "png", "webp");
    private static final ImageLimits LIMITS = new ImageLimits(64 << 20, 100_000_000);

    /** A folder of pictures does not say how fast they follow one another. */
    private static final double PICTURES_PER_SECOND = 24;

    private static final List<String> SCENES = List.of("street", "harbour", "garden");

    private ClipFolder() {}

    /**
     * The clips of a folder in the order of their names: its video files, its subfolders that hold
     * pictures, or the folder itself as one clip if it holds pictures.
     *
     * @param maxFrames most frames of a clip
     * @throws IOException naming the folder if there are no clips, or the file that cannot be read
     */
    public static List<Clip> read(Path folder, int maxFrames) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(
                    "%s is %s, expected a folder with video files or folders of pictures"
                            .formatted(
                                    folder.toAbsolutePath(),
                                    Files.exists(folder) ? "a file" : "not there"));
        }
        List<Clip> clips = new ArrayList<>();
        List<Path> entries = sorted(folder);
        for (Path entry : entries) {
            if (Files.isDirectory(entry)) {
                List<Path> pictures = pictures(sorted(entry));
                if (!pictures.isEmpty()) {
                    clips.add(pictureClip(entry.getFileName().toString(), pictures, maxFrames));
                }
            } else if (VIDEOS.contains(extension(entry))) {
                clips.add(video(entry, maxFrames));
            }
        }
        List<Path> own = pictures(entries);
        if (clips.isEmpty() && !own.isEmpty()) {
            clips.add(
                    pictureClip(
                            folder.toAbsolutePath().normalize().getFileName().toString(),
                            own,
                            maxFrames));
        }
        if (clips.isEmpty()) {
            throw new IOException(
                    "%s has no clips among its %d files: expected video files (%s) or folders of pictures (%s)"
                            .formatted(
                                    folder.toAbsolutePath(),
                                    entries.size(),
                                    listed(VIDEOS),
                                    listed(PICTURES)));
        }
        checkNames(clips, folder);
        return clips;
    }

    /** Two files that differ in their endings only would be one clip in every table. */
    private static void checkNames(List<Clip> clips, Path folder) throws IOException {
        for (int i = 1; i < clips.size(); i++) {
            if (clips.get(i).name().equals(clips.get(i - 1).name())) {
                throw new IOException(
                        "%s has two clips named '%s', expected one: rename a file"
                                .formatted(folder.toAbsolutePath(), clips.get(i).name()));
            }
        }
    }

    /** Painted scenes, the same on every machine that paints alike. */
    public static List<Clip> synthetic(int count, int frames) throws IOException {
        List<Clip> clips = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            try (FrameSource scene = new SyntheticScene(i, PICTURES_PER_SECOND)) {
                List<byte[]> encoded = new ArrayList<>();
                for (int n = 0; n < frames; n++) {
                    encoded.add(encode(scene.next()));
                }
                String name =
                        "synthetic-%s%s"
                                .formatted(
                                        SCENES.get(i % SCENES.size()),
                                        i < SCENES.size() ? "" : "-" + (i / SCENES.size() + 1));
                clips.add(new Clip(name, encoded, scene.framesPerSecond()));
            }
        }
        return clips;
    }

    /** Half of one clip and half of another, with a hard cut between them. */
    public static Clip withCut(Clip before, Clip after, int frames) {
        List<byte[]> joined = new ArrayList<>(before.frames().subList(0, frames / 2));
        joined.addAll(after.frames().subList(0, frames - frames / 2));
        return new Clip(
                "cut-%s-%s".formatted(before.name(), after.name()),
                joined,
                before.framesPerSecond());
    }

    private static Clip video(Path file, int maxFrames) throws IOException {
        List<byte[]> frames = new ArrayList<>();
        try (VideoFile video = new VideoFile(file)) {
            while (frames.size() < maxFrames) {
                Optional<BufferedImage> picture = video.nextUnlessEnded();
                if (picture.isEmpty()) {
                    break;
                }
                frames.add(encode(picture.get()));
            }
            checkLength(file, frames);
            return new Clip(stem(file), frames, video.framesPerSecond());
        }
    }

    private static Clip pictureClip(String name, List<Path> files, int maxFrames)
            throws IOException {
        List<byte[]> frames = new ArrayList<>();
        int side = 0;
        for (Path file : files.subList(0, Math.min(files.size(), maxFrames))) {
            try {
                byte[] image = Files.readAllBytes(file);
                if (side == 0) {
                    var header = LIMITS.check(image);
                    side =
                            Math.min(
                                    MAX_SIDE_PIXELS,
                                    Math.min(header.widthPixels(), header.heightPixels()));
                }
                Pixels square =
                        new FrameDecoder(side, side, Fit.CENTRE_CROP, LIMITS)
                                .decode(image)
                                .pixels();
                frames.add(new FrameEncoder(JPEG_QUALITY).encode(square));
            } catch (BadInputException e) {
                throw new IOException(
                        "%s cannot be read as a picture: %s".formatted(file, e.getMessage()), e);
            }
        }
        checkLength(files.get(0).getParent(), frames);
        return new Clip(name, frames, PICTURES_PER_SECOND);
    }

    private static void checkLength(Path source, List<byte[]> frames) throws IOException {
        if (frames.size() < 2) {
            throw new IOException(
                    "%s has %d pictures, expected at least 2: a still has no motion to measure"
                            .formatted(source, frames.size()));
        }
    }

    private static byte[] encode(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        int[] packed = picture.getRGB(0, 0, width, height, null, 0, width);
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < packed.length; i++) {
            rgb[3 * i] = (byte) (packed[i] >> 16);
            rgb[3 * i + 1] = (byte) (packed[i] >> 8);
            rgb[3 * i + 2] = (byte) packed[i];
        }
        return new FrameEncoder(JPEG_QUALITY).encode(new Pixels(rgb, width, height));
    }

    private static List<Path> sorted(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }

    private static List<Path> pictures(List<Path> entries) {
        return entries.stream()
                .filter(entry -> Files.isRegularFile(entry) && PICTURES.contains(extension(entry)))
                .toList();
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private static String listed(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }
}
