package impasto.evaluation.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import impasto.scene.SyntheticScene;
import impasto.video.VideoWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipFolderITCase {

    @TempDir private Path folder;

    @Test
    void readsVideosAndFoldersOfPicturesInTheOrderOfTheirNames() throws IOException {
        writeVideo(folder.resolve("b-film.mp4"), 6);
        Path pictures = Files.createDirectory(folder.resolve("a-pictures"));
        writePictures(pictures, 3, 640, 360);
        Files.writeString(folder.resolve("README.md"), "not a clip");

        List<Clip> clips = ClipFolder.read(folder, 4);

        assertThat(clips).extracting(Clip::name).containsExactly("a-pictures", "b-film");
        assertThat(clips).extracting(clip -> clip.frames().size()).containsExactly(3, 4);
        assertThat(clips.get(1).framesPerSecond()).isEqualTo(24);
        BufferedImage square = ImageIO.read(new ByteArrayInputStream(clips.get(0).frames().get(0)));
        assertThat(square.getWidth()).isEqualTo(360);
        assertThat(square.getHeight()).isEqualTo(360);
    }

    @Test
    void aFolderOfPicturesIsItselfAClip() throws IOException {
        writePictures(folder, 3, 64, 64);

        assertThat(ClipFolder.read(folder, 10)).hasSize(1);
    }

    @Test
    void aSecondReadingGivesTheSameFrames() throws IOException {
        writeVideo(folder.resolve("film.mp4"), 4);

        assertThat(ClipFolder.read(folder, 4).get(0).sha256())
                .isEqualTo(ClipFolder.read(folder, 4).get(0).sha256());
    }

    @Test
    void saysThatAFolderIsNotThere() {
        assertThatThrownBy(() -> ClipFolder.read(folder.resolve("none"), 4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none is not there, expected a folder with video files");
    }

    @Test
    void saysThatAFolderHasNoClips() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "nothing");

        assertThatThrownBy(() -> ClipFolder.read(folder, 4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has no clips among its 1 files: expected video files (avi,");
    }

    @Test
    void namesAVideoThatCannotBeRead() throws IOException {
        Files.writeString(folder.resolve("broken.mp4"), "no video".repeat(50));

        assertThatThrownBy(() -> ClipFolder.read(folder, 4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("broken.mp4");
    }

    @Test
    void namesAPictureThatCannotBeRead() throws IOException {
        writePictures(folder, 2, 64, 64);
        Files.writeString(folder.resolve("9.png"), "no picture");

        assertThatThrownBy(() -> ClipFolder.read(folder, 4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("9.png cannot be read as a picture");
    }

    @Test
    void twoClipsOfOneNameAreAnError() throws IOException {
        writeVideo(folder.resolve("film.mp4"), 2);
        writeVideo(folder.resolve("film.mov"), 2);

        assertThatThrownBy(() -> ClipFolder.read(folder, 4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("two clips named 'film'");
    }

    @Test
    void paintedScenesAreTheSameEveryTimeAndCanBeCut() throws IOException {
        List<Clip> first = ClipFolder.synthetic(2, 4);
        List<Clip> second = ClipFolder.synthetic(2, 4);

        assertThat(first)
                .extracting(Clip::sha256)
                .isEqualTo(second.stream().map(Clip::sha256).toList());
        Clip cut = ClipFolder.withCut(first.get(0), first.get(1), 4);
        assertThat(cut.name()).isEqualTo("cut-synthetic-street-synthetic-harbour");
        assertThat(cut.frames().get(2)).isEqualTo(first.get(1).frames().get(0));
    }

    private static void writeVideo(Path file, int frames) throws IOException {
        Path written = file.resolveSibling("written.mp4");
        try (SyntheticScene scene = new SyntheticScene(1, 24, 128);
                VideoWriter writer = new VideoWriter(written, 128, 128, 24)) {
            for (int i = 0; i < frames; i++) {
                writer.write(scene.next());
            }
        }
        Files.move(written, file);
    }

    private static void writePictures(Path folder, int count, int width, int height)
            throws IOException {
        for (int i = 0; i < count; i++) {
            BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            picture.setRGB(i, i, 0xffffff);
            ImageIO.write(picture, "png", folder.resolve(i + ".png").toFile());
        }
    }
}
