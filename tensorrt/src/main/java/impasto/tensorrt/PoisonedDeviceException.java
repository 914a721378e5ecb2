package impasto.tensorrt;

/**
 * A kernel has failed in a way that leaves this process's CUDA context unusable: every later call
 * fails too, and nothing short of a new process helps.
 */
public final class PoisonedDeviceException extends DeviceException {

    private static final long serialVersionUID = 1L;

    public PoisonedDeviceException(String message) {
        super(message);
    }
}
