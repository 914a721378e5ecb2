package impasto.tensorrt.plan;

/**
 * What TensorRT's log cost and where it was silent, of one build. Every line comes from native code
 * into this process, so many lines make a build slower.
 *
 * @param lines that TensorRT wrote, of all severities
 * @param seconds that passed in the logger, summed over TensorRT's threads
 * @param longestGapSeconds the longest time without a line
 * @param lineBeforeGap the line before it, empty if none had come yet
 */
public record BuildLog(
        long lines, double seconds, double longestGapSeconds, String lineBeforeGap) {}
