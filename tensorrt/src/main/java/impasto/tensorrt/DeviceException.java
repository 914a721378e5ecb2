package impasto.tensorrt;

import ai.djl.engine.EngineException;

/**
 * Something that CUDA or TensorRT refused. The kinds that a caller can tell apart are subclasses.
 */
public class DeviceException extends EngineException {

    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
