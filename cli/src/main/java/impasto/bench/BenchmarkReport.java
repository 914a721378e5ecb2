package impasto.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What the benchmark measured.
 *
 * @param steps of the denoiser for each frame
 * @param streams each with its own prompt
 * @param graphs each graph alone
 * @param runs the model, the stages and the job
 * @param jpegs what the stages' pictures cost as JPEG files
 * @param live the whole job behind cameras of a fixed rate
 * @param promptChanges prompts changed in the running job, or null
 * @param torch what the Python package measured on the same weights, or null
 * @param paper results of the paper's pipeline to compare with
 * @param memory samples of a long run
 * @param machine processor, cores, versions, commit
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record BenchmarkReport(
        String bundle,
        @JsonProperty("bundle_version") String bundleVersion,
        String engine,
        int steps,
        int streams,
        List<GraphTime> graphs,
        List<Run> runs,
        List<JpegTime> jpegs,
        List<Live> live,
        @JsonProperty("prompt_changes") PromptBenchmark.Result promptChanges,
        JsonNode torch,
        List<PaperResult> paper,
        List<MemorySample> memory,
        Map<String, String> machine) {

    /**
     * One measurement.
     *
     * @param ofStages the job's frames a second as a part of those of the stages; null for others
     * @param cpuMsAdded CPU-milliseconds that the job adds to a frame of the stages; null for
     *     others
     */
    record Run(
            Part part,
            @JsonUnwrapped Variant variant,
            @JsonUnwrapped Throughput throughput,
            @JsonProperty("of_stages") Double ofStages,
            @JsonProperty("cpu_ms_added") Double cpuMsAdded) {

        static Run of(Part part, Variant variant, Throughput throughput) {
            return new Run(part, variant, throughput, null, null);
        }

        /** With what it is of the stages' run of the same variant. */
        Run beside(Run stages) {
            return new Run(
                    part,
                    variant,
                    throughput,
                    Throughput.round(throughput.fps() / stages.throughput.fps()),
                    Throughput.round(
                            throughput.cpuMsPerFrame() - stages.throughput.cpuMsPerFrame()));
        }
    }

    /** One run behind cameras. */
    record Live(@JsonUnwrapped Variant variant, @JsonUnwrapped LiveBenchmark.Result result) {}

    void write(Path file) throws IOException {
        JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValue(file.toFile(), this);
    }
}
