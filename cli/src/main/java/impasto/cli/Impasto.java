package impasto.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root of the {@code impasto} command. */
@Command(
        name = "impasto",
        subcommands = {
            LocalCommand.class,
            BundleCommand.class,
            BenchCommand.class,
            EvaluateCommand.class
        },
        description = "Live video restyling as a stream-processing job.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Impasto.Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:it failed; the reason is the last line on stderr",
            "2:the command line is wrong"
        })
public final class Impasto implements Runnable {

    @Spec private CommandSpec spec;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Print stack traces of errors.")
    private boolean verbose;

    /** Without a subcommand. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command with its conventions for errors and exit codes; tests execute it in process. */
    static CommandLine commandLine() {
        Impasto root = new Impasto();
        return new CommandLine(root)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Impasto::reportUsage)
                .setExecutionExceptionHandler(
                        (failure, command, parsed) -> {
                            PrintWriter err = command.getErr();
                            if (root.verbose) {
                                failure.printStackTrace(err);
                            }
                            err.println(
                                    command.getColorScheme()
                                            .errorText("impasto: " + oneLine(failure)));
                            return command.getCommandSpec().exitCodeOnExecutionException();
                        });
    }

    private static int reportUsage(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(command.getColorScheme().errorText("impasto: " + oneLine(failure)));
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, err)) {
            err.println("Try '%s --help'.".formatted(command.getCommandSpec().qualifiedName()));
        }
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** The failure's message, or its kind where it has none: one line for a person. */
    private static String oneLine(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            message = failure.getClass().getSimpleName();
        }
        return message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** The version that Maven wrote beside this class. */
    static String version() throws IOException {
        Properties build = new Properties();
        try (InputStream in = Impasto.class.getResourceAsStream("build.properties")) {
            build.load(in);
        }
        return build.getProperty("version");
    }

    /** For {@code --version}. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            return new String[] {
                "impasto " + version(),
                "Java %s (%s)"
                        .formatted(
                                System.getProperty("java.version"),
                                System.getProperty("java.vendor"))
            };
        }
    }
}
