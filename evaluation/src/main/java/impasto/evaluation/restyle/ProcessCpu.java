package impasto.evaluation.restyle;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** CPU time that this process has used, over all its threads, native ones included. */
public final class ProcessCpu {

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private ProcessCpu() {}

    public static long nanos() {
        return SYSTEM.getProcessCpuTime();
    }
}
