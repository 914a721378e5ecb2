package impasto.failure;

import ai.djl.engine.EngineException;

/** The one table that decides what a failure means. */
public final class FailurePolicy {

    private FailurePolicy() {}

    /** What follows from a failure while frames were being restyled. */
    public static Consequence of(Throwable failure) {
        if (failure instanceof BadInputException) {
            return Consequence.DEAD_LETTER;
        }
        if (failure instanceof EngineException || failure instanceof IllegalArgumentException) {
            return Consequence.ISOLATE;
        }
        if (failure instanceof VirtualMachineError) {
            return Consequence.HALT_PROCESS;
        }
        return Consequence.FAIL_JOB;
    }
}
