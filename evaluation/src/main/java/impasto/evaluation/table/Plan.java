package impasto.evaluation.table;

import impasto.evaluation.clip.Clip;
import impasto.evaluation.restyle.Conditioning;
import impasto.evaluation.restyle.Setting;
import impasto.evaluation.result.RowSpec;
import impasto.evaluation.result.RowSpec.Measurement;
import impasto.model.BundleManifest;
import impasto.model.GraphRole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The rows of each table. */
final class Plan {

    /** Work of the host that is timed alone. */
    static final String DECODE = "jpeg_decode";

    static final String ENCODE = "jpeg_encode";
    static final String FLOW = "optical_flow";

    /** Where each part is worked on, in the order in which a frame meets them. */
    private static final Map<String, String> LANES = lanes();

    private static Map<String, String> lanes() {
        Map<String, String> lanes = new LinkedHashMap<>();
        lanes.put(GraphRole.TEXT_ENCODER.manifestName(), "once per prompt");
        lanes.put(DECODE, "decode lane");
        lanes.put(GraphRole.VAE_ENCODER.manifestName(), "side lane");
        lanes.put(FLOW, "flow lane");
        lanes.put(GraphRole.CONDITION_ENCODER.manifestName(), "main lane");
        lanes.put(GraphRole.DENOISER.manifestName(), "main lane");
        lanes.put(GraphRole.VAE_DECODER.manifestName(), "main lane");
        lanes.put(ENCODE, "encode lane");
        return lanes;
    }

    /** Groups, or batches, after which the published tables recompute the conditioning. */
    private static final int PUBLISHED_REFRESH = 8;

    /** Frames of the groups that are steadier, and smaller batches, than the usual ones. */
    static final List<Integer> SMALL_GROUPS = List.of(2, 1);

    /** The usual setting with adapter. */
    private static final Conditioning OURS = Conditioning.every(PUBLISHED_REFRESH);

    private final Protocol protocol;
    private final BundleManifest manifest;
    private final List<Clip> clips;
    private final List<Clip> cutClips;
    private final boolean randomWeights;

    /**
     * @param clips at least one of which has no cut
     * @param randomWeights whether the bundle's pictures mean nothing, so that only speed counts
     */
    Plan(Protocol protocol, BundleManifest manifest, List<Clip> clips, boolean randomWeights) {
        this.protocol = protocol;
        this.randomWeights = randomWeights;
        this.manifest = manifest;
        this.clips = clips.stream().filter(clip -> !clip.hasCut()).toList();
        this.cutClips = clips.stream().filter(Clip::hasCut).toList();
    }

    /** The rows of a table; none where the clips or the bundle do not have what it needs. */
    List<RowSpec> rows(Table table) {
        return all(table).stream().filter(row -> protocol.has(row.setting().batch())).toList();
    }

    private List<RowSpec> all(Table table) {
        return switch (table) {
            case MAIN -> main();
            case SUSTAINED -> sustained();
            case PROFILE -> profile();
            case BATCH -> batches();
            case STREAMS -> streams();
            case PROMPTS -> prompts();
            case REFRESH -> refresh();
            case DRIFT -> drift();
            case CUTS -> cuts();
            case TRANSFER -> transfer();
            // It shows the sustained runs.
            case HARDWARE -> List.of();
        };
    }

    private List<RowSpec> main() {
        List<RowSpec> rows = new ArrayList<>();
        int batch = protocol.batch();
        for (Clip clip : clips) {
            if (!randomWeights) {
                rows.add(
                        row(
                                Table.MAIN,
                                clip,
                                "the input itself",
                                Measurement.INPUT,
                                new Setting(batch, true, Conditioning.OFF)));
            }
            rows.add(
                    restyle(
                            Table.MAIN,
                            clip,
                            "base (B = 1)",
                            new Setting(1, false, Conditioning.OFF)));
            rows.add(
                    restyle(
                            Table.MAIN,
                            clip,
                            "+ batching (B = %d)".formatted(batch),
                            new Setting(batch, false, Conditioning.OFF)));
            rows.add(
                    restyle(
                            Table.MAIN,
                            clip,
                            "+ pipelining",
                            new Setting(batch, true, Conditioning.OFF)));
            rows.add(
                    restyle(
                            Table.MAIN,
                            clip,
                            "as released with the paper",
                            new Setting(batch, true, Conditioning.paper(PUBLISHED_REFRESH))));
            rows.add(
                    restyle(
                            Table.MAIN,
                            clip,
                            "ours: adapter, every %d groups".formatted(PUBLISHED_REFRESH),
                            new Setting(batch, true, OURS)));
            rows.add(
                    restyle(
                            Table.MAIN,
                            clip,
                            "ours: adapter, groups of %d".formatted(batch),
                            new Setting(batch, true, Conditioning.every(1))));
            for (int group : SMALL_GROUPS) {
                rows.add(
                        restyle(
                                Table.MAIN,
                                clip,
                                "ours: adapter, groups of %d (B = %d)".formatted(group, group),
                                new Setting(group, true, Conditioning.every(1))));
            }
        }
        return rows;
    }

    private RowSpec restyle(Table table, Clip clip, String label, Setting setting) {
        return row(table, clip, label, Measurement.RESTYLE, setting);
    }

    private RowSpec row(
            Table table, Clip clip, String label, Measurement measurement, Setting setting) {
        return row(
                table, clip, label, measurement, protocol.prompt(), protocol.clipFrames(), setting);
    }

    private RowSpec row(
            Table table,
            Clip clip,
            String label,
            Measurement measurement,
            String prompt,
            int frames,
            Setting setting) {
        return new RowSpec(
                table.key(),
                clip.name(),
                label,
                measurement,
                prompt,
                protocol.seed(),
                frames,
                setting,
                0,
                null);
    }

    private List<RowSpec> sustained() {
        List<RowSpec> rows = new ArrayList<>();
        for (int batch : protocol.sustainedBatches()) {
            if (batch <= manifest.batch().max()) {
                for (Conditioning conditioning : List.of(Conditioning.OFF, OURS)) {
                    rows.add(
                            row(
                                    Table.SUSTAINED,
                                    clips.get(0),
                                    "%s, B = %d".formatted(name(conditioning), batch),
                                    Measurement.THROUGHPUT,
                                    protocol.prompt(),
                                    protocol.longFrames(),
                                    new Setting(batch, true, conditioning)));
                }
            }
        }
        return rows;
    }

    private List<RowSpec> profile() {
        List<RowSpec> rows = new ArrayList<>();
        int batch = Math.min(protocol.batch(), manifest.batch().max());
        LANES.forEach((part, lane) -> rows.add(part(Table.PROFILE, lane + ": ", part, batch)));
        for (boolean overlapped : new boolean[] {false, true}) {
            rows.add(
                    row(
                            Table.PROFILE,
                            clips.get(0),
                            overlapped ? "all stages at once" : "one batch after another",
                            Measurement.THROUGHPUT,
                            protocol.prompt(),
                            protocol.clipFrames(),
                            new Setting(batch, overlapped, Conditioning.OFF)));
        }
        return rows;
    }

    private List<RowSpec> batches() {
        List<RowSpec> rows = new ArrayList<>();
        for (int batch : protocol.batches()) {
            if (batch <= manifest.batch().max()) {
                for (String part : parts()) {
                    rows.add(part(Table.BATCH, "", part, batch));
                }
            }
        }
        return rows;
    }

    private static List<String> parts() {
        return Arrays.stream(GraphRole.values()).map(GraphRole::manifestName).toList();
    }

    private RowSpec part(Table table, String prefix, String part, int batch) {
        return new RowSpec(
                table.key(),
                part.equals(DECODE) || part.equals(ENCODE) || part.equals(FLOW)
                        ? clips.get(0).name()
                        : RowSpec.NO_CLIP,
                "%s%s, B = %d".formatted(prefix, part.replace('_', ' '), batch),
                Measurement.PART,
                "",
                protocol.seed(),
                batch,
                new Setting(batch, false, Conditioning.OFF),
                0,
                part);
    }

    private static String name(Conditioning conditioning) {
        return conditioning.isOff() ? "off" : "ours";
    }

    private List<RowSpec> refresh() {
        List<RowSpec> rows = new ArrayList<>();
        for (Clip clip : clips.subList(0, Math.min(protocol.sweepClips(), clips.size()))) {
            rows.add(sweep(clip, "off", Conditioning.OFF));
            for (int groups : protocol.refreshes()) {
                rows.add(sweep(clip, "N = " + groups, Conditioning.every(groups)));
            }
            rows.add(sweep(clip, "adaptive", Conditioning.ADAPTIVE));
            rows.add(
                    sweep(
                            clip,
                            "N = 1, flow at half size",
                            Conditioning.every(1).withHalfSizeFlow()));
        }
        return rows;
    }

    private RowSpec sweep(Clip clip, String label, Conditioning conditioning) {
        return row(
                Table.REFRESH,
                clip,
                label,
                Measurement.SWEEP,
                protocol.prompt(),
                protocol.sweepFrames(),
                new Setting(protocol.batch(), true, conditioning));
    }

    private List<RowSpec> drift() {
        List<RowSpec> rows = new ArrayList<>();
        Map<String, Conditioning> settings = new LinkedHashMap<>();
        settings.put("off", Conditioning.OFF);
        settings.put("ours, every group", Conditioning.every(1));
        settings.put("as released with the paper", Conditioning.paper(PUBLISHED_REFRESH));
        settings.forEach(
                (label, conditioning) ->
                        rows.add(
                                row(
                                        Table.DRIFT,
                                        clips.get(0),
                                        label,
                                        Measurement.DRIFT,
                                        protocol.prompt(),
                                        protocol.longFrames(),
                                        new Setting(protocol.batch(), true, conditioning))));
        return rows;
    }

    private List<RowSpec> cuts() {
        List<RowSpec> rows = new ArrayList<>();
        for (Clip clip : cutClips) {
            Map<String, Conditioning> settings = new LinkedHashMap<>();
            settings.put("off", Conditioning.OFF);
            settings.put("ours, blind to cuts", Conditioning.every(1).blindToCuts());
            settings.put("ours, new at cuts", Conditioning.every(1));
            settings.forEach(
                    (label, conditioning) ->
                            rows.add(
                                    row(
                                            Table.CUTS,
                                            clip,
                                            label,
                                            Measurement.CUT,
                                            protocol.prompt(),
                                            CutRun.frames(clip, protocol.batch()),
                                            new Setting(protocol.batch(), true, conditioning))));
        }
        return rows;
    }

    /** Without adapter, and with it where it is steadiest: each frame conditioned on the last. */
    private Map<String, Setting> restyledBothWays() {
        Map<String, Setting> settings = new LinkedHashMap<>();
        settings.put("off", new Setting(protocol.batch(), true, Conditioning.OFF));
        settings.put("ours, groups of 1", new Setting(1, true, Conditioning.every(1)));
        return settings;
    }

    private List<RowSpec> transfer() {
        List<RowSpec> rows = new ArrayList<>();
        for (Clip clip : clips) {
            if (!isTuned(clip)) {
                restyledBothWays()
                        .forEach(
                                (label, setting) ->
                                        rows.add(restyle(Table.TRANSFER, clip, label, setting)));
            }
        }
        return rows;
    }

    /** Whether the bundle's account of its training names the clip. */
    private boolean isTuned(Clip clip) {
        return Pattern.compile("(?<![\\w-])" + Pattern.quote(clip.name()) + "(?![\\w-])")
                .matcher(manifest.training().toString())
                .find();
    }

    /** Names of the clips that the bundle was trained on. */
    List<String> tunedClips() {
        return clips.stream().filter(this::isTuned).map(Clip::name).toList();
    }

    private List<RowSpec> prompts() {
        List<RowSpec> rows = new ArrayList<>();
        for (Clip clip : clips.subList(0, Math.min(protocol.styleClips(), clips.size()))) {
            for (BundleManifest.Style style :
                    manifest.styles()
                            .subList(0, Math.min(protocol.styles(), manifest.styles().size()))) {
                restyledBothWays()
                        .forEach(
                                (label, setting) ->
                                        rows.add(
                                                row(
                                                        Table.PROMPTS,
                                                        clip,
                                                        style.name() + ", " + label,
                                                        Measurement.RESTYLE,
                                                        style.prompt(),
                                                        protocol.styleFrames(),
                                                        setting)));
            }
        }
        return rows;
    }

    private List<RowSpec> streams() {
        List<RowSpec> rows = new ArrayList<>();
        int batch = Math.min(protocol.batch(), manifest.batch().max());
        for (int cameras : protocol.cameras()) {
            rows.add(
                    new RowSpec(
                            Table.STREAMS.key(),
                            "all, in turn",
                            cameras == 1 ? "1 camera" : cameras + " cameras",
                            Measurement.CAMERAS,
                            "the bundle's styles, in turn",
                            protocol.seed(),
                            cameras * RowRunner.CAMERA_FRAMES_PER_SECOND * protocol.cameraSeconds(),
                            new Setting(batch, true, Conditioning.OFF),
                            cameras,
                            null));
        }
        return rows;
    }

    /** Why a table cannot be made here, or null if it can. */
    String reasonAgainst(Table table) {
        if (randomWeights && table.needsTrainedWeights()) {
            return "bundle %s has random weights: its pictures are noise, only speed can be measured"
                    .formatted(manifest.name());
        }
        if (table == Table.CUTS && cutClips.isEmpty()) {
            return "no clip with a hard cut (a name that begins with cut-)";
        }
        if (table == Table.TRANSFER && transfer().isEmpty()) {
            return "the bundle was trained on frames of all these clips";
        }
        if (table == Table.PROMPTS && manifest.styles().isEmpty()) {
            return "bundle %s names no styles".formatted(manifest.name());
        }
        return null;
    }
}
