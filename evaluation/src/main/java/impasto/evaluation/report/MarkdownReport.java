package impasto.evaluation.report;

import impasto.evaluation.result.Metric;
import impasto.evaluation.table.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes a report as Markdown: the tables without plots and pictures. */
public final class MarkdownReport {

    private MarkdownReport() {}

    /**
     * Writes {@code FOLDER/README.md}.
     *
     * @return the file
     */
    public static Path write(Report report, Path folder) throws IOException {
        Path file = folder.resolve("README.md");
        Files.writeString(file, text(report));
        return file;
    }

    static String text(Report report) {
        StringBuilder text = new StringBuilder();
        text.append("# Evaluation of %s\n\n".formatted(report.anyRow().bundle().get("name")));
        if (report.quick()) {
            text.append(
                    "The quick subset: it shows that everything works; its numbers are not worth quoting.\n\n");
        }
        if (!report.complete()) {
            text.append("The evaluation was stopped: rows are missing.\n\n");
        }
        if (report.randomWeights()) {
            text.append(
                    "Only speed is measured: this bundle has random weights, so what it makes is noise.\n\n");
        }
        text.append("- bundle: %s\n".formatted(report.bundle()));
        for (Map<String, String> machine : report.machines()) {
            text.append("- machine: %s\n".formatted(facts(machine)));
        }
        text.append("- clips: %s\n".formatted(report.clips()));
        text.append("- versions: %s\n".formatted(String.join(", ", report.versions())));
        text.append("- commit: %s\n".formatted(String.join(", ", report.commits())));
        text.append("- measured: %s, by `%s`\n".formatted(report.when(), report.command()));
        text.append("\nPlots, films and what each measure means are in `index.html`.\n");
        for (Section section : report.sections()) {
            section(text, section);
        }
        list(text, "Reproduced as published", Remarks.AS_PUBLISHED);
        list(text, "Corrected", Remarks.CORRECTED);
        list(text, "Not reproduced here", Remarks.NOT_REPRODUCED);
        if (!report.left().isEmpty()) {
            list(
                    text,
                    "Tables left out",
                    report.left().entrySet().stream()
                            .map(entry -> entry.getKey().key() + ": " + entry.getValue())
                            .toList());
        }
        return text.toString();
    }

    private static String facts(Map<String, String> machine) {
        return String.join(
                ", ",
                machine.entrySet().stream()
                        .map(
                                entry ->
                                        entry.getKey().equals("cores")
                                                ? entry.getValue() + " cores"
                                                : entry.getValue())
                        .toList());
    }

    private static void section(StringBuilder text, Section section) {
        Table table = section.table();
        text.append("\n## %s (`%s`)\n\n%s\n".formatted(table.title(), table.key(), table.about()));
        section.findings().forEach(finding -> text.append('\n').append(finding).append('\n'));
        text.append("\n| setting |");
        section.columns().forEach(metric -> text.append(' ').append(metric.title()).append(" |"));
        text.append("\n| --- |").append(" ---: |".repeat(section.columns().size())).append('\n');
        for (Section.Mean mean : section.means()) {
            text.append("| ").append(mean.setting()).append(" |");
            for (Metric metric : section.columns()) {
                text.append(' ').append(metric.format(mean.values().get(metric))).append(" |");
            }
            text.append('\n');
        }
        List<Published> published = Published.of(table);
        if (!published.isEmpty()) {
            text.append(
                    "\nAs published (%s; another model on other hardware):\n\n"
                            .formatted(Published.SOURCE));
            text.append("| what | value | where |\n| --- | ---: | --- |\n");
            published.forEach(
                    value ->
                            text.append(
                                    "| %s | %s | %s |\n"
                                            .formatted(
                                                    value.what(), value.value(), value.where())));
        }
    }

    private static void list(StringBuilder text, String title, List<String> items) {
        text.append("\n## %s\n\n".formatted(title));
        items.forEach(item -> text.append("- ").append(item).append('\n'));
    }
}
