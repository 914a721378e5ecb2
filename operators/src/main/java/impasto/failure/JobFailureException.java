package impasto.failure;

/** The job cannot go on as it is; Flink's restart strategy decides what is next. */
public class JobFailureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JobFailureException(String message, Throwable cause) {
        super(message, cause);
    }
}
