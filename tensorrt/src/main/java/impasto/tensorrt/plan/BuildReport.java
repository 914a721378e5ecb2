package impasto.tensorrt.plan;

import java.time.Duration;
import java.util.function.Consumer;

/** Tells of a build in lines: one whenever a step begins, and now and then. */
public final class BuildReport implements BuildListener {

    private final Duration every;
    private final Consumer<String> out;
    private Step step;
    private Duration last = Duration.ZERO;

    /**
     * @param every how long a step is silent after a line
     * @param out takes lines such as {@code choosing kernels, 65 s of about 123 s conv_in}; must be
     *     quick
     */
    public BuildReport(Duration every, Consumer<String> out) {
        this.every = every;
        this.out = out;
    }

    @Override
    public void progress(Progress progress) {
        Duration since = progress.elapsed().minus(last);
        if (progress.step() == step && since.compareTo(every) < 0) {
            return;
        }
        step = progress.step();
        last = progress.elapsed();
        out.accept(
                "%s, %d s%s %s"
                        .formatted(
                                phrase(step),
                                progress.elapsed().toSeconds(),
                                progress.expected()
                                        .map(all -> " of about %d s".formatted(all.toSeconds()))
                                        .orElse(""),
                                progress.detail())
                        .stripTrailing());
    }

    private static String phrase(Step step) {
        return switch (step) {
            case WAITING -> "waiting for another build";
            case PARSING -> "reading the graph";
            case OPTIMIZING -> "choosing kernels";
            case WRITING -> "writing the plan";
            case DONE -> "done";
        };
    }
}
