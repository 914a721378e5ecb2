package impasto.tensorrt.cuda;

import impasto.tensorrt.DeviceException;
import impasto.tensorrt.OutOfDeviceMemoryException;
import impasto.tensorrt.PoisonedDeviceError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.cuda.cudart.cudaPointerAttributes;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/** Statuses of the CUDA runtime, turned into exceptions. */
public final class Cuda {

    private static final int OUT_OF_MEMORY = 2;

    /**
     * "The process must be terminated and relaunched", as the runtime's documentation says of
     * these: ECC error, NVLink error, illegal address, launch timeout, assert, hardware stack
     * error, illegal instruction, misaligned address, invalid address space, invalid program
     * counter, launch failure, tensor memory leak, external device.
     */
    private static final Set<Integer> POISON =
            Set.of(214, 220, 700, 702, 710, 714, 715, 716, 717, 718, 719, 721, 912);

    private Cuda() {}

    /**
     * @param action what was tried, to complete "… failed"
     * @throws DeviceException or the subclass that fits, unless the status is success
     * @throws PoisonedDeviceError if no later call will succeed
     */
    public static void check(int status, String action) {
        if (status != cudart.cudaSuccess) {
            // Otherwise the next call that asks would report this error as its own.
            cudart.cudaGetLastError();
            throw failure(status, errorText(status), action, memory());
        }
    }

    static DeviceException failure(int status, String text, String action, String memory) {
        if (status == OUT_OF_MEMORY) {
            return new OutOfDeviceMemoryException(
                    "%s failed: out of device memory (%s)".formatted(action, memory));
        }
        String message = "%s failed: %s (CUDA error %d)".formatted(action, text, status);
        if (POISON.contains(status)) {
            throw new PoisonedDeviceError(
                    message
                            + "; the CUDA context is unusable from here on, the process must be restarted");
        }
        return new DeviceException(message);
    }

    static String errorText(int status) {
        BytePointer text = cudart.cudaGetErrorString(status);
        return text == null ? "unknown error" : text.getString();
    }

    private static String memory() {
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            if (cudart.cudaMemGetInfo(free, total) != cudart.cudaSuccess) {
                return "the free amount is unknown";
            }
            return "%s free of %s".formatted(bytes(free.get()), bytes(total.get()));
        }
    }

    /** What kind of memory lies at an address, for people. */
    static String whereIs(long address) {
        try (cudaPointerAttributes attributes = new cudaPointerAttributes()) {
            int status = cudart.cudaPointerGetAttributes(attributes, pointer(address));
            if (status != cudart.cudaSuccess) {
                cudart.cudaGetLastError();
                return "an unknown address";
            }
            return switch (attributes.type()) {
                case cudart.cudaMemoryTypeHost -> "pinned host memory";
                case cudart.cudaMemoryTypeDevice -> "memory of GPU " + attributes.device();
                case cudart.cudaMemoryTypeManaged -> "managed memory";
                default -> "host memory that is not pinned";
            };
        }
    }

    /** A size for people. */
    public static String bytes(long bytes) {
        return bytes < 10 << 20
                ? String.format(Locale.ROOT, "%,d bytes", bytes)
                : String.format(Locale.ROOT, "%,d MiB", Math.round(bytes / (double) (1 << 20)));
    }

    /** A device address as the presets want it. */
    public static Pointer pointer(long address) {
        return new Address(address);
    }

    /**
     * Host memory as a buffer in native order; it must stay where it is while the buffer is used.
     */
    public static ByteBuffer hostBuffer(long address, long bytes) {
        return new BytePointer(pointer(address))
                .capacity(bytes)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    private static final class Address extends Pointer {
        Address(long address) {
            super((Pointer) null);
            this.address = address;
        }
    }
}
