/** Benchmarks: the stages alone, the whole job around them, and the same model in PyTorch. */
package impasto.bench;
