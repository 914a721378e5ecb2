package impasto.tensorrt.plan;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * An input or output of a plan.
 *
 * @param name as in the graph
 * @param type element type
 * @param shape with the batch size of the optimisation profile that was asked for
 * @param batched whether the first dimension is the batch
 */
public record PlanTensor(String name, DataType type, Shape shape, boolean batched) {

    /** Bytes of all elements. */
    public long bytes() {
        return shape.size() * type.getNumOfBytes();
    }
}
