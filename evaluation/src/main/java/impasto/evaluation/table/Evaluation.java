package impasto.evaluation.table;

import impasto.evaluation.clip.Clip;
import impasto.evaluation.result.Provenance;
import impasto.evaluation.result.ResultsFile;
import impasto.evaluation.result.Row;
import impasto.evaluation.result.RowSpec;
import impasto.model.LoadedBundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Measures the rows of the wanted tables that are not there yet.
 *
 * <p>{@code OUT/results.jsonl} grows by a line as soon as a row has been measured. What is in it
 * already is not measured again, if it was measured on the same bundle, clip and settings.
 */
public final class Evaluation {

    public static final String RESULTS = "results.jsonl";

    private final LoadedBundle bundle;
    private final Provenance provenance;
    private final Protocol protocol;
    private final List<Clip> clips;
    private final Map<String, String> clipHashes;
    private final Path out;
    private final Samples samples;
    private final PrintWriter console;

    /**
     * @param bundle stays the caller's
     * @param out folder of results and samples
     * @param console told of every row
     */
    public Evaluation(
            LoadedBundle bundle,
            Provenance provenance,
            Protocol protocol,
            List<Clip> clips,
            Path out,
            boolean keepFrames,
            PrintWriter console) {
        this.bundle = bundle;
        this.provenance = provenance;
        this.protocol = protocol;
        this.clips = clips;
        this.clipHashes = clips.stream().collect(Collectors.toMap(Clip::name, Clip::sha256));
        this.out = out;
        this.samples = new Samples(out, keepFrames);
        this.console = console;
    }

    /**
     * What an evaluation gave.
     *
     * @param rows by table, in the order in which they are shown
     * @param left why a table has no rows, by table
     * @param complete whether all rows are there
     * @param tunedClips names of the clips that the bundle was trained on
     * @param randomWeights whether nobody has trained the bundle, so that only speed is measured
     */
    public record Outcome(
            Map<Table, List<Row>> rows,
            Map<Table, String> left,
            boolean complete,
            List<String> tunedClips,
            boolean randomWeights) {}

    /**
     * Measures what is missing.
     *
     * @param stop asked before every row; once it says yes, no row is begun
     * @throws IOException if results cannot be read or written, or are of another bundle
     */
    public Outcome run(Set<Table> tables, BooleanSupplier stop)
            throws IOException, InterruptedException {
        ResultsFile file = new ResultsFile(out.resolve(RESULTS));
        Map<String, Row> known = new LinkedHashMap<>();
        for (Row row : file.read()) {
            checkOrigin(row);
            known.put(row.spec().key(), row);
        }
        Plan plan = new Plan(protocol, bundle.manifest(), clips, provenance.randomWeights());
        Map<Table, String> left = new LinkedHashMap<>();
        Map<Table, List<RowSpec>> planned = new LinkedHashMap<>();
        for (Table table : withWhatTheyShow(tables)) {
            String reason = plan.reasonAgainst(table);
            if (reason == null) {
                planned.put(table, plan.rows(table));
            } else {
                left.put(table, reason);
                console.println("Leaving out %s: %s".formatted(table.key(), reason));
            }
        }
        measure(planned, known, file, stop);
        Map<Table, List<Row>> rows = new LinkedHashMap<>();
        boolean complete = true;
        for (Map.Entry<Table, List<RowSpec>> entry : planned.entrySet()) {
            List<Row> found = new ArrayList<>();
            for (RowSpec spec : entry.getValue()) {
                if (isUsable(known.get(spec.key()), spec)) {
                    found.add(known.get(spec.key()));
                } else {
                    complete = false;
                }
            }
            rows.put(entry.getKey(), found);
        }
        return new Outcome(rows, left, complete, plan.tunedClips(), provenance.randomWeights());
    }

    /** The table of hardware shows the sustained runs. */
    private static List<Table> withWhatTheyShow(Set<Table> tables) {
        Set<Table> wanted = new HashSet<>(tables);
        if (wanted.contains(Table.HARDWARE)) {
            wanted.add(Table.SUSTAINED);
        }
        return wanted.stream().sorted().toList();
    }

    private void measure(
            Map<Table, List<RowSpec>> planned,
            Map<String, Row> known,
            ResultsFile file,
            BooleanSupplier stop)
            throws IOException, InterruptedException {
        List<RowSpec> missing =
                planned.values().stream()
                        .flatMap(List::stream)
                        .filter(spec -> !isUsable(known.get(spec.key()), spec))
                        .toList();
        long all = planned.values().stream().mapToLong(List::size).sum();
        console.println(
                missing.size() == all
                        ? "%d rows to measure on %d clips".formatted(missing.size(), clips.size())
                        : "%d of %d rows are there already; %d to measure"
                                .formatted(all - missing.size(), all, missing.size()));
        console.flush();
        if (missing.isEmpty()) {
            return;
        }
        Progress progress =
                new Progress(
                        console,
                        missing.size(),
                        missing.stream().mapToDouble(Progress::cost).sum());
        try (RowRunner runner = new RowRunner(bundle, provenance, clips, samples)) {
            for (RowSpec spec : missing) {
                if (stop.getAsBoolean()) {
                    console.println("Stopped; the same command goes on from here");
                    return;
                }
                Row row = runner.run(spec);
                file.append(row);
                known.put(spec.key(), row);
                progress.finished(row);
            }
        }
    }

    /** Whether a row answers what is asked: the same measurement of the same pictures. */
    private boolean isUsable(Row row, RowSpec spec) {
        if (row == null || !row.spec().equals(spec)) {
            return false;
        }
        String hash = clipHashes.get(spec.clip());
        return hash == null || hash.equals(row.clipSha256());
    }

    /** Rows of one folder are of one bundle on one engine. */
    private void checkOrigin(Row row) throws IOException {
        if (!provenance.bundle().equals(row.bundle())) {
            throw new IOException(
                    "%s has rows of bundle %s %s (%s), this is %s %s (%s): use another --out"
                            .formatted(
                                    out.resolve(RESULTS),
                                    row.bundle().get("name"),
                                    row.bundle().get("version"),
                                    shortHash(row.bundle()),
                                    provenance.bundle().get("name"),
                                    provenance.bundle().get("version"),
                                    shortHash(provenance.bundle())));
        }
        String engine = provenance.versions().get("engine");
        if (!engine.equals(row.versions().get("engine"))) {
            throw new IOException(
                    "%s has rows of engine %s, this is %s: use another --out"
                            .formatted(out.resolve(RESULTS), row.versions().get("engine"), engine));
        }
    }

    private static String shortHash(Map<String, String> bundle) {
        String hash = bundle.getOrDefault("sha256", "unknown");
        return hash.substring(0, Math.min(12, hash.length()));
    }
}
