package impasto.tensorrt.plan;

import java.time.Duration;
import java.util.Optional;

/** Follows a build. Called from TensorRT's threads, one call at a time; must be quick. */
@FunctionalInterface
public interface BuildListener {

    /** Nobody. */
    BuildListener NONE = progress -> {};

    /** What a build is doing, in order. */
    enum Step {
        /** Another process or thread builds the same plan. */
        WAITING,
        /** The ONNX file is read and its nodes become layers. */
        PARSING,
        /** Kernels are tried and timed; nearly all of the time goes here. */
        OPTIMIZING,
        /** The plan is written. */
        WRITING,
        /** The plan is there. */
        DONE
    }

    /**
     * @param step what is being done
     * @param detail the layer or line that is being worked on, possibly empty
     * @param elapsed since the build began
     * @param expected how long the last build of this graph took in all, if there was one
     */
    record Progress(Step step, String detail, Duration elapsed, Optional<Duration> expected) {

        /** Estimate between 0 and 1 by time alone; empty without an earlier build. */
        public Optional<Double> fraction() {
            if (step == Step.DONE) {
                return Optional.of(1.0);
            }
            return expected.map(
                    all ->
                            Math.min(
                                    0.99,
                                    elapsed.toMillis() / (double) Math.max(1, all.toMillis())));
        }
    }

    void progress(Progress progress);
}
