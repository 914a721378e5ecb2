package impasto.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory that this process takes. */
public final class ProcessMemory {

    private static final double KIB_PER_MIB = 1024;

    private ProcessMemory() {}

    /**
     * All of the process, native memory included, from Linux's own account, in MiB; 0 where the
     * system does not tell.
     */
    public static double residentMib() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
                            .findFirst()
                            .orElse(0)
                    / KIB_PER_MIB;
        } catch (IOException e) {
            return 0;
        }
    }
}
