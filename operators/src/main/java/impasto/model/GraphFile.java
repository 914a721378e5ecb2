package impasto.model;

import java.nio.file.Path;

/**
 * The files of one graph, found to be those that the manifest describes.
 *
 * @param bytes of the ONNX file and its external data, but for files of graphs that were checked
 *     before
 * @param weights elements of its initializers
 * @param float8 whether products in it are of 8-bit floats
 */
public record GraphFile(Path file, long bytes, long weights, boolean float8) {}
