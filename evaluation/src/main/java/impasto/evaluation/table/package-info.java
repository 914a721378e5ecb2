/** Which rows make up which table, and how they are measured. */
package impasto.evaluation.table;
