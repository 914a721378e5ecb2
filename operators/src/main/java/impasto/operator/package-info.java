/**
 * The Flink operators: mailbox, state and timers around the stages, which know nothing of Flink.
 */
package impasto.operator;
