"""The committed bundle: its files are the ones that the manifest describes."""

from pathlib import Path

import onnx
import pytest

from impasto_models.bundle import read_manifest, sha256
from impasto_models.prompts import CANONICAL
from impasto_models.reference import load_networks

NANO = Path(__file__).parents[1] / "nano"
ELEMENTS = {"float32": onnx.TensorProto.FLOAT, "int64": onnx.TensorProto.INT64, "uint8": onnx.TensorProto.UINT8}
MANIFEST = read_manifest(NANO)


@pytest.mark.parametrize("name", MANIFEST["graphs"])
def test_a_graph_has_the_hash_and_the_tensors_of_the_manifest(name):
    described = MANIFEST["graphs"][name]
    assert sha256(NANO / described["file"]) == described["sha256"]
    graph = onnx.load(NANO / described["file"]).graph
    assert [_describe(value) for value in graph.input] == [_expected(tensor) for tensor in described["inputs"]]
    assert [_describe(value) for value in graph.output] == [_expected(tensor) for tensor in described["outputs"]]


def _describe(value: onnx.ValueInfoProto) -> tuple:
    tensor = value.type.tensor_type
    return value.name, tensor.elem_type, [size.dim_param or size.dim_value for size in tensor.shape.dim]


def _expected(tensor: dict) -> tuple:
    return tensor["name"], ELEMENTS[tensor["type"]], tensor["shape"]


def test_every_style_has_a_prompt_and_a_thumbnail():
    assert {style["prompt"] for style in MANIFEST["styles"]} == set(CANONICAL.values())
    assert all((NANO / style["thumbnail"]).is_file() for style in MANIFEST["styles"])


def test_the_bundle_is_small_enough_to_commit():
    assert sum(file.stat().st_size for file in NANO.rglob("*") if file.is_file()) <= 25_000_000


def test_the_reference_reads_its_weights():
    networks = load_networks(NANO)
    assert networks.size.frame == MANIFEST["frame"]["width"]
