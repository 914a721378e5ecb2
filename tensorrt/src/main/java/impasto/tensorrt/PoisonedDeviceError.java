package impasto.tensorrt;

/**
 * A kernel has failed in a way that leaves this process's CUDA context unusable: every later call
 * fails too, and nothing short of a new process helps. It is an error of the machine, so that
 * nobody who isolates failures takes it for one of the input's; Flink, for one, ends a process that
 * meets an {@link InternalError}.
 */
public final class PoisonedDeviceError extends InternalError {

    private static final long serialVersionUID = 1L;

    public PoisonedDeviceError(String message) {
        super(message);
    }
}
