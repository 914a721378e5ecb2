"""Writes networks as the ONNX graphs of a bundle.

Parameters are stored as float16 under their state-dict names, each followed by a Cast to float32 that ONNX Runtime folds
when it loads the graph: half the file, the same speed. `half_precision` rounds the PyTorch weights to match.
"""

import contextlib
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from impasto_models.bundle import TOKENIZER, make_manifest, write_manifest
from impasto_models.graphs import BATCH, Graph, bundle_graphs, example_inputs
from impasto_models.networks import ModelSize, Networks
from impasto_models.tokenization import PAD_ID, prompt_template

OPSET = 17
IR_VERSION = 10
SIZE_KEY = "impasto.size"
"""Metadata of a graph: the sizes of the model, JSON."""
ALIASES_KEY = "impasto.aliases"
"""Metadata of a graph: parameters that the tracer stored once because they were equal, by the stored one's name, JSON."""


def half_precision(networks: Networks) -> Networks:
    """Rounds every parameter to the nearest float16, in place, keeping float32 storage."""
    with torch.no_grad():
        for parameter in networks.parameters():
            parameter.copy_(parameter.half().float())
    return networks


def export_graph(graph: Graph, size: ModelSize, file: Path) -> None:
    """Writes one graph, its batch dimension free and its sizes in the file's metadata."""
    names = [spec.name for spec in graph.inputs]
    outputs = [spec.name for spec in graph.outputs]
    inputs = example_inputs(graph, size, batch=2)
    with _quiet_tracing(), torch.no_grad():
        torch.onnx.export(
            graph.module.eval(),
            tuple(inputs[name] for name in names),
            str(file),
            input_names=names,
            output_names=outputs,
            dynamic_axes={name: {0: BATCH} for name in names + outputs},
            opset_version=OPSET,
            do_constant_folding=False,  # folding would rename and transpose the linears' weights
            dynamo=False,
        )
    model = onnx.load(file)
    _declare_outputs(model, graph)
    _fix_upsampling(model.graph)
    _store_as_half(model.graph, {name for name, _ in graph.module.named_parameters()})
    model.ir_version = IR_VERSION
    helper.set_model_props(model, {SIZE_KEY: json.dumps(size.to_dict()), ALIASES_KEY: json.dumps(_aliases(model.graph, graph.module))})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)


@contextlib.contextmanager
def _quiet_tracing() -> Iterator[None]:
    """Tracing warns of every shape that it fixes; all of them but the batch are meant to be fixed."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _declare_outputs(model: onnx.ModelProto, graph: Graph) -> None:
    """States the outputs' shapes, which tracing leaves open."""
    for value, spec in zip(model.graph.output, graph.outputs, strict=True):
        element = value.type.tensor_type.elem_type
        value.CopyFrom(helper.make_tensor_value_info(spec.name, element, list(spec.shape)))


def _aliases(graph: onnx.GraphProto, module: torch.nn.Module) -> dict[str, str]:
    """The stored equal of every parameter that ``graph`` does not name, if there is one."""
    parameters = {name: parameter.detach().numpy() for name, parameter in module.named_parameters()}
    stored = [initializer.name for initializer in graph.initializer if initializer.name in parameters]
    missing = parameters.keys() - set(stored)
    equals = {name: [other for other in stored if np.array_equal(parameters[other], parameters[name])] for name in missing}
    return {name: others[0] for name, others in sorted(equals.items()) if others}


def _fix_upsampling(graph: onnx.GraphProto) -> None:
    """Gives every Resize its scales as an initializer: ONNX Runtime then keeps the blocked layout across it."""
    scales = numpy_helper.from_array(np.array([1.0, 1.0, 2.0, 2.0], np.float32), "upsampling_scales")
    resizes = [node for node in graph.node if node.op_type == "Resize"]
    for node in resizes:
        node.input[2] = scales.name
    if resizes:
        graph.initializer.append(scales)


def _store_as_half(graph: onnx.GraphProto, parameters: set[str]) -> None:
    casts = []
    for initializer in graph.initializer:
        if initializer.name not in parameters or initializer.data_type != TensorProto.FLOAT:
            continue
        name = initializer.name
        half = numpy_helper.to_array(initializer).astype(np.float16)
        initializer.CopyFrom(numpy_helper.from_array(half, name))
        casts.append(helper.make_node("Cast", [name], [f"{name}.float32"], to=TensorProto.FLOAT))
    widened = {node.input[0]: node.output[0] for node in casts}
    for node in graph.node:
        node.input[:] = [widened.get(name, name) for name in node.input]
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def export_bundle(networks: Networks, tokenizer: Tokenizer, folder: Path, *, styles: list[dict], **about) -> dict:
    """Writes a whole bundle and returns its manifest; ``about`` is name, version, description and training."""
    folder.mkdir(parents=True, exist_ok=True)
    graphs = bundle_graphs(half_precision(networks).eval())
    for graph in graphs:
        export_graph(graph, networks.size, folder / f"{graph.name}.onnx")
    tokenizer.save(str(folder / TOKENIZER))
    manifest = make_manifest(
        size=networks.size,
        graphs=graphs,
        template=prompt_template(networks.size.text),
        pad_token_id=PAD_ID,
        styles=styles,
        **about,
    )
    write_manifest(folder, manifest)
    return manifest
