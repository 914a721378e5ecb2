package impasto.evaluation.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a figure was measured on. */
public final class Machine {

    private static final String UNKNOWN = "unknown";
    private static final Pattern RELEASE = Pattern.compile("\\b\\d{3,}\\.\\d+(\\.\\d+)?\\b");

    private Machine() {}

    /** Processor, cores, system and Java, each in words. */
    public static Map<String, String> describe() throws IOException {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("processor", processor());
        machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        graphics().ifPresent(card -> machine.put("gpu", card));
        driver().ifPresent(version -> machine.put("driver", version));
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

    /** The release of NVIDIA's driver. */
    private static Optional<String> driver() throws IOException {
        Path version = Path.of("/proc/driver/nvidia/version");
        if (!Files.isReadable(version)) {
            return Optional.empty();
        }
        Matcher release = RELEASE.matcher(Files.readString(version));
        return release.find() ? Optional.of(release.group()) : Optional.empty();
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

    /**
     * The commit of the checkout, from Git's own files; {@code unknown} without one. It ends in
     * {@code -dirty} where Git says that files of the commit have been changed since.
     */
    public static String commit() throws IOException {
        String commit = head();
        return !commit.equals(UNKNOWN) && isChanged() ? commit + "-dirty" : commit;
    }

    private static boolean isChanged() {
        try {
            Process git =
                    new ProcessBuilder("git", "status", "--porcelain", "--untracked-files=no")
                            .directory(home().toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            boolean changed = git.getInputStream().read() >= 0;
            git.getInputStream().readAllBytes();
            return git.waitFor() == 0 && changed;
        } catch (IOException e) {
            // There is no Git to ask.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Path home() {
        return Path.of(System.getProperty("impasto.home", "."));
    }

    private static String head() throws IOException {
        Path git = home().resolve(".git");
        if (Files.isRegularFile(git)) {
            // A second working tree: the file says where its Git folder is.
            String pointer = Files.readString(git).strip();
            git = git.resolveSibling(pointer.replaceFirst("^gitdir: ", ""));
        }
        Path head = git.resolve("HEAD");
        if (!Files.isReadable(head)) {
            return UNKNOWN;
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
        return UNKNOWN;
    }
}
