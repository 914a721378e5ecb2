package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import impasto.broker.Topics;
import impasto.evaluation.measure.Percentiles;
import impasto.local.TopicTail;
import impasto.model.BundleManifest;
import impasto.schemas.Outcome;
import impasto.schemas.PromptEvent;
import impasto.schemas.StylizedFrame;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Changes prompts in the running job, through their topic: how long it takes from the append of a
 * prompt to the append of the first frame that it made, by the broker's clock, and whether every
 * frame on the way is whole. A prompt's version is the offset of its record, with which every frame
 * is stamped, so that frames are told apart without looking at them.
 */
final class PromptBenchmark {

    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration GIVE_UP = Duration.ofSeconds(60);
    private static final int LEAST_PAUSE_MILLIS = 300;
    private static final int MOST_PAUSE_MILLIS = 900;

    /** A picture of which the grey levels vary by less has nothing in it. */
    private static final double BLANK_DEVIATION = 2;

    private static final String PROMPT_ID = "bench-";

    private final JobBenchmark job;
    private final int streams;
    private final double camerasFps;
    private final List<BundleManifest.Style> styles;
    private final SplittableRandom random = new SplittableRandom(7);

    /** The newest version that a frame of each stream bore. */
    private final Map<String, Long> versions = new HashMap<>();

    private final Set<String> seen = new HashSet<>();
    private final List<Long> changeMillis = new ArrayList<>();
    private final List<Double> framesOfOldVersion = new ArrayList<>();
    private long notStylized;
    private long blank;
    private long repeated;
    private long outOfOrder;

    /** The change that is waited for. */
    private String changing;

    private long changingTo;
    private long changedAt;
    private long oldSince;
    private boolean arrived;

    /**
     * What came of the changes.
     *
     * @param camerasFps frames that each stream published a second
     * @param changeMs from the append of a prompt to that of the first frame in the new version:
     *     p50, p95 and max, in milliseconds
     * @param oldFrames of the stream that were appended in the old version after the prompt was
     *     appended: p50, p95 and max
     * @param frames that came out while it was measured
     * @param mixed frames that bore an older version than one before them in their stream; every
     *     frame bears exactly one
     * @param blank frames with nothing in their picture, or without one
     * @param notStylized frames that were not restyled
     * @param repeated frames that came out twice
     */
    record Result(
            int changes,
            int streams,
            @JsonProperty("cameras_fps") double camerasFps,
            @JsonProperty("change_ms") Map<String, Double> changeMs,
            @JsonProperty("old_frames") Map<String, Double> oldFrames,
            long frames,
            long mixed,
            long blank,
            @JsonProperty("not_stylized") long notStylized,
            long repeated) {

        /** Whether no frame on the way was anything but whole and of one version. */
        boolean isClean() {
            return mixed == 0 && blank == 0 && notStylized == 0 && repeated == 0;
        }
    }

    /**
     * @param job started, on empty topics; stays the caller's
     * @param camerasFps frames that each stream publishes a second
     * @param styles at least two, whose prompts are taken in turn
     */
    PromptBenchmark(
            JobBenchmark job, int streams, double camerasFps, List<BundleManifest.Style> styles) {
        if (styles.size() < 2) {
            throw new IllegalArgumentException(
                    "the bundle has %d styles, expected at least two to change between"
                            .formatted(styles.size()));
        }
        this.job = job;
        this.streams = streams;
        this.camerasFps = camerasFps;
        this.styles = styles;
    }

    /**
     * Changes prompts, the streams in turn, at moments that have nothing to do with the batches.
     *
     * @param warmup after the first frame of every stream
     * @throws IOException if the job fails, or no frame comes in a new version
     */
    Result run(int changes, Duration warmup) throws IOException, InterruptedException {
        try (PacedCameras cameras =
                        new PacedCameras(job, streams, camerasFps, (stream, number, at) -> {});
                TopicTail results =
                        new TopicTail(
                                job.clientSettings(), List.of(Topics.DEFAULT.stylizedFrames()))) {
            cameras.start(Long.MAX_VALUE);
            long giveUp = System.nanoTime() + GIVE_UP.toNanos();
            while (versions.size() < streams) {
                poll(results, giveUp, "the first frame of every stream");
            }
            read(results, warmup);
            forget();
            for (int change = 0; change < changes; change++) {
                change(change, results);
            }
            read(results, Duration.ofSeconds(1));
        }
        return new Result(
                changes,
                streams,
                camerasFps,
                percentiles(changeMillis.stream().map(Long::doubleValue).toList(), 50, 95, 100),
                percentiles(framesOfOldVersion, 50, 95, 100),
                seen.size(),
                outOfOrder,
                blank,
                notStylized,
                repeated);
    }

    /** What came before the first change does not count, but its frames may not come again. */
    private void forget() {
        seen.clear();
        notStylized = 0;
        blank = 0;
        repeated = 0;
        outOfOrder = 0;
    }

    private void change(int change, TopicTail results) throws IOException, InterruptedException {
        int stream = change % streams;
        // Not the style that the stream has: it began with the one of its own number.
        String text = styles.get((stream + 1 + change / streams) % styles.size()).prompt();
        JobBenchmark.Published prompt =
                job.publish(
                        PromptEvent.newBuilder()
                                .setPromptId(PROMPT_ID + stream)
                                .setTarget(PreparedFrames.streamId(stream))
                                .setText(text)
                                .build());
        changing = PreparedFrames.streamId(stream);
        changingTo = prompt.offset();
        changedAt = prompt.appendMillis();
        oldSince = 0;
        arrived = false;
        long giveUp = System.nanoTime() + GIVE_UP.toNanos();
        while (!arrived) {
            poll(results, giveUp, "a frame made by prompt '%s' of %s".formatted(text, changing));
        }
        framesOfOldVersion.add((double) oldSince);
        read(results, Duration.ofMillis(random.nextInt(LEAST_PAUSE_MILLIS, MOST_PAUSE_MILLIS)));
    }

    private void read(TopicTail results, Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            job.checkAlive();
            results.poll(POLL, this::account);
        }
    }

    private void poll(TopicTail results, long giveUp, String what) throws IOException {
        job.checkAlive();
        if (System.nanoTime() > giveUp) {
            throw new IOException("%s has not come in %d s".formatted(what, GIVE_UP.toSeconds()));
        }
        results.poll(POLL, this::account);
    }

    private void account(ConsumerRecord<byte[], byte[]> record) {
        StylizedFrame frame = job.result(record);
        String stream = frame.getStreamId();
        if (!seen.add(stream + "#" + frame.getSequence())) {
            repeated++;
        }
        if (frame.getOutcome() != Outcome.STYLIZED || frame.getPromptVersion() == null) {
            notStylized++;
            return;
        }
        if (isBlank(frame)) {
            blank++;
        }
        long version = frame.getPromptVersion();
        if (version < versions.getOrDefault(stream, version)) {
            outOfOrder++;
        }
        versions.merge(stream, version, Math::max);
        if (!arrived && stream.equals(changing)) {
            if (version == changingTo) {
                arrived = true;
                changeMillis.add(record.timestamp() - changedAt);
            } else if (record.timestamp() >= changedAt) {
                oldSince++;
            }
        }
    }

    private static boolean isBlank(StylizedFrame frame) {
        if (frame.getImage() == null) {
            return true;
        }
        byte[] file = new byte[frame.getImage().remaining()];
        frame.getImage().duplicate().get(file);
        BufferedImage picture;
        try {
            picture = ImageIO.read(new ByteArrayInputStream(file));
        } catch (IOException e) {
            return true;
        }
        return picture == null || deviation(picture) < BLANK_DEVIATION;
    }

    /** Standard deviation of every fourth pixel's grey level, in each direction. */
    static double deviation(BufferedImage picture) {
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (int y = 0; y < picture.getHeight(); y += 4) {
            for (int x = 0; x < picture.getWidth(); x += 4) {
                int rgb = picture.getRGB(x, y);
                double grey = ((rgb >> 16 & 0xff) + (rgb >> 8 & 0xff) + (rgb & 0xff)) / 3.0;
                sum += grey;
                squares += grey * grey;
                count++;
            }
        }
        double mean = sum / count;
        return Math.sqrt(Math.max(0, squares / count - mean * mean));
    }

    private static Map<String, Double> percentiles(List<Double> values, int... percents) {
        Percentiles percentiles = new Percentiles(values.stream().mapToDouble(Double::doubleValue));
        Map<String, Double> named = new LinkedHashMap<>();
        for (int percent : percents) {
            named.put(percent == 100 ? "max" : "p" + percent, percentiles.at(percent));
        }
        return named;
    }
}
