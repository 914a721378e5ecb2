package impasto.evaluation.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows, one JSON object a line. Each is appended when it has been measured, so an evaluation that
 * was stopped goes on where it was. Of rows with the same key the last counts. A last line without
 * an end is one in whose writing an evaluation was stopped: it counts as not there.
 */
public final class ResultsFile {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

    private final Path file;

    public ResultsFile(Path file) {
        this.file = file;
    }

    /**
     * All rows in the order of their first appearance; none if there is no such file.
     *
     * @throws IOException naming the line that cannot be read
     */
    public List<Row> read() throws IOException {
        return Files.exists(file) ? existing() : List.of();
    }

    /**
     * As {@link #read}, of a file that must be there.
     *
     * @throws IOException if it is not there, is empty, or a line cannot be read
     */
    public List<Row> readExisting() throws IOException {
        List<Row> rows = existing();
        if (rows.isEmpty()) {
            throw new IOException("%s is empty, expected a row of results a line".formatted(file));
        }
        return rows;
    }

    private List<Row> existing() throws IOException {
        List<String> lines;
        try {
            String text = Files.readString(file);
            lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (NoSuchFileException e) {
            throw new IOException("%s: no such file".formatted(file), e);
        } catch (IOException e) {
            throw new IOException(
                    "%s cannot be read as text: %s".formatted(file, e.getMessage()), e);
        }
        Map<String, Row> rows = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            Row row = parse(lines.get(i), "%s line %d".formatted(file, i + 1));
            rows.put(row.spec().key(), row);
        }
        return new ArrayList<>(rows.values());
    }

    /**
     * One row.
     *
     * @param where it comes from, for the message
     * @throws IOException if it is not a row
     */
    public static Row parse(String json, String where) throws IOException {
        try {
            return JSON.readValue(json, Row.class);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "%s is not a row of results: %s".formatted(where, e.getOriginalMessage()), e);
        }
    }

    /** Adds a row at the end. */
    public void append(Row row) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            channel.truncate(wholeLines(channel)).position(channel.size());
            ByteBuffer line = StandardCharsets.UTF_8.encode(JSON.writeValueAsString(row) + "\n");
            while (line.hasRemaining()) {
                channel.write(line);
            }
        }
    }

    /** Bytes up to the end of the last line that has one. */
    private static long wholeLines(FileChannel channel) throws IOException {
        ByteBuffer last = ByteBuffer.allocate(1);
        for (long end = channel.size(); end > 0; end--) {
            last.clear();
            channel.read(last, end - 1);
            if (last.get(0) == '\n') {
                return end;
            }
        }
        return 0;
    }
}
