package impasto.tensorrt.cuda;

import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.global.cudart;

/** Work of a stream that was captured, with its addresses, and starts as one. */
public final class CudaGraph implements AutoCloseable {

    private final CUgraphExec_st handle;

    private CudaGraph(CUgraphExec_st handle) {
        this.handle = handle;
    }

    static CudaGraph endCapture(CudaStream stream) {
        CUgraph_st graph = new CUgraph_st();
        Cuda.check(
                cudart.cudaStreamEndCapture(stream.handle(), graph),
                "capturing stream " + stream.name());
        CUgraphExec_st handle = new CUgraphExec_st();
        try {
            Cuda.check(cudart.cudaGraphInstantiate(handle, graph, 0), "instantiating a graph");
        } finally {
            cudart.cudaGraphDestroy(graph);
        }
        return new CudaGraph(handle);
    }

    /** Adds the captured work to a stream. */
    public void launch(CudaStream stream) {
        Cuda.check(cudart.cudaGraphLaunch(handle, stream.handle()), "launching a graph");
    }

    /** The graph must have finished. */
    @Override
    public void close() {
        if (!handle.isNull()) {
            Cuda.check(cudart.cudaGraphExecDestroy(handle), "destroying a graph");
            handle.setNull();
        }
    }
}
