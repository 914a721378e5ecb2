/** The Flink job: what is configured, how the operators are wired, and what is read and written. */
package impasto.job;
