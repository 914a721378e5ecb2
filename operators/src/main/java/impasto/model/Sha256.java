package impasto.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hash by which files, pictures and clips are told apart. */
public final class Sha256 {

    private Sha256() {}

    /** A new computation. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
