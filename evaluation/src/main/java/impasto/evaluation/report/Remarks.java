package impasto.evaluation.report;

import java.util.List;

/** What a sceptical reader must know: the same in every report. */
final class Remarks {

    static final List<String> AS_PUBLISHED =
            List.of(
                    "Prompt and seed, unless a table says otherwise; one step of sampling where the bundle is distilled to one.",
                    "Optical flow: Farneback's with the published parameters (0.5, 3, 15, 3, 5, 1.2, 0), on grey input frames at the model's size.",
                    "The formulas of warp error, consecutive L1, Sobel and HF-FFT, on RGB of 0 to 255.",
                    "Hard cuts between two clips, and long runs of 480 frames.");

    static final List<String> CORRECTED =
            List.of(
                    "Frames per second count everything from the first frame in to the last out, decoding and encoding included; as published they count the step alone.",
                    "Latency is measured for every frame; as published it is modelled.",
                    "Noise is the same for every frame and every place in a batch; as published it differs by place, which flickers.",
                    "The text is encoded once for each prompt; as published it is encoded with every batch, together with a frame, unless cached. What that would cost is in the profile.",
                    "Every run has stages of its own: no state of one clip is left when the next begins.",
                    "Every frame comes out: no partial batch is thrown away. Lengths are multiples of the batch, so that pictures do not depend on timing.",
                    "Runs longer than a clip play it forwards and backwards, so that there is no jump at its end.");

    static final List<String> NOT_REPRODUCED =
            List.of(
                    "The published model, DreamLite-mobile: its weights are under a licence that does not allow them to come with this project. The bundle named above is another model; only the way of measuring is the same.",
                    "The published hardware (RTX 3090 Ti, 4090, 5090), unless the machine named above is one.",
                    "The published clips: the source does not give them. Names of clips are those of the files used here.",
                    "Adapter hooks in all blocks against the down blocks only: which hooks there are is decided when a bundle is trained, so one bundle shows one of the two.",
                    "Latency here is from a frame's hand-over to the stages to its JPEG, in one process. What Kafka and Flink add, from append to append, is measured by impasto bench.",
                    "Outputs are measured as a viewer gets them, after JPEG of quality 100 with half the colour resolution: about one grey level of error that all settings share.");

    private Remarks() {}
}
