package impasto.evaluation.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a figure was measured on. */
public final class Machine {

    private Machine() {}

    /** Processor, cores, system and Java, each in words. */
    public static Map<String, String> describe() throws IOException {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("processor", processor());
        machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        graphics().ifPresent(card -> machine.put("gpu", card));
        machine.put(
                "system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put(
                "java",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
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

    /** NVIDIA's cards, from the files of its driver. */
    private static Optional<String> graphics() throws IOException {
        Path cards = Path.of("/proc/driver/nvidia/gpus");
        if (!Files.isDirectory(cards)) {
            return Optional.empty();
        }
        try (var entries = Files.list(cards)) {
            return entries.map(card -> card.resolve("information"))
                    .filter(Files::isReadable)
                    .map(Machine::model)
                    .reduce((a, b) -> a + ", " + b);
        }
    }

    private static String model(Path information) {
        try {
            return Files.readAllLines(information).stream()
                    .filter(line -> line.startsWith("Model:"))
                    .map(line -> line.substring("Model:".length()).strip())
                    .findFirst()
                    .orElse("NVIDIA");
        } catch (IOException e) {
            return "NVIDIA";
        }
    }

    /** The commit of the checkout, from Git's own files; {@code unknown} without one. */
    public static String commit() throws IOException {
        Path git = Path.of(System.getProperty("impasto.home", "."), ".git");
        if (Files.isRegularFile(git)) {
            // A second working tree: the file says where its Git folder is.
            String pointer = Files.readString(git).strip();
            git = git.resolveSibling(pointer.replaceFirst("^gitdir: ", ""));
        }
        Path head = git.resolve("HEAD");
        if (!Files.isReadable(head)) {
            return "unknown";
        }
        String reference = Files.readString(head).strip();
        if (!reference.startsWith("ref: ")) {
            return reference;
        }
        String name = reference.substring("ref: ".length());
        Path shared = git.resolve("commondir");
        Path root = Files.isReadable(shared) ? git.resolve(Files.readString(shared).strip()) : git;
        for (Path folder : new Path[] {git, root}) {
            if (Files.isReadable(folder.resolve(name))) {
                return Files.readString(folder.resolve(name)).strip();
            }
        }
        Path packed = root.resolve("packed-refs");
        if (Files.isReadable(packed)) {
            for (String line : Files.readAllLines(packed)) {
                if (line.endsWith(" " + name)) {
                    return line.substring(0, line.indexOf(' '));
                }
            }
        }
        return "unknown";
    }
}
