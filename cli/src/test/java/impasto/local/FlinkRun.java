package impasto.local;

import java.io.File;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.client.program.PackagedProgramUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/**
 * Does in a process of its own what {@code flink run} does: submits a jar to a cluster, whose class
 * path holds Flink and what the jar's documentation says belongs into Flink's {@code lib/}.
 *
 * <p>Arguments: how often, the jar, and the job's own arguments, in which {@code %d} stands for the
 * number of the submission.
 */
final class FlinkRun {

    private FlinkRun() {}

    @SuppressWarnings("try") // the cluster closes as it does
    public static void main(String[] args) throws Exception {
        int submissions = Integer.parseInt(args[0]);
        File jar = Path.of(args[1]).toFile();
        List<String> jobArguments = Arrays.asList(args).subList(2, args.length);
        requireAbsent("impasto.operator.StylizeOperator");
        requireAbsent("org.apache.flink.connector.kafka.source.KafkaSource");
        Configuration config =
                new Configuration()
                        .set(
                                CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS_ADDITIONAL,
                                List.of("ai.djl", "ai.onnxruntime", "org.bytedeco"))
                        .set(RestartStrategyOptions.RESTART_STRATEGY, "none")
                        .set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32))
                        .set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32))
                        .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(8));
        try (MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(config)
                                .withRandomPorts()
                                .build())) {
            cluster.start();
            Set<ClassLoader> loaders = new HashSet<>();
            for (int number = 0; number < submissions; number++) {
                loaders.add(submit(cluster, config, jar, jobArguments, number));
            }
            if (loaders.size() != submissions) {
                throw new AssertionError("submissions shared the job's classes: " + loaders);
            }
        }
        // Kafka's clients and DJL leave threads that would keep the process.
        System.exit(0);
    }

    private static void requireAbsent(String className) {
        URL found =
                FlinkRun.class.getClassLoader().getResource(className.replace('.', '/') + ".class");
        if (found != null) {
            throw new AssertionError("%s is on Flink's class path: %s".formatted(className, found));
        }
    }

    /** Returns the loader of the job's classes. */
    private static ClassLoader submit(
            MiniCluster cluster,
            Configuration config,
            File jar,
            List<String> arguments,
            int submission)
            throws Exception {
        try (PackagedProgram program =
                PackagedProgram.newBuilder()
                        .setJarFile(jar)
                        .setConfiguration(config)
                        .setArguments(
                                arguments.stream()
                                        .map(
                                                argument ->
                                                        argument.replace(
                                                                "%d", Integer.toString(submission)))
                                        .toArray(String[]::new))
                        .build()) {
            JobGraph graph = PackagedProgramUtils.createJobGraph(program, config, 1, false);
            cluster.submitJob(graph).get(30, TimeUnit.SECONDS);
            cluster.requestJobResult(graph.getJobID())
                    .get(90, TimeUnit.SECONDS)
                    .toJobExecutionResult(program.getUserCodeClassLoader());
            return program.getUserCodeClassLoader();
        }
    }
}
