package impasto.tensorrt;

/** An array was used whose memory holds something else by now. */
public final class ExpiredArrayException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    public ExpiredArrayException(String message) {
        super(message);
    }
}
