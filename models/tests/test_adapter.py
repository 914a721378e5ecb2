"""Training the temporal adapter of a tiny bundle, and publishing it into that bundle."""

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch
from safetensors.torch import load_file

from impasto_models.adapter import SMOKE, WEIGHTS, train, with_output_hook
from impasto_models.bundle import read_manifest
from impasto_models.check import TOLERANCE, check
from impasto_models.data import HELD_OUT_CLIPS, TRAINING_CLIPS
from impasto_models.publish import load_adapter, publish_adapter
from impasto_models.reference import load_networks
from impasto_models.scenes import street_scene
from impasto_models.sequences import LENGTH
from impasto_models.showcase import write_video


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn clips under the names of the real ones."""
    folder = tmp_path_factory.mktemp("clips")
    for seed, name in enumerate(TRAINING_CLIPS + HELD_OUT_CLIPS):
        write_video(folder / f"{name}.mp4", [street_scene(seed, frame / 12, 256) for frame in range(LENGTH + 2)])
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "photographs").mkdir()
    cv2.imwrite(str(folder / "photographs" / "000.jpg"), street_scene(1, 0.0, 320))
    return folder


def test_training_moves_the_adapter_alone_and_its_weights_go_into_the_bundle(bundle: Path, data: Path, clips: Path, tmp_path: Path):
    before = load_networks(bundle).state_dict()
    record = train(bundle, replace(SMOKE, seconds=1.0), data, clips, tmp_path / "out")
    assert (tmp_path / "out" / WEIGHTS).stat().st_size <= 1_000_000
    assert record["report"]["mean"]["off"]["warp"] > 0.0

    published = shutil.copytree(bundle, tmp_path / "published")
    manifest = publish_adapter(tmp_path / "out", published, "1")
    assert max(check(published).values()) <= TOLERANCE
    assert manifest == read_manifest(published)
    assert manifest["graphs"]["condition_encoder"]["outputs"][0]["name"] == "condition_64x64"
    after = load_networks(published).state_dict()
    for name, tensor in before.items():
        assert torch.equal(after[name], tensor), name
    trained = load_file(tmp_path / "out" / WEIGHTS)
    assert trained.keys() == after.keys() - before.keys()
    assert (trained["adapter.output.share"] - SMOKE.share).abs().max() > 0
    for name, tensor in trained.items():
        assert torch.equal(after[name], tensor.half().float()), name


def test_weights_of_another_adapter_are_refused_by_name_and_shape(bundle: Path):
    networks = with_output_hook(load_networks(bundle))
    state = {name: tensor for name, tensor in networks.state_dict().items() if name.startswith("adapter.output.")}
    with pytest.raises(ValueError, match=r"tolerance: found \(3,\), the bundle expects \(1,\)"):
        load_adapter(networks, state | {"adapter.output.tolerance": torch.zeros(3)})
    with pytest.raises(ValueError, match="no weights of a hook on the output"):
        load_adapter(networks, {"adapter.hooks": torch.zeros(3)})


def test_missing_photographs_are_named(bundle: Path, clips: Path, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=rf"no photographs .*{tmp_path.name}/photographs: impasto_models.data writes them"):
        train(bundle, replace(SMOKE, sequences=1, ready=1), tmp_path, clips, tmp_path / "out")
