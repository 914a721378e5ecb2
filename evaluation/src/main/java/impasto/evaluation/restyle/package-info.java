/** Clips and cameras through the stages that the job runs, with a stopwatch. */
package impasto.evaluation.restyle;
