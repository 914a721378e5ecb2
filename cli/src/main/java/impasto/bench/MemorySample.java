package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * Memory of this process, in MiB.
 *
 * @param heapMib live objects, after a collection
 * @param directMib direct buffers
 * @param residentMib all of the process, native memory included; 0 where the system does not tell
 */
record MemorySample(
        double seconds,
        long frames,
        @JsonProperty("heap_mib") double heapMib,
        @JsonProperty("direct_mib") double directMib,
        @JsonProperty("resident_mib") double residentMib) {

    private static final double MIB = 1 << 20;

    static MemorySample take(double seconds, long frames) {
        System.gc();
        return new MemorySample(
                Throughput.round(seconds),
                frames,
                Throughput.round(
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB),
                Throughput.round(directBytes() / MIB),
                Throughput.round(ProcessMemory.residentMib()));
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
