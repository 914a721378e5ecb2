"""Training the temporal adapter of a tiny bundle, and publishing it into that bundle."""

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch
from safetensors.torch import load_file, save_file

from impasto_models.adapter import (
    SCHEDULES,
    SMOKE,
    WEIGHTS,
    AdapterTrainer,
    SequenceStore,
    SequenceWorkers,
    load_stylist,
    table,
    train,
    with_output_hook,
)
from impasto_models.bundle import read_manifest
from impasto_models.check import TOLERANCE, check, compare_graph
from impasto_models.data import HELD_OUT_CLIPS, TRAINING_CLIPS
from impasto_models.export import half_precision
from impasto_models.graphs import bundle_graphs
from impasto_models.networks import Networks
from impasto_models.publish import load_adapter, publish_adapter
from impasto_models.reference import load_networks
from impasto_models.runtime import BundleSession
from impasto_models.scenes import street_scene
from impasto_models.sequences import LENGTH
from impasto_models.showcase import write_video
from impasto_models.steadiness import Schedule


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
    with pytest.raises(ValueError, match=r"no weights of an adapter, adapter.hooks.\* or adapter.output.\*, among \['unet.bias'\]"):
        load_adapter(networks, {"unet.bias": torch.zeros(3)})


def test_hooks_that_the_bundle_does_not_have_are_named(bundle: Path):
    networks = load_networks(bundle)
    state = hooks_of(networks)
    silent = next(name for name in state if name.endswith("up.0.bias"))
    with pytest.raises(ValueError, match=rf"{silent}: found none, the bundle expects \(16,\)"):
        load_adapter(networks, {name: tensor for name, tensor in state.items() if name != silent})
    with pytest.raises(ValueError, match=r"adapter.hooks.up_blocks.up.0.bias: found \(16,\), the bundle expects none"):
        load_adapter(networks, state | {"adapter.hooks.up_blocks.up.0.bias": torch.zeros(16)})


def test_only_the_hooks_in_the_down_blocks_get_gradients(bundle: Path, data: Path, clips: Path, tmp_path: Path):
    settings = replace(SMOKE, train="hooks", sequences=1, ready=1)
    workers = SequenceWorkers(settings, data, clips, tmp_path)
    stylist = load_stylist(bundle, settings)
    store = SequenceStore(stylist, settings, workers)
    store.wait_for(1)
    trainer = AdapterTrainer(stylist, settings, store)
    trainer.train(0.0)
    workers.stop()
    learning = {name for name, weight in stylist.networks.named_parameters() if weight.grad is not None and weight.grad.any()}
    assert learning == hooks_of(stylist.networks).keys()


def test_hooks_and_rule_go_into_the_bundle_together(bundle: Path, data: Path, clips: Path, tmp_path: Path):
    settings = replace(SMOKE, train="hooks", seconds=0.0, rate=1.0, sequences=1, ready=1, styles=("oil",), frames=3)
    record = train(bundle, settings, data, clips, tmp_path)
    rows = record["report"]["mean"]
    assert rows.keys() == {"off"} | {
        f"{part}, {row}" for part in ("hooks", "rule", "hooks and rule") for row in map(str, [*SCHEDULES[1:], Schedule(3)])
    }
    assert rows["hooks, group 1"] != rows["hooks and rule, group 1"] != rows["rule, group 1"]
    assert "hooks and rule, group 8, every 8 groups" in table(rows)

    trained = load_file(tmp_path / WEIGHTS)
    assert trained.keys() == hooks_of(load_networks(bundle)).keys()
    rule = with_output_hook(load_networks(bundle), SMOKE.share).adapter.output.state_dict()
    save_file(trained | {f"adapter.output.{name}": tensor for name, tensor in rule.items()}, tmp_path / WEIGHTS)
    published = shutil.copytree(bundle, tmp_path / "published")
    publish_adapter(tmp_path, published, "1")

    session, weights = BundleSession(published), load_file(tmp_path / WEIGHTS)
    networks = half_precision(load_adapter(load_networks(bundle), weights))
    assert denoiser_difference(networks, session) <= TOLERANCE
    assert denoiser_difference(load_adapter(networks, weights | hooks_of(load_networks(bundle))), session) > TOLERANCE
    without_rule = weights | {"adapter.output.share": torch.zeros_like(rule["share"])}
    assert denoiser_difference(load_adapter(networks, without_rule), session) > TOLERANCE


def hooks_of(networks: Networks) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in networks.state_dict().items() if name.startswith("adapter.hooks.")}


def denoiser_difference(networks: Networks, session: BundleSession) -> float:
    """Largest difference between the denoiser in PyTorch and the one in ONNX Runtime."""
    graph = next(graph for graph in bundle_graphs(networks) if graph.name == "denoiser")
    return compare_graph(graph, networks.size, session)


def test_missing_photographs_are_named(bundle: Path, clips: Path, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=rf"no photographs .*{tmp_path.name}/photographs: impasto_models.data writes them"):
        train(bundle, replace(SMOKE, sequences=1, ready=1), tmp_path, clips, tmp_path / "out")
