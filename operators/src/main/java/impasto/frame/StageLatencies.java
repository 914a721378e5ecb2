package impasto.frame;

/**
 * Where the time of one frame went, in microseconds; 0 for stages that it did not pass.
 *
 * @param queueMicros from the append on the broker until the frame was taken, by two machines'
 *     clocks
 * @param decodeMicros from being taken until its pixels were ready
 * @param batchMicros waiting for a place in a batch and for the batch before
 * @param modelMicros inside the model, encoding of texts with the batch's frames included
 * @param encodeMicros from the pixels of the result to its encoded bytes
 */
public record StageLatencies(
        long queueMicros,
        long decodeMicros,
        long batchMicros,
        long modelMicros,
        long encodeMicros) {}
