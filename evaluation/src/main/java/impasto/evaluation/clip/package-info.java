/** Clips as the stages get them: encoded square frames. */
package impasto.evaluation.clip;
