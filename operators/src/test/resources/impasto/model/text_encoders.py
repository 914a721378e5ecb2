"""Writes text encoders with the tensors of the project's bundle, for 64 and for 32 tokens, that compute next to nothing.

``python text_encoders.py`` (needs onnx): a token's embedding is its id plus 1 in all places.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

DROPPED, DIMENSION = 2, 128


def text_encoder(tokens: int) -> onnx.ModelProto:
    length = tokens - DROPPED
    whole = lambda name, values: helper.make_tensor(name, TensorProto.INT64, [len(values)], values)  # noqa: E731
    constants = [
        whole("start", [DROPPED]),
        whole("end", [tokens]),
        whole("axis", [1]),
        whole("last", [2]),
        whole("shape", [1, 1, DIMENSION]),
    ]
    constants.append(helper.make_tensor("one", TensorProto.INT64, [], [1]))
    nodes = [
        helper.make_node("Slice", ["input_ids", "start", "end", "axis"], ["seen"]),
        helper.make_node("Add", ["seen", "one"], ["values"]),
        helper.make_node("Unsqueeze", ["values", "last"], ["column"]),
        helper.make_node("Expand", ["column", "shape"], ["expanded"]),
        helper.make_node("Cast", ["expanded"], ["embeddings"], to=TensorProto.FLOAT),
        helper.make_node("Slice", ["attention_mask", "start", "end", "axis"], ["embeddings_mask"]),
    ]
    tensor = helper.make_tensor_value_info
    inputs = [tensor(name, TensorProto.INT64, ["batch", tokens]) for name in ("input_ids", "attention_mask")]
    inputs.append(tensor("frame", TensorProto.UINT8, ["batch", 256, 256, 3]))
    outputs = [
        tensor("embeddings", TensorProto.FLOAT, ["batch", length, DIMENSION]),
        tensor("embeddings_mask", TensorProto.INT64, ["batch", length]),
    ]
    graph = helper.make_graph(nodes, "text_encoder", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


for tokens in (64, 32):
    (Path(__file__).parent / f"text_encoder_{tokens}.onnx").write_bytes(text_encoder(tokens).SerializeToString())
