/** Two evaluations, or two measurements of one row, against each other. */
package impasto.evaluation.compare;
