package impasto.evaluation.report;

import impasto.evaluation.table.Table;
import java.util.List;
import java.util.Map;

/**
 * Values of arXiv 2606.05981: DreamLite-mobile (0.39 B parameters, conditioned by a 2 B text and
 * vision encoder), 512 x 512 pixels, 480 frames, one step.
 *
 * @param what was measured
 * @param value as published
 * @param where on which hardware, with which settings
 */
record Published(String what, String value, String where) {

    static final String SOURCE = "arXiv 2606.05981";

    /** Frames per second by hardware, for plots. */
    static final Map<String, Double> FPS =
            Map.of(
                    "RTX 3090 Ti, B = 8", 27.4,
                    "RTX 3090 Ti, B = 16", 29.6,
                    "RTX 4090", 54.9,
                    "RTX 5090", 74.1);

    static List<Published> of(Table table) {
        return switch (table) {
            case MAIN ->
                    List.of(
                            new Published(
                                    "warp error without adapter",
                                    "22.97",
                                    "RTX 3090 Ti, oil painting"),
                            new Published(
                                    "warp error, with adapter",
                                    "18.34",
                                    "RTX 3090 Ti, oil painting, B = 16"),
                            new Published(
                                    "warp error, adapter in all hooks",
                                    "13.00",
                                    "RTX 3090 Ti, oil painting, B = 8"));
            case SUSTAINED ->
                    List.of(
                            new Published(
                                    "frames per second; latency p50",
                                    "27.4; about 0.5 s",
                                    "RTX 3090 Ti, B = 8; latency modelled, decode and encode not counted"),
                            new Published(
                                    "frames per second; latency p50",
                                    "29.6; about 1.0 s",
                                    "RTX 3090 Ti, B = 16; likewise"));
            case HARDWARE ->
                    List.of(
                            new Published("frames per second", "27.4", "RTX 3090 Ti, B = 8"),
                            new Published("frames per second", "29.6", "RTX 3090 Ti, B = 16"),
                            new Published("frames per second", "54.9", "RTX 4090"),
                            new Published("frames per second", "74.1", "RTX 5090"));
            default -> List.of();
        };
    }
}
