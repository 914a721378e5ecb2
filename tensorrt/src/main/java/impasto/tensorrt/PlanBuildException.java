package impasto.tensorrt;

/**
 * A graph of which TensorRT makes no plan; the message names the node where there is one at fault.
 */
public final class PlanBuildException extends DeviceException {

    private static final long serialVersionUID = 1L;

    public PlanBuildException(String message) {
        super(message);
    }

    public PlanBuildException(String message, Throwable cause) {
        super(message, cause);
    }
}
