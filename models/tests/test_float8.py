"""Products in float8: how large values get, and what the graphs become."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from impasto_models.bundle import read_manifest
from impasto_models.dreamlite.__main__ import main
from impasto_models.dreamlite.export import BundleExporter, ExportOptions
from impasto_models.dreamlite.float8 import LARGEST, ROUNDING, SMALLEST_SCALE, Bound, quantized, scale_of
from impasto_models.dreamlite.float8_effect import float8_session
from impasto_models.dreamlite.pipeline import TINY, Pipeline, random_pipeline
from impasto_models.dreamlite.reference import Reference
from impasto_models.dreamlite.samples import psnr, sample

FRAME = (64, 96)
FLOAT8_LAYERS = {
    ("denoiser", "none"): {"ff.net.0.proj": 12, "ff.net.2": 12, "to_out": 20, "proj_in": 8},
    ("denoiser", "down_blocks"): {"ff.net.0.proj": 12, "ff.net.2": 12, "hooked.first": 6, "proj_in": 8},
    ("text_encoder", "none"): {"attn.joined": 4, "o_proj": 4, "mlp.joined": 4, "down_proj": 4, "attn.proj": 4},
}
"""Layers of the tiny pipeline whose products are in float8, by a part of their name."""


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return random_pipeline(3, **TINY, frame=FRAME)


def export(pipeline: Pipeline, folder: Path, graph: str, **options) -> BundleExporter:
    exporter = BundleExporter(pipeline, ExportOptions(frame=FRAME, **options), folder)
    exporter.export((graph,), report=lambda _: None)
    return exporter


def run(model: bytes, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    session = float8_session(model)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def test_a_linear_layer_behind_a_normalisation_stays_within_its_bound():
    generator = torch.Generator().manual_seed(1)
    gain, shift = (torch.randn(48, generator=generator) for _ in range(2))
    weight, bias = torch.randn(32, 48, generator=generator), torch.randn(32, generator=generator)
    bound = Bound.of_normalised(gain, shift)
    # The worst inputs: all of the length along one channel, and along a row of the weights.
    normal = torch.cat([torch.eye(48), -torch.eye(48), torch.nn.functional.normalize(weight * gain)]) * 48**0.5
    values = gain * normal + shift
    assert bool((values.abs() <= 1.0001 * bound.limit).all())
    behind = bound.through(weight, bias)
    exact = values @ weight.T + bias
    # Both factors of every product as wrong as they get, to the same side.
    grown = (values[:, None] * weight).abs().mul(ROUNDING - 1).sum(dim=2)
    found = exact + torch.sign(exact) * grown
    assert bool((found.abs() <= 1.0001 * behind.limit).all())
    reached = found.abs().amax(dim=0) / behind.limit
    assert float(reached.min()) > 0.5
    assert behind.through(weight.T, None) is None


def test_a_bound_follows_its_value():
    bound = Bound(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert bound.part(1, 2).limit.tolist() == [2, 3]
    assert bound.times(bound).limit.tolist() == [1, 4, 9, 16]
    assert bound.with_constants(torch.tensor([[0.0, -5.0, 0.0, 0.0], [2.0, 0, 0, 0]])).limit.tolist() == [2, 5, 3, 4]
    assert bound.scale == 2**-6


def test_float8_keeps_the_largest_value_and_never_overflows():
    tensor = torch.tensor([-3.0, 0.01, 1.5])
    scale = scale_of(tensor)
    assert scale == 2**-7
    assert (scale * quantized(tensor, scale).float()).tolist() == [-3.0, 0.009765625, 1.5]
    assert quantized(2 * tensor, scale).float().tolist()[0] == -LARGEST
    assert scale_of(torch.zeros(3)) == SMALLEST_SCALE


@pytest.mark.parametrize(
    ("graph", "hooks", "least"), [("denoiser", "none", 40), ("denoiser", "down_blocks", 40), ("text_encoder", "none", 30)]
)
def test_no_value_exceeds_what_float8_holds(pipeline: Pipeline, tmp_path: Path, graph: str, hooks: str, least: float):
    exporter = export(pipeline, tmp_path, graph, hooks=hooks, float8=frozenset({graph}))
    inputs, expected = sample(exporter, Reference(pipeline, exporter.hooks), graph, batch=2)
    model = onnx.load(tmp_path / f"{graph}.onnx")
    quantised = [node for node in model.graph.node if node.op_type == "QuantizeLinear"]
    weights = {tensor.name for tensor in model.graph.initializer}
    for layer, count in FLOAT8_LAYERS[graph, hooks].items():
        assert sum(layer in name and name.endswith(".float8") for name in weights) == count, layer
    scales = {
        tensor.name: float(onnx.numpy_helper.to_array(tensor))
        for tensor in model.graph.initializer
        if len(tensor.dims) == 0 and tensor.data_type == onnx.TensorProto.FLOAT
    }
    outputs = {value.name for value in model.graph.output}
    model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in {node.input[0] for node in quantised}
    )
    found = run(model.SerializeToString(), inputs)
    for node in quantised:
        assert np.abs(found[node.input[0]]).max() <= 1.001 * LARGEST * scales[node.input[1]], node.name
    real = expected.get("embeddings_mask")
    for name in outputs - {"embeddings_mask"}:
        masks = 1 if real is None else real[..., None]
        assert psnr(found[name] * masks, expected[name] * masks) > least


def test_graphs_that_are_not_named_stay_as_they_are(pipeline: Pipeline, tmp_path: Path):
    for folder, float8 in (("plain", frozenset()), ("other", frozenset({"text_encoder"}))):
        export(pipeline, tmp_path / folder, "denoiser", float8=float8)
    plain, other = ((tmp_path / folder / "denoiser.onnx").read_bytes() for folder in ("plain", "other"))
    assert plain == other
    assert b"QuantizeLinear" not in plain


def test_the_manifest_names_graphs_with_float8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    command = ["dreamlite", "--random", "1", "--size", "tiny", "--frame", "64x64", "--float8", "denoiser", "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", command)
    main()
    assert read_manifest(tmp_path)["training"]["float8"] == ["denoiser"]
    graph = onnx.load(tmp_path / "denoiser.onnx", load_external_data=False).graph
    assert any(tensor.data_type == onnx.TensorProto.FLOAT8E4M3FN for tensor in graph.initializer)


def test_a_graph_without_linear_layers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setattr("sys.argv", ["dreamlite", "--random", "1", "--float8", "vae_decoder", "--out", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    error = capsys.readouterr().err
    assert "vae_decoder" in error
    assert "text_encoder" in error
