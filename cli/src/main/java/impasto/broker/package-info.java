/** A Kafka broker inside the process, and the topics that Impasto needs on any cluster. */
package impasto.broker;
