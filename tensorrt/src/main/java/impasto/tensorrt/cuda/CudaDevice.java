package impasto.tensorrt.cuda;

import impasto.tensorrt.NativeLibraryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.cuda.cudart.CUmemPoolHandle_st;
import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * One GPU of this machine; the same object for the same ordinal. Thread-safe.
 *
 * <p>CUDA keeps a current device per thread: {@link #makeCurrent} comes before other calls.
 */
public final class CudaDevice {

    private static final Map<Integer, CudaDevice> DEVICES = new HashMap<>();

    private static final Pattern RELEASE = Pattern.compile("\\b\\d{3,}\\.\\d+(\\.\\d+)?\\b");

    private final int ordinal;
    private final String name;
    private final String computeCapability;
    private final Map<String, CudaStream> streams = new HashMap<>();

    private CudaDevice(int ordinal) {
        this.ordinal = ordinal;
        makeCurrent();
        try (cudaDeviceProp properties = new cudaDeviceProp()) {
            Cuda.check(
                    cudart.cudaGetDeviceProperties(properties, ordinal),
                    "asking for the properties of GPU " + ordinal);
            this.name = properties.name().getString();
            this.computeCapability = properties.major() + "." + properties.minor();
        }
        setUpPool();
    }

    /**
     * The pool keeps what is freed, and never makes one stream wait for another's work to get at
     * it: with that, lanes that should run side by side would take turns.
     */
    private void setUpPool() {
        CUmemPoolHandle_st pool = pool();
        try (LongPointer everything = new LongPointer(1);
                IntPointer no = new IntPointer(1)) {
            everything.put(-1L);
            no.put(0);
            Cuda.check(
                    cudart.cudaMemPoolSetAttribute(
                            pool, cudart.cudaMemPoolAttrReleaseThreshold, everything),
                    "setting up the memory pool");
            Cuda.check(
                    cudart.cudaMemPoolSetAttribute(
                            pool, cudart.cudaMemPoolReuseAllowInternalDependencies, no),
                    "setting up the memory pool");
        }
    }

    private CUmemPoolHandle_st pool() {
        CUmemPoolHandle_st pool = new CUmemPoolHandle_st();
        Cuda.check(cudart.cudaDeviceGetDefaultMemPool(pool, ordinal), "asking for the memory pool");
        return pool;
    }

    /** Gives the memory that nobody uses back to the device. */
    void trimPool() {
        Cuda.check(cudart.cudaMemPoolTrimTo(pool(), 0), "trimming the memory pool");
    }

    /**
     * Loads the native libraries if need be.
     *
     * @throws NativeLibraryException if there is no driver, no library or no such GPU
     */
    public static CudaDevice of(int ordinal) {
        int count = count();
        if (ordinal < 0 || ordinal >= count) {
            throw new NativeLibraryException(
                    "GPU %d does not exist, this machine has %d".formatted(ordinal, count));
        }
        synchronized (DEVICES) {
            return DEVICES.computeIfAbsent(ordinal, CudaDevice::new);
        }
    }

    /**
     * GPUs that the driver shows to this process, at least one.
     *
     * @throws NativeLibraryException if there is none, or no driver, or it is too old
     */
    public static int count() {
        NativeLibraries.load();
        int[] count = new int[1];
        int status = cudart.cudaGetDeviceCount(count);
        if (status != cudart.cudaSuccess || count[0] == 0) {
            cudart.cudaGetLastError();
            int[] driver = new int[1];
            cudart.cudaDriverGetVersion(driver);
            throw new NativeLibraryException(
                    "no usable NVIDIA GPU: %s (the driver supports CUDA %s, expected 12.0 or later)"
                            .formatted(
                                    status == cudart.cudaSuccess
                                            ? "the driver shows none"
                                            : Cuda.errorText(status),
                                    cudaVersion(driver[0])));
        }
        return count[0];
    }

    static String cudaVersion(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    /** Makes this the calling thread's device. */
    public void makeCurrent() {
        Cuda.check(cudart.cudaSetDevice(ordinal), "selecting GPU " + ordinal);
    }

    /** The stream of that name, which is made at its first use and lives as long as the process. */
    public CudaStream stream(String streamName) {
        synchronized (streams) {
            return streams.computeIfAbsent(streamName, n -> new CudaStream(this, n));
        }
    }

    public int ordinal() {
        return ordinal;
    }

    /** For example "NVIDIA H200". */
    public String name() {
        return name;
    }

    /** For example "9.0". */
    public String computeCapability() {
        return computeCapability;
    }

    /** The driver's release where the system tells it, and the newest CUDA that it supports. */
    public String driverVersion() {
        int[] version = new int[1];
        Cuda.check(cudart.cudaDriverGetVersion(version), "asking for the driver's version");
        return release(Path.of("/proc/driver/nvidia/version")) + "CUDA " + cudaVersion(version[0]);
    }

    /**
     * From the kernel module's file: "NVRM version: NVIDIA UNIX x86_64 Kernel Module 550.90.07 …".
     */
    static String release(Path file) {
        try {
            Matcher release = RELEASE.matcher(Files.readString(file));
            return release.find() ? release.group() + ", " : "";
        } catch (IOException e) {
            // Other systems, and some containers, do not have it.
            return "";
        }
    }

    /** Bytes of device memory that are free, in all processes' view. */
    public long freeBytes() {
        makeCurrent();
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            Cuda.check(cudart.cudaMemGetInfo(free, total), "asking for free device memory");
            return free.get();
        }
    }

    @Override
    public String toString() {
        return "GPU %d (%s)".formatted(ordinal, name);
    }
}
