package impasto.evaluation.report;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.table.Evaluation;
import impasto.evaluation.table.Table;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * All that a report says, before it is written as HTML or Markdown.
 *
 * @param left why a table is not there
 * @param command that makes it again
 * @param complete whether no row is missing
 * @param tunedClips names of the clips that the bundle was trained on
 * @param randomWeights whether nobody has trained the bundle, so that only speed is measured
 * @param quick whether it was made with the small sizes
 */
public record Report(
        List<Section> sections,
        Map<Table, String> left,
        String command,
        boolean complete,
        List<String> tunedClips,
        boolean randomWeights,
        boolean quick) {

    public static Report of(Evaluation.Outcome outcome, String command, boolean quick) {
        Map<Table, List<Row>> rows = outcome.rows();
        List<Section> sections = new ArrayList<>();
        rows.forEach(
                (table, measured) -> {
                    List<Row> shown =
                            table == Table.HARDWARE
                                    ? rows.getOrDefault(Table.SUSTAINED, List.of())
                                    : measured;
                    if (!shown.isEmpty()) {
                        sections.add(Section.of(table, shown));
                    }
                });
        return new Report(
                sections,
                outcome.left(),
                command,
                outcome.complete(),
                outcome.tunedClips(),
                outcome.randomWeights(),
                quick);
    }

    private List<Row> rows() {
        return sections.stream().flatMap(section -> section.rows().stream()).toList();
    }

    /** Any row: bundle and seed are the same in all. */
    Row anyRow() {
        return rows().get(0);
    }

    String bundle() {
        Map<String, String> bundle = anyRow().bundle();
        return "%s %s (SHA-256 %s)"
                .formatted(
                        bundle.get("name"),
                        bundle.get("version"),
                        bundle.getOrDefault("sha256", "unknown"));
    }

    /** Usually one; several if an evaluation went on elsewhere. */
    Set<Map<String, String>> machines() {
        Set<Map<String, String>> machines = new LinkedHashSet<>();
        rows().forEach(row -> machines.add(row.machine()));
        return machines;
    }

    Set<String> commits() {
        Set<String> commits = new TreeSet<>();
        rows().forEach(row -> commits.add(row.commit() == null ? "unknown" : row.commit()));
        return commits;
    }

    Set<String> versions() {
        Set<String> versions = new TreeSet<>();
        rows().forEach(
                        row ->
                                row.versions()
                                        .forEach(
                                                (name, version) ->
                                                        versions.add(name + " " + version)));
        return versions;
    }

    /** First and last day of measurement. */
    String when() {
        TreeSet<String> days = new TreeSet<>();
        rows().stream()
                .map(Row::measuredAt)
                .filter(time -> time != null && time.length() >= 10)
                .forEach(time -> days.add(time.substring(0, 10)));
        if (days.isEmpty()) {
            return "at an unknown time";
        }
        return days.size() == 1 ? days.first() : days.first() + " to " + days.last();
    }

    /** Metrics that appear in a table, with what they mean. */
    Set<Metric> metrics() {
        Set<Metric> metrics = new TreeSet<>();
        sections.forEach(section -> metrics.addAll(section.columns()));
        return metrics;
    }

    /** What the clips are to the bundle. */
    String clips() {
        Set<String> names = new LinkedHashSet<>();
        for (Row row : rows()) {
            if (row.clipSha256() != null) {
                names.add(row.clip());
            }
        }
        Set<String> others = new LinkedHashSet<>(names);
        tunedClips.forEach(others::remove);
        return tunedClips.isEmpty()
                ? String.join(", ", names)
                : "%s; trained on frames of %s"
                        .formatted(String.join(", ", others), String.join(", ", tunedClips));
    }
}
