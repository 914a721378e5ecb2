package impasto.evaluation.result;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Every number that a row may have, and what a reader must know of it. */
public enum Metric {
    FPS(
            "frames per second",
            Kind.TIME,
            Better.HIGHER,
            1,
            "Frames out, divided by the time from the first frame in to the last frame out; behind cameras, frames that came out restyled in the measured time, divided by that time. Decoding, resizing, batching, the model and encoding are all inside; warm-up is not."),
    LATENCY_P50_MS(
            "latency p50, ms",
            Kind.TIME,
            Better.LOWER,
            0,
            "Half of the frames took at most so long from being handed to the stages to being out as JPEG. A clip is fed as fast as it is taken, so this is the latency of a full pipeline."),
    LATENCY_P95_MS("latency p95, ms", Kind.TIME, Better.LOWER, 0, "The same for 95 of 100 frames."),
    LATENCY_P99_MS("latency p99, ms", Kind.TIME, Better.LOWER, 0, "The same for 99 of 100 frames."),
    LATENCY_MAX_MS("latency max, ms", Kind.TIME, Better.LOWER, 0, "The slowest frame."),
    CPU_MS_PER_FRAME(
            "CPU-ms per frame",
            Kind.TIME,
            Better.LOWER,
            1,
            "CPU time of the whole process, over all threads, for each frame."),
    WARMUP_SECONDS(
            "warm-up, s",
            Kind.TIME,
            Better.NEITHER,
            2,
            "Starting the stages and the batches that ran before the measurement; in no other number."),
    WARMUP_FRAMES("warm-up frames", Kind.COUNT, Better.NEITHER, 0, "Frames of the warm-up."),
    FRAMES("frames", Kind.COUNT, Better.NEITHER, 0, "Frames that were measured."),
    WARP_ERROR(
            "warp error",
            Kind.QUALITY,
            Better.LOWER,
            2,
            "Mean of |output t − output t+1 moved back along the input's optical flow|, in grey levels (0 to 255). How far the output fails to move as the input moves. Blurring lowers it too: read it beside Sobel and HF-FFT."),
    CONSECUTIVE_L1(
            "consecutive L1",
            Kind.QUALITY,
            Better.LOWER,
            2,
            "Mean of |output t − output t+1|, in grey levels: how much changes from frame to frame, motion included."),
    CONSISTENCY_RATIO(
            "consistency ratio",
            Kind.QUALITY,
            Better.LOWER,
            3,
            "Warp error divided by consecutive L1: the share of the change that the input's motion does not explain."),
    SOBEL(
            "Sobel",
            Kind.QUALITY,
            Better.NEITHER,
            2,
            "Mean of |d²grey / dx dy| by Sobel's 3 × 3 operator: edges and texture. If the warp error falls and this falls too, the picture was blurred, not steadied."),
    HF_FFT(
            "HF-FFT",
            Kind.QUALITY,
            Better.NEITHER,
            0,
            "Mean magnitude of the picture's frequencies beyond a quarter of its side: fine detail and grain."),
    REFERENCE_L1(
            "reference L1",
            Kind.QUALITY,
            Better.NEITHER,
            2,
            "Mean of |output − output of the same model frame by frame, without the adapter|, in grey levels: what the adapter changes."),
    DISTANCE_TO_EVERY_1(
            "distance to N = 1",
            Kind.QUALITY,
            Better.LOWER,
            2,
            "Mean of |output − output with the conditioning recomputed for every group|, in grey levels: what saving the conditioning costs."),
    BRIGHTNESS_DRIFT(
            "brightness drift",
            Kind.QUALITY,
            Better.NEITHER,
            2,
            "Mean brightness of the last chunk of 64 frames minus that of the first, in grey levels."),
    CONTRAST_DRIFT(
            "contrast drift",
            Kind.QUALITY,
            Better.NEITHER,
            2,
            "The same for the standard deviation of the values."),
    SATURATION_DRIFT(
            "saturation drift",
            Kind.QUALITY,
            Better.NEITHER,
            2,
            "The same for the mean of largest minus smallest channel."),
    SOBEL_DRIFT("Sobel drift", Kind.QUALITY, Better.NEITHER, 2, "The same for the Sobel measure."),
    AFTER_CUT_L1(
            "error after the cut",
            Kind.QUALITY,
            Better.LOWER,
            2,
            "Mean over the eight frames after the cut of |output − output of the same frames as a clip of their own|, in grey levels: what the frames before the cut leave behind."),
    LATER_L1(
            "error later",
            Kind.QUALITY,
            Better.LOWER,
            2,
            "The same for the frames from the ninth after the cut on."),
    BATCH_FILL(
            "batch fill",
            Kind.TIME,
            Better.HIGHER,
            2,
            "Mean share of a batch that was filled with frames, 0 to 1."),
    OFFERED_FPS(
            "offered, frames per second",
            Kind.COUNT,
            Better.NEITHER,
            0,
            "Frames that the cameras took each second, all together."),
    DROPPED_SHARE(
            "dropped",
            Kind.TIME,
            Better.LOWER,
            3,
            "Share of the frames that came out in the measured time without being restyled, because newer ones were waiting, 0 to 1."),
    BACKLOG(
            "backlog, frames",
            Kind.TIME,
            Better.LOWER,
            0,
            "Frames that had been offered and were not out when the measurement ended."),
    MS_PER_BATCH(
            "ms per batch", Kind.TIME, Better.LOWER, 1, "Median time of one batch, on one thread."),
    MS_PER_FRAME(
            "ms per frame", Kind.TIME, Better.LOWER, 2, "The same, divided by the batch's frames.");

    /** Where a number comes from. */
    public enum Kind {
        /** A time or what follows from one: differs from run to run. */
        TIME,
        /** Computed from pictures: the same in every run. */
        QUALITY,
        /** Given by the protocol. */
        COUNT
    }

    /** Which way is better. */
    public enum Better {
        LOWER,
        HIGHER,
        NEITHER
    }

    private final String title;
    private final Kind kind;
    private final Better better;
    private final int decimals;
    private final String explanation;

    Metric(String title, Kind kind, Better better, int decimals, String explanation) {
        this.title = title;
        this.kind = kind;
        this.better = better;
        this.decimals = decimals;
        this.explanation = explanation;
    }

    /** As in a row: {@code warp_error}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String title() {
        return title;
    }

    public Kind kind() {
        return kind;
    }

    public Better better() {
        return better;
    }

    /** What it is, its unit and range, for a reader of the report. */
    public String explanation() {
        return explanation;
    }

    /** With as many decimals as mean something; a dash for nothing. */
    public String format(Double value) {
        return value == null || value.isNaN()
                ? "–"
                : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** The metric of a row's key. */
    public static Optional<Metric> of(String key) {
        return Arrays.stream(values()).filter(metric -> metric.key().equals(key)).findFirst();
    }
}
