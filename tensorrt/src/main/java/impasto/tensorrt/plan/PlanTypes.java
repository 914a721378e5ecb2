package impasto.tensorrt.plan;

import ai.djl.ndarray.types.DataType;
import impasto.tensorrt.PlanBuildException;

/** TensorRT's numbers for element types. */
final class PlanTypes {

    private PlanTypes() {}

    /**
     * @throws PlanBuildException for a type that arrays cannot have here
     */
    static DataType fromTensorRt(int type, String tensor) {
        return switch (type) {
            case 0 -> DataType.FLOAT32;
            case 1 -> DataType.FLOAT16;
            case 2 -> DataType.INT8;
            case 3 -> DataType.INT32;
            case 4 -> DataType.BOOLEAN;
            case 5 -> DataType.UINT8;
            case 7 -> DataType.BFLOAT16;
            case 8 -> DataType.INT64;
            default ->
                    throw new PlanBuildException(
                            "tensor '%s' has TensorRT's element type %d, expected float32, float16, bfloat16, uint8, int8, int32, int64 or bool"
                                    .formatted(tensor, type));
        };
    }
}
