/**
 * TensorRT as an engine of DJL. {@code cuda} wraps what is needed of the CUDA runtime, {@code plan}
 * builds, caches and runs plans without needing the rest, {@code engine} is what DJL finds; {@code
 * benchmark} times one graph. This package holds the errors.
 */
package impasto.tensorrt;
