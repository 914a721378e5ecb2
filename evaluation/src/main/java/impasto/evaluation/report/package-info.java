/** Results as a page and as text, for people. */
package impasto.evaluation.report;
