package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import impasto.decode.FrameDecoder;
import impasto.decode.Pixels;
import impasto.encode.FrameEncoder;
import impasto.evaluation.measure.Percentiles;
import impasto.model.BundleManifest;
import impasto.stylize.StylizerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;

/**
 * What pictures cost as JPEG files, on one thread with nothing beside it: noise, which a bundle
 * with random weights gives, costs more than a camera's pictures.
 *
 * @param picture whose it is
 * @param bytes of a file, as the stages write it; the median
 * @param decodeMs to the model's size, in milliseconds; the median
 * @param encodeMs from the model's size, in milliseconds; the median
 */
record JpegTime(
        String picture,
        int bytes,
        @JsonProperty("decode_ms") double decodeMs,
        @JsonProperty("encode_ms") double encodeMs) {

    /** Until the compiler has done with the code around OpenCV. */
    private static final int WARMUP_ROUNDS = 2;

    private static final int ROUNDS = 3;

    /**
     * @param files JPEG files, as the stages take or give them
     */
    static JpegTime measure(
            String picture, List<byte[]> files, BundleManifest manifest, StylizerSettings stages) {
        FrameDecoder decoder =
                new FrameDecoder(
                        manifest.frame().width(),
                        manifest.frame().height(),
                        stages.fit(),
                        stages.limits());
        FrameEncoder encoder = new FrameEncoder(stages.jpegQuality());
        List<Pixels> pixels = files.stream().map(file -> decoder.decode(file).pixels()).toList();
        return new JpegTime(
                picture,
                (int) median(pixels.stream().mapToDouble(one -> encoder.encode(one).length)),
                medianMs(files, decoder::decode),
                medianMs(pixels, encoder::encode));
    }

    private static <T> double medianMs(List<T> inputs, Consumer<T> work) {
        List<Double> times = new ArrayList<>();
        for (int round = -WARMUP_ROUNDS; round < ROUNDS; round++) {
            for (T input : inputs) {
                long start = System.nanoTime();
                work.accept(input);
                if (round >= 0) {
                    times.add((System.nanoTime() - start) / 1e6);
                }
            }
        }
        return Throughput.round(median(times.stream().mapToDouble(Double::doubleValue)));
    }

    private static double median(DoubleStream values) {
        return new Percentiles(values).at(50);
    }
}
