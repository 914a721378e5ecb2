package impasto.evaluation.report;

import impasto.evaluation.result.Metric;
import impasto.evaluation.result.Row;
import impasto.evaluation.result.RowSpec;
import impasto.evaluation.table.Samples;
import impasto.evaluation.table.Table;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Writes a report as one page that needs nothing else: plots, pictures and films are inside,
 * nothing is fetched.
 */
public final class HtmlReport {

    /** Films and pictures are left out once they add up to so much, before base64. */
    private static final long MEDIA_BYTES = 2_900_000;

    private final Report report;
    private final Path folder;
    private final StringBuilder page = new StringBuilder();
    private long mediaBytes;

    private HtmlReport(Report report, Path folder) {
        this.report = report;
        this.folder = folder;
    }

    /**
     * Writes {@code FOLDER/index.html}.
     *
     * @param folder of the evaluation, where its samples are
     * @return the file
     */
    public static Path write(Report report, Path folder) throws IOException {
        Path file = folder.resolve("index.html");
        Files.writeString(file, new HtmlReport(report, folder).build());
        return file;
    }

    private String build() throws IOException {
        page.append("<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append(
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<link rel=\"icon\" href=\"data:,\">\n<title>Evaluation of ")
                .append(Html.escape(report.anyRow().bundle().get("name")))
                .append("</title>\n<style>\n")
                .append(resource("report.css"))
                .append("</style>\n</head>\n<body>\n");
        head();
        page.append("<main>\n");
        for (Section section : report.sections()) {
            section(section);
        }
        meanings();
        remarks();
        page.append("</main>\n<footer>Made by <code>")
                .append(Html.escape(report.command()))
                .append("</code>. Every row is in <code>results.jsonl</code> beside this page; ")
                .append("<code>impasto evaluate --rerun</code> measures one again.</footer>\n")
                .append("<script>\n")
                .append(resource("report.js"))
                .append("</script>\n</body>\n</html>\n");
        return page.toString();
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void head() {
        page.append("<header>\n<h1>Evaluation of ")
                .append(Html.escape(report.anyRow().bundle().get("name")))
                .append(
                        "</h1>\n<p class=\"lead\">How fast video is restyled, how steady it stays, ")
                .append("and beside it what was published in ")
                .append("<a href=\"https://arxiv.org/abs/2606.05981\">")
                .append(Published.SOURCE)
                .append("</a>.</p>\n");
        if (report.quick()) {
            warning(
                    "This is the quick subset: a few frames for each setting. It shows that everything works; its numbers are not worth quoting.");
        }
        if (!report.complete()) {
            warning(
                    "The evaluation was stopped: rows are missing. The same command goes on with it.");
        }
        if (report.randomWeights()) {
            warning(
                    "Only speed is measured here: this bundle has random weights, so what it makes is noise and has no quality to speak of.");
        }
        tiles();
        page.append("<dl class=\"facts\">");
        fact("bundle", report.bundle());
        for (Map<String, String> machine : report.machines()) {
            fact(
                    "machine",
                    machine.entrySet().stream()
                            .map(
                                    entry ->
                                            entry.getKey().equals("cores")
                                                    ? entry.getValue() + " cores"
                                                    : entry.getValue())
                            .collect(Collectors.joining(" · ")));
        }
        fact("clips", report.clips());
        fact("versions", String.join(" · ", report.versions()));
        fact(
                report.commits().size() == 1 ? "commit" : "commits",
                String.join(", ", report.commits()));
        fact("measured", report.when());
        fact("command", report.command());
        page.append("</dl>\n<nav>");
        for (Section section : report.sections()) {
            page.append(
                    "<a href=\"#%s\">%s</a>"
                            .formatted(section.table().key(), section.table().key()));
        }
        page.append(
                "<a href=\"#measures\">what is measured</a><a href=\"#remarks\">what to know</a></nav>\n");
        page.append("</header>\n");
    }

    private void warning(String text) {
        page.append("<p class=\"warn\">").append(Html.escape(text)).append("</p>\n");
    }

    private void fact(String name, String value) {
        page.append("<dt>%s</dt><dd>%s</dd>".formatted(Html.escape(name), Html.escape(value)));
    }

    /** The few numbers that most people come for. */
    private void tiles() {
        StringBuilder tiles = new StringBuilder();
        for (Headline headline : Headline.of(report)) {
            tiles.append(
                    "<div class=\"tile\"><b>%s</b><span>%s</span></div>"
                            .formatted(
                                    Html.escape(headline.value()), Html.escape(headline.about())));
        }
        if (!tiles.isEmpty()) {
            page.append("<div class=\"tiles\">").append(tiles).append("</div>\n");
        }
    }

    private void section(Section section) throws IOException {
        Table table = section.table();
        page.append(
                "<section id=\"%s\">\n<h2>%s</h2>\n<p>%s</p>\n"
                        .formatted(
                                table.key(),
                                Html.escape(table.title()),
                                Html.escape(table.about())));
        if (!section.findings().isEmpty()) {
            page.append("<div class=\"findings\">");
            section.findings()
                    .forEach(text -> page.append("<p>").append(Html.escape(text)).append("</p>"));
            page.append("</div>\n");
        }
        means(section);
        published(table);
        plots(section);
        films(section);
        stills(section);
        if (section.rows().size() > section.means().size()) {
            page.append("<details><summary>Row by row</summary>\n");
            rows(section);
            page.append("</details>\n");
        }
        page.append("</section>\n");
    }

    private void means(Section section) {
        boolean clips = section.means().stream().anyMatch(mean -> mean.clips() > 1);
        heading(section, clips ? "setting (mean over clips)" : "setting", null);
        Map<Metric, Double> best = best(section);
        for (Section.Mean mean : section.means()) {
            page.append("<tr><td>").append(Html.escape(mean.setting())).append("</td>");
            for (Metric metric : section.columns()) {
                cell(metric, mean.values().get(metric), best.get(metric));
            }
            page.append("</tr>\n");
        }
        page.append("</tbody></table></div>\n");
    }

    private void rows(Section section) {
        heading(section, "clip", "setting");
        for (Row row : section.rows()) {
            page.append(
                    "<tr><td>%s</td><td class=\"text\">%s</td>"
                            .formatted(Html.escape(row.clip()), Html.escape(row.setting())));
            for (Metric metric : section.columns()) {
                cell(metric, row.metric(metric), null);
            }
            page.append("</tr>\n");
        }
        page.append("</tbody></table></div>\n");
    }

    private void heading(Section section, String first, String second) {
        page.append("<div class=\"scroll\"><table class=\"sortable\"><thead><tr>");
        page.append("<th scope=\"col\"><button>%s</button></th>".formatted(first));
        if (second != null) {
            page.append(
                    "<th scope=\"col\" class=\"text\"><button>%s</button></th>".formatted(second));
        }
        for (Metric metric : section.columns()) {
            page.append(
                    "<th scope=\"col\" title=\"%s\"><button>%s</button></th>"
                            .formatted(
                                    Html.escape(metric.explanation()),
                                    Html.escape(metric.title())));
        }
        page.append("</tr></thead><tbody>\n");
    }

    private void cell(Metric metric, Double value, Double best) {
        boolean isBest = value != null && value.equals(best);
        page.append(
                "<td data-v=\"%s\"%s>%s</td>"
                        .formatted(
                                value == null ? "" : value.toString(),
                                isBest ? " class=\"best\"" : "",
                                metric.format(value)));
    }

    /** Where settings compete; the input is no competitor. */
    private static Map<Metric, Double> best(Section section) {
        Map<Metric, Double> best = new LinkedHashMap<>();
        if (section.table() != Table.MAIN
                && section.table() != Table.SUSTAINED
                && section.table() != Table.REFRESH) {
            return best;
        }
        for (Metric metric : section.columns()) {
            if (metric.better() == Metric.Better.NEITHER) {
                continue;
            }
            section.means().stream()
                    .filter(mean -> mean.values().containsKey(Metric.FPS))
                    .map(mean -> mean.values().get(metric))
                    .filter(value -> value != null)
                    .reduce(
                            (a, b) ->
                                    metric.better() == Metric.Better.LOWER
                                            ? Math.min(a, b)
                                            : Math.max(a, b))
                    .filter(value -> isDistinct(section, metric))
                    .ifPresent(value -> best.put(metric, value));
        }
        return best;
    }

    /** Nobody is best where all are the same to the reader. */
    private static boolean isDistinct(Section section, Metric metric) {
        return section.means().stream()
                        .filter(mean -> mean.values().containsKey(Metric.FPS))
                        .map(mean -> metric.format(mean.values().get(metric)))
                        .distinct()
                        .count()
                > 1;
    }

    private void published(Table table) {
        List<Published> values = Published.of(table);
        if (values.isEmpty()) {
            return;
        }
        page.append("<h3>As published</h3><p class=\"quiet\">")
                .append(
                        "DreamLite-mobile (0.39 B parameters, 2 B text and vision encoder), 512 × 512 pixels. Another model on other hardware: a context, not a comparison of quality.")
                .append("</p><div class=\"scroll\"><table><tbody>");
        for (Published value : values) {
            page.append(
                    "<tr><td>%s</td><td>%s</td><td class=\"text\">%s</td></tr>"
                            .formatted(
                                    Html.escape(value.what()),
                                    Html.escape(value.value()),
                                    Html.escape(value.where())));
        }
        page.append("</tbody></table></div>\n");
    }

    private void plots(Section section) {
        if (section.charts().isEmpty()) {
            return;
        }
        page.append("<div class=\"plots\">");
        int number = 0;
        for (Chart chart : section.charts()) {
            page.append("<figure>")
                    .append(ChartSvg.draw(chart, section.table().key() + "-" + ++number))
                    .append("</figure>\n");
        }
        page.append("</div>\n");
    }

    /** One film for each clip: the last setting of the table that has one. */
    private void films(Section section) throws IOException {
        if (section.table() != Table.MAIN && section.table() != Table.CUTS) {
            return;
        }
        Map<String, RowSpec> last = new LinkedHashMap<>();
        section.rows().stream()
                .map(Row::spec)
                .filter(spec -> Files.exists(Samples.video(folder, spec)))
                .forEach(spec -> last.put(spec.clip(), spec));
        StringBuilder films = new StringBuilder();
        for (RowSpec spec : last.values()) {
            Optional<String> film = media(Samples.video(folder, spec), "video/mp4");
            if (film.isPresent()) {
                films.append(
                        "<figure><video src=\"%s\" autoplay muted loop playsinline controls></video><figcaption>%s: %s</figcaption></figure>\n"
                                .formatted(
                                        film.get(),
                                        Html.escape(spec.clip()),
                                        spec.measurement() == RowSpec.Measurement.CUT
                                                ? "input · " + Html.escape(spec.label())
                                                : spec.setting().conditioning().isOff()
                                                        ? "input · output"
                                                        : "input · without adapter · "
                                                                + Html.escape(spec.label())));
            }
        }
        if (!films.isEmpty()) {
            page.append("<h3>Side by side</h3><div class=\"films\">")
                    .append(films)
                    .append("</div>\n");
        }
    }

    private void stills(Section section) throws IOException {
        if (section.table() != Table.PROMPTS) {
            return;
        }
        String first = section.rows().get(0).clip();
        StringBuilder stills = new StringBuilder();
        still(stills, Samples.inputPicture(folder, first), "input, " + first);
        for (Row row : section.rows()) {
            if (row.clip().equals(first) && !row.spec().setting().conditioning().isOff()) {
                still(stills, Samples.picture(folder, row.spec()), row.setting());
            }
        }
        if (!stills.isEmpty()) {
            page.append("<h3>One frame in every style</h3><div class=\"stills\">")
                    .append(stills)
                    .append("</div>\n");
        }
    }

    private void still(StringBuilder stills, Path file, String caption) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        Optional<String> picture = media(file, "image/jpeg");
        if (picture.isPresent()) {
            stills.append(
                    "<figure><img src=\"%s\" alt=\"%s\"><figcaption>%s</figcaption></figure>\n"
                            .formatted(picture.get(), Html.escape(caption), Html.escape(caption)));
        }
    }

    private Optional<String> media(Path file, String type) throws IOException {
        long size = Files.size(file);
        if (mediaBytes + size > MEDIA_BYTES) {
            return Optional.empty();
        }
        mediaBytes += size;
        return Optional.of(
                "data:%s;base64,%s"
                        .formatted(
                                type,
                                Base64.getEncoder().encodeToString(Files.readAllBytes(file))));
    }

    private void meanings() {
        page.append("<section id=\"measures\"><h2>What is measured</h2><dl class=\"meanings\">\n");
        for (Metric metric : report.metrics()) {
            page.append(
                    "<dt>%s%s</dt><dd>%s</dd>\n"
                            .formatted(
                                    Html.escape(metric.title()),
                                    metric.better() == Metric.Better.NEITHER
                                            ? ""
                                            : " <span class=\"quiet\">(%s is better)</span>"
                                                    .formatted(
                                                            metric.better()
                                                                    .name()
                                                                    .toLowerCase(Locale.ROOT)),
                                    Html.escape(metric.explanation())));
        }
        page.append("</dl></section>\n");
    }

    private void remarks() {
        page.append("<section id=\"remarks\"><h2>What to know</h2>\n");
        list("Reproduced as published", Remarks.AS_PUBLISHED);
        list("Corrected", Remarks.CORRECTED);
        list("Not reproduced here", Remarks.NOT_REPRODUCED);
        if (!report.left().isEmpty()) {
            list(
                    "Tables left out",
                    report.left().entrySet().stream()
                            .map(entry -> entry.getKey().key() + ": " + entry.getValue())
                            .toList());
        }
        page.append("</section>\n");
    }

    private void list(String title, List<String> items) {
        page.append("<h3>%s</h3><ul>".formatted(Html.escape(title)));
        items.forEach(item -> page.append("<li>").append(Html.escape(item)).append("</li>"));
        page.append("</ul>\n");
    }
}
