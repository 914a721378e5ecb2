/** What came out of a measurement, as rows in a file. */
package impasto.evaluation.result;
