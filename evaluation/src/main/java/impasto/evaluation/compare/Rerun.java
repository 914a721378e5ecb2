package impasto.evaluation.compare;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.ResultsFile;
import impasto.evaluation.result.Row;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** One row, measured a second time: all that is not a time must be the same. */
public final class Rerun {

    private final Row before;
    private final Row after;

    public Rerun(Row before, Row after) {
        this.before = before;
        this.after = after;
    }

    /**
     * The row that a person names.
     *
     * @param place {@code FILE:LINE}, or a file with one row
     * @throws IOException if there is no such row
     */
    public static Row find(String place) throws IOException {
        int colon = place.lastIndexOf(':');
        boolean withLine = colon > 0 && place.substring(colon + 1).matches("[0-9]{1,9}");
        Path file = Path.of(withLine ? place.substring(0, colon) : place);
        if (!Files.isRegularFile(file)) {
            throw new IOException(
                    "%s: no such file; expected FILE:LINE, such as results.jsonl:12, or a file with one row"
                            .formatted(file));
        }
        List<String> lines = Files.readAllLines(file);
        if (!withLine) {
            return ResultsFile.parse(String.join("\n", lines), file.toString());
        }
        int line = Integer.parseInt(place.substring(colon + 1));
        if (line < 1 || line > lines.size()) {
            throw new IOException(
                    "%s has no line %d, expected 1 to %d".formatted(file, line, lines.size()));
        }
        return ResultsFile.parse(lines.get(line - 1), "%s line %d".formatted(file, line));
    }

    /** Metrics that are no times and differ. */
    public Set<String> differences() {
        Set<String> names = new LinkedHashSet<>(before.metrics().keySet());
        names.addAll(after.metrics().keySet());
        names.removeIf(
                name ->
                        isTime(name)
                                || (before.metrics().containsKey(name)
                                        && before.metrics()
                                                .get(name)
                                                .equals(after.metrics().get(name))));
        return names;
    }

    private static boolean isTime(String name) {
        Optional<Metric> metric = Metric.of(name);
        return metric.isPresent() && metric.get().kind() == Metric.Kind.TIME;
    }

    /** Prints both, metric by metric. */
    public void print(PrintWriter out) {
        Set<String> names = new LinkedHashSet<>(before.metrics().keySet());
        names.addAll(after.metrics().keySet());
        Set<String> differ = differences();
        out.println(after.spec().key());
        for (String name : names) {
            out.printf(
                    "  %-20s %14s %14s  %s%n",
                    name,
                    before.metrics().get(name),
                    after.metrics().get(name),
                    isTime(name) ? "(a time)" : differ.contains(name) ? "DIFFERS" : "equal");
        }
        if (!Objects.equals(before.clipSha256(), after.clipSha256())) {
            out.println(
                    "  The clip's frames are not those of the row: another file, or another decoder.");
        }
        if (!before.versions().equals(after.versions())) {
            out.printf("  measured with %s, now %s%n", before.versions(), after.versions());
        }
        out.flush();
    }
}
