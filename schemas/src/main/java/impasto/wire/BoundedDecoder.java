package impasto.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;

/**
 * Avro's binary decoder, but a length is compared with the bytes that are left before memory is
 * taken for it. Avro 1.12 has only one limit for the whole process (system property {@code
 * org.apache.avro.limits.bytes.maxLength}, 2 GiB by default), and takes memory first.
 */
final class BoundedDecoder extends Decoder {
    private final BinaryDecoder in;

    BoundedDecoder(byte[] bytes, int from) {
        in = DecoderFactory.get().binaryDecoder(bytes, from, bytes.length - from, null);
    }

    /** How many bytes have not been read. */
    int remaining() {
        try {
            return in.inputStream().available();
        } catch (IOException e) {
            throw new IllegalStateException("an array in memory does not fail", e);
        }
    }

    private int boundedLength(String what) throws IOException {
        long length = in.readLong();
        if (length < 0 || length > remaining()) {
            throw new EOFException(
                    "%s of %d bytes where %d are left".formatted(what, length, remaining()));
        }
        return (int) length;
    }

    private long boundedCount(long items) throws IOException {
        // no schema here has items that take no bytes
        if (items < 0 || items > remaining()) {
            throw new EOFException(
                    "collection of %d items where %d bytes are left".formatted(items, remaining()));
        }
        return items;
    }

    @Override
    public ByteBuffer readBytes(ByteBuffer old) throws IOException {
        byte[] bytes = new byte[boundedLength("bytes")];
        in.readFixed(bytes);
        return ByteBuffer.wrap(bytes);
    }

    @Override
    public Utf8 readString(Utf8 old) throws IOException {
        byte[] bytes = new byte[boundedLength("string")];
        in.readFixed(bytes);
        return new Utf8(bytes);
    }

    @Override
    public String readString() throws IOException {
        return readString(null).toString();
    }

    @Override
    public void skipString() throws IOException {
        in.skipFixed(boundedLength("string"));
    }

    @Override
    public void skipBytes() throws IOException {
        in.skipFixed(boundedLength("bytes"));
    }

    @Override
    public void readNull() throws IOException {
        in.readNull();
    }

    @Override
    public boolean readBoolean() throws IOException {
        return in.readBoolean();
    }

    @Override
    public int readInt() throws IOException {
        return in.readInt();
    }

    @Override
    public long readLong() throws IOException {
        return in.readLong();
    }

    @Override
    public float readFloat() throws IOException {
        return in.readFloat();
    }

    @Override
    public double readDouble() throws IOException {
        return in.readDouble();
    }

    @Override
    public void readFixed(byte[] bytes, int start, int length) throws IOException {
        in.readFixed(bytes, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        in.skipFixed(length);
    }

    @Override
    public int readEnum() throws IOException {
        return in.readEnum();
    }

    @Override
    public int readIndex() throws IOException {
        return in.readIndex();
    }

    @Override
    public long readArrayStart() throws IOException {
        return boundedCount(in.readArrayStart());
    }

    @Override
    public long arrayNext() throws IOException {
        return boundedCount(in.arrayNext());
    }

    @Override
    public long skipArray() throws IOException {
        return boundedCount(in.skipArray());
    }

    @Override
    public long readMapStart() throws IOException {
        return boundedCount(in.readMapStart());
    }

    @Override
    public long mapNext() throws IOException {
        return boundedCount(in.mapNext());
    }

    @Override
    public long skipMap() throws IOException {
        return boundedCount(in.skipMap());
    }
}
