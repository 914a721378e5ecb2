/** Kafka, Flink and the job in one process, and the account of what went in and came out. */
package impasto.local;
