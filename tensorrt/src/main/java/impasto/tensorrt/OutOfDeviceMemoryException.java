package impasto.tensorrt;

/**
 * The device has not enough memory left; the message says how much was wanted and how much is free.
 */
public final class OutOfDeviceMemoryException extends DeviceException {

    private static final long serialVersionUID = 1L;

    public OutOfDeviceMemoryException(String message) {
        super(message);
    }
}
