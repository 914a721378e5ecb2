package impasto.tensorrt.engine;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import impasto.tensorrt.plan.PlanTensor;
import java.util.List;

/** The block of a loaded model. Its arrays belong to the manager of its first input. */
final class TrtSymbolBlock extends AbstractSymbolBlock {

    private final PlanRunner runner;
    private final TrtNDManager manager;

    TrtSymbolBlock(PlanRunner runner, TrtNDManager manager) {
        this.runner = runner;
        this.manager = manager;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        if (training) {
            throw Unsupported.operation("training");
        }
        NDManager of = inputs.isEmpty() ? manager : inputs.head().getManager();
        return runner.run(inputs, of instanceof TrtNDManager own ? own : manager);
    }

    /** None: the weights are part of the plan. */
    @Override
    public ParameterList getDirectParameters() {
        return new ParameterList();
    }

    /** Names and shapes; the batch is -1. */
    @Override
    public PairList<String, Shape> describeInput() {
        return describe(runner.inputs());
    }

    /** Names and shapes; the batch is -1. */
    @Override
    public PairList<String, Shape> describeOutput() {
        return describe(runner.outputs());
    }

    private static PairList<String, Shape> describe(List<PlanTensor> tensors) {
        PairList<String, Shape> described = new PairList<>();
        for (PlanTensor tensor : tensors) {
            long[] dimensions = tensor.shape().getShape().clone();
            if (tensor.batched()) {
                dimensions[0] = -1;
            }
            described.add(tensor.name(), new Shape(dimensions));
        }
        return described;
    }
}
