package impasto.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
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
 * @param pipelineFps the bare stages, decode and encode included
 * @param jobFps the whole job, Kafka and Flink included
 * @param jobRatio of those two
 * @param jobCpuMsPerFrameAdded CPU-milliseconds that Kafka, the broker in this process and Flink
 *     add to a frame
 * @param live the whole job behind cameras of a fixed rate, or null
 * @param modelFps the model's lanes alone, on pixels
 * @param torchFps the same weights in PyTorch, on pixels; null without PyTorch
 * @param modelRatio of those two, or null
 * @param torch what the Python package reported, or null
 * @param memory samples of a long run, or empty
 * @param machine processor, cores, versions
 */
record BenchmarkReport(
        String bundle,
        @JsonProperty("bundle_version") String bundleVersion,
        String engine,
        int streams,
        @JsonProperty("batch_frames") int batchFrames,
        int frames,
        @JsonProperty("pipeline_fps") double pipelineFps,
        @JsonProperty("pipeline_cpu_ms_per_frame") double pipelineCpuMsPerFrame,
        @JsonProperty("pipeline_latency_ms") Map<String, Double> pipelineLatencyMs,
        @JsonProperty("job_fps") double jobFps,
        @JsonProperty("job_ratio") double jobRatio,
        @JsonProperty("job_cpu_ms_per_frame") double jobCpuMsPerFrame,
        @JsonProperty("job_cpu_ms_per_frame_added") double jobCpuMsPerFrameAdded,
        LiveBenchmark.Result live,
        @JsonProperty("model_fps") double modelFps,
        @JsonProperty("torch_fps") Double torchFps,
        @JsonProperty("model_ratio") Double modelRatio,
        JsonNode torch,
        List<MemorySample> memory,
        Map<String, String> machine) {

    void write(Path file) throws IOException {
        JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValue(file.toFile(), this);
    }
}
