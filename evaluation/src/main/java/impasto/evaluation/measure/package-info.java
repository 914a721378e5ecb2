/**
 * What is measured on pictures, each a formula in a class of its own. Pictures are RGB, 0 to 255.
 */
package impasto.evaluation.measure;
