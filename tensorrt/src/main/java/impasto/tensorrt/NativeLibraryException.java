package impasto.tensorrt;

/**
 * TensorRT cannot be used here: no driver, a library that is missing, or one of another version.
 */
public final class NativeLibraryException extends DeviceException {

    private static final long serialVersionUID = 1L;

    public NativeLibraryException(String message) {
        super(message);
    }

    public NativeLibraryException(String message, Throwable cause) {
        super(message, cause);
    }
}
