package impasto.failure;

/** What follows from a failure. */
public enum Consequence {
    /** The record is at fault: it becomes a dead letter, the job goes on. */
    DEAD_LETTER,
    /** Perhaps one frame of the batch is at fault: look for it by halving the batch. */
    ISOLATE,
    /** The job is at fault, or its surroundings: it fails, and Flink restarts it. */
    FAIL_JOB,
    /** The process cannot heal: it ends, and a fresh one takes over. */
    HALT_PROCESS
}
