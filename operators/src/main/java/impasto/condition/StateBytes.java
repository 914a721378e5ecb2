package impasto.condition;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What is saved of a stream, as bytes: the number of its format, then its values. */
final class StateBytes {

    private StateBytes() {}

    /** Writes the values. */
    interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads them in the same order. */
    interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    static byte[] write(int format, Writer values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.write(format);
            values.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("memory can be written to", e);
        }
        return bytes.toByteArray();
    }

    /**
     * @param what is saved, for the message of an error
     * @throws IllegalArgumentException if it was saved in another format
     */
    static <T> T read(byte[] bytes, int format, String what, Reader<T> values) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int found = in.read();
            if (found != format) {
                throw new IllegalArgumentException(
                        "%s was saved in format %d, expected %d: restore it with the release that saved it, or start without this checkpoint"
                                .formatted(what, found, format));
            }
            return values.read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(what + " was not saved whole", e);
        }
    }
}
