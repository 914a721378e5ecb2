package impasto.failure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Finds the items on which a piece of work fails: the batch is halved until a failing item is
 * alone, so that the others get their results.
 */
public final class Bisector {

    private Bisector() {}

    /**
     * One item's result.
     *
     * @param value the result, or null
     * @param error why there is none, or null
     */
    public record Attempt<O>(O value, RuntimeException error) {}

    /**
     * @param items a batch on which {@code work} has failed or may fail
     * @param work gives one result per item, in order
     * @return one attempt per item, in order
     * @throws RuntimeException that {@code work} threw, if it does not come from an item
     * @throws JobFailureException if each of several items fails alone: then the fault is not
     *     theirs
     */
    public static <I, O> List<Attempt<O>> run(List<I> items, Function<List<I>, List<O>> work) {
        List<Attempt<O>> attempts = new ArrayList<>(items.size());
        attempt(items, work, attempts);
        if (items.size() > 1 && attempts.stream().allMatch(attempt -> attempt.error() != null)) {
            throw new JobFailureException(
                    "each of %d frames failed alone, so the fault is the model's or the machine's: %s"
                            .formatted(items.size(), attempts.get(0).error().getMessage()),
                    attempts.get(0).error());
        }
        return attempts;
    }

    private static <I, O> void attempt(
            List<I> items, Function<List<I>, List<O>> work, List<Attempt<O>> attempts) {
        try {
            List<O> values = work.apply(items);
            if (values.size() != items.size()) {
                throw new JobFailureException(
                        "%d results for %d frames".formatted(values.size(), items.size()), null);
            }
            values.forEach(value -> attempts.add(new Attempt<>(value, null)));
        } catch (RuntimeException e) {
            Consequence consequence = FailurePolicy.of(e);
            if (consequence != Consequence.ISOLATE && consequence != Consequence.DEAD_LETTER) {
                throw e;
            }
            if (items.size() == 1) {
                attempts.add(new Attempt<>(null, e));
                return;
            }
            int middle = items.size() / 2;
            attempt(items.subList(0, middle), work, attempts);
            attempt(items.subList(middle, items.size()), work, attempts);
        }
    }
}
