package impasto.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a figure was measured on. */
final class Machine {

    private Machine() {}

    static Map<String, String> describe() throws IOException {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("processor", processor());
        machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        machine.put(
                "system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put(
                "java",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        machine.put("commit", commit());
        return machine;
    }

    private static String processor() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return System.getProperty("os.arch");
        }
        return Files.readAllLines(info).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
    }

    /** The commit of the checkout, from Git's own files. */
    private static String commit() throws IOException {
        Path git = Path.of(System.getProperty("impasto.home", "."), ".git");
        Path head = git.resolve("HEAD");
        if (!Files.isReadable(head)) {
            return "unknown";
        }
        String reference = Files.readString(head).strip();
        if (!reference.startsWith("ref: ")) {
            return reference;
        }
        Path branch = git.resolve(reference.substring("ref: ".length()));
        return Files.isReadable(branch) ? Files.readString(branch).strip() : "unknown";
    }
}
