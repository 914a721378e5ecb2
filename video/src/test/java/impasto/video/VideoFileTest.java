package impasto.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoFileTest {

    @TempDir private Path folder;

    @Test
    void readsBackWhatWasWrittenAndBeginsAgain() throws IOException {
        Path file = folder.resolve("clip.mp4");
        write(file, 320, 320, 30);

        try (VideoFile video = new VideoFile(file)) {
            assertThat(video.framesPerSecond()).isEqualTo(25);
            assertThat(video.widthPixels()).isEqualTo(320);
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 30; i++) {
                    assertThat(meanDifference(video.next(), picture(320, 320, i)))
                            .as("picture %d of round %d", i, round)
                            .isLessThan(6);
                }
            }
        }
    }

    @Test
    void saysWhereTheVideoEnds() throws IOException {
        Path file = folder.resolve("clip.mp4");
        write(file, 320, 320, 5);

        try (VideoFile video = new VideoFile(file)) {
            int count = 0;
            while (video.nextUnlessEnded().isPresent()) {
                count++;
            }
            assertThat(count).isEqualTo(5);
            assertThat(meanDifference(video.next(), picture(320, 320, 0))).isLessThan(6);
        }
    }

    @Test
    void takesTheMiddleSquareOfALargePicture() throws IOException {
        Path file = folder.resolve("wide.mp4");
        write(file, 1280, 720, 3);

        try (VideoFile video = new VideoFile(file)) {
            BufferedImage square = video.next();
            assertThat(square.getWidth()).isEqualTo(512);
            assertThat(square.getHeight()).isEqualTo(512);
            // The bar of the first picture lies at 1/4 of 1280 pixels, 40 right of the crop's edge.
            int column = Math.round((320 + 20 - 280) * 512f / 720);
            assertThat(new Color(square.getRGB(column, 256)).getRed()).isGreaterThan(200);
        }
    }

    @Test
    void keepsASmallPictureAsItIs() throws IOException {
        Path file = folder.resolve("small.mp4");
        write(file, 160, 120, 3);

        try (VideoFile video = new VideoFile(file)) {
            assertThat(video.next().getWidth()).isEqualTo(120);
        }
    }

    @Test
    void namesAMissingFile() {
        assertThatThrownBy(() -> new VideoFile(folder.resolve("none.mp4")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("none.mp4")
                .hasMessageContaining("no such video file");
    }

    @Test
    void namesAFileThatIsNoVideo() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.mp4"), "not a video\n".repeat(100));

        assertThatThrownBy(() -> new VideoFile(text))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("notes.mp4");
    }

    @Test
    void namesAFileWithoutPictures() throws Exception {
        Path sound = folder.resolve("sound.wav");
        AudioFormat format = new AudioFormat(8000, 16, 1, true, false);
        try (AudioInputStream silence =
                new AudioInputStream(new ByteArrayInputStream(new byte[16000]), format, 8000)) {
            AudioSystem.write(silence, AudioFileFormat.Type.WAVE, sound.toFile());
        }

        assertThatThrownBy(() -> new VideoFile(sound))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("sound.wav has no video stream");
    }

    private static void write(Path file, int width, int height, int count) throws IOException {
        try (VideoWriter writer = new VideoWriter(file, width, height, 25)) {
            for (int i = 0; i < count; i++) {
                writer.write(picture(width, height, i));
            }
        }
    }

    /** A red bar that moves over grey, from a quarter of the width. */
    private static BufferedImage picture(int width, int height, int index) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(new Color(90, 100, 110));
        g.fillRect(0, 0, width, height);
        g.setColor(new Color(240, 40, 30));
        g.fillRect(width / 4 + 4 * index, 0, 40, height);
        g.dispose();
        return image;
    }

    private static double meanDifference(BufferedImage found, BufferedImage expected) {
        long sum = 0;
        for (int y = 0; y < found.getHeight(); y++) {
            for (int x = 0; x < found.getWidth(); x++) {
                Color a = new Color(found.getRGB(x, y));
                Color b = new Color(expected.getRGB(x, y));
                sum +=
                        Math.abs(a.getRed() - b.getRed())
                                + Math.abs(a.getGreen() - b.getGreen())
                                + Math.abs(a.getBlue() - b.getBlue());
            }
        }
        return sum / (3.0 * found.getWidth() * found.getHeight());
    }
}
