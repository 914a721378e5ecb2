import shutil
from pathlib import Path

import onnx
import pytest
import torch

from impasto_models.check import TOLERANCE, check
from impasto_models.networks import Networks
from impasto_models.reference import load_networks


def test_every_graph_equals_pytorch(bundle: Path):
    differences = check(bundle)
    assert set(differences) == {"text_encoder", "vae_encoder", "condition_encoder", "denoiser", "vae_decoder", "end_to_end"}
    assert max(differences.values()) <= TOLERANCE


def test_the_reference_is_rebuilt_from_the_bundle_alone(bundle: Path, networks: Networks):
    rebuilt = load_networks(bundle).state_dict()
    for name, tensor in networks.state_dict().items():
        torch.testing.assert_close(rebuilt[name], tensor, atol=0.0, rtol=0.0)


def test_weights_are_stored_in_half_precision(bundle: Path):
    graph = onnx.load(bundle / "denoiser.onnx").graph
    stored = {initializer.name: initializer.data_type for initializer in graph.initializer}
    assert stored["unet.conv_in.weight"] == onnx.TensorProto.FLOAT16


def test_a_changed_file_is_named(bundle: Path, tmp_path: Path):
    damaged = tmp_path / "damaged"
    shutil.copytree(bundle, damaged)
    with (damaged / "vae_decoder.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ValueError, match=r"vae_decoder\.onnx"):
        check(damaged)
