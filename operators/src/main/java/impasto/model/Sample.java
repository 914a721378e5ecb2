package impasto.model;

import ai.djl.ndarray.NDArray;

/**
 * One frame's part of an array of a batch. Exactly one of the two is not null.
 *
 * @param array {@code [1, …]} on the device
 * @param bytes the same on the host, row-major
 */
record Sample(NDArray array, byte[] bytes) implements AutoCloseable {

    static Sample of(byte[] bytes) {
        return new Sample(null, bytes);
    }

    /** Frees the device's memory; may be called twice. */
    @Override
    public void close() {
        if (array != null) {
            array.close();
        }
    }
}
