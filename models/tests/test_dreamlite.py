"""Exports tiny pipelines of the published architecture and compares every graph with the released code's path in PyTorch."""

import dataclasses
import itertools
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from diffusers import AutoencoderTiny, DreamLiteUNetModel, FlowMatchEulerDiscreteScheduler
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerFast, Qwen3VLForConditionalGeneration

from impasto_models.bundle import read_manifest, sha256
from impasto_models.dreamlite.__main__ import main
from impasto_models.dreamlite.export import GRAPHS, BundleExporter, ExportOptions
from impasto_models.dreamlite.layout import write_pipeline
from impasto_models.dreamlite.pipeline import TINY, Pipeline, open_pipeline, random_pipeline
from impasto_models.dreamlite.reference import Reference
from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.dreamlite.samples import psnr, sample
from impasto_models.dreamlite.unet import Map, UnetGraph, upsampling_kernel
from impasto_models.dreamlite.weights import RandomWeights
from impasto_models.dreamlite.writer import ALIGNMENT, GraphWriter

FRAME = (64, 96)
PROMPT = "oil painting, vibrant colours"
ABOUT = {"name": "tiny", "version": "1", "licence": "Apache-2.0", "description": "", "training": {}}
FORMULATIONS = {
    "default": Rewrites(),
    "naive": Rewrites.naive(),
    **{
        f"without {name}": dataclasses.replace(Rewrites(), **{name: False})
        for name in (
            "pointwise_products",
            "time_table",
            "text_keys_together",
            "joined_projections",
            "shared_heads",
            "left_half_tail",
            "prefix",
        )
    },
    "two-pass norm": dataclasses.replace(Rewrites(), group_norm="two_pass"),
    "resized": dataclasses.replace(Rewrites(), upsampling="resize"),
    "expanded": dataclasses.replace(Rewrites(), upsampling="expand"),
}


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return random_pipeline(3, **TINY, frame=FRAME)


def exported(pipeline: Pipeline, folder: Path, graphs: tuple[str, ...] = GRAPHS, **options) -> BundleExporter:
    exporter = BundleExporter(pipeline, ExportOptions(**{"frame": FRAME} | options), folder)
    exporter.write_manifest(exporter.export(graphs, report=lambda _: None), **ABOUT)
    return exporter


class GridSample(OpRun):
    """Bilinear, which onnx's own reference knows by its later name alone."""

    op_domain = ""

    def _run(self, picture, grid, **_attributes):
        tensors = torch.from_numpy(picture), torch.from_numpy(grid)
        return (torch.nn.functional.grid_sample(*tensors, padding_mode="border", align_corners=True).numpy(),)


def run(exporter: BundleExporter, graph: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """In ONNX Runtime, or with ONNX's own reference where it has no kernels for the type."""
    file = str(exporter.folder / f"{graph}.onnx")
    names = [output.name for output in onnx.load(file, load_external_data=False).graph.output]
    if exporter.options.precision(graph) == "bfloat16":
        return dict(zip(names, ReferenceEvaluator(file, new_ops=[GridSample]).run(None, inputs), strict=True))
    return dict(zip(names, onnxruntime.InferenceSession(file).run(None, inputs), strict=True))


def worst(exporter: BundleExporter, graph: str) -> float:
    """The worst PSNR of a graph's outputs against the reference, over the range of the expected values."""
    inputs, expected = sample(exporter, Reference(exporter.pipeline, exporter.hooks), graph, batch=2)
    found = run(exporter, graph, inputs)
    real = expected.get("embeddings_mask")
    if real is not None:
        for outputs in (found, expected):
            outputs["embeddings"] = outputs["embeddings"] * real[..., None]
    return min(psnr(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("graph", "hooks"), [*itertools.product(GRAPHS, ["all", "down_blocks"]), ("condition_encoder", "none"), ("denoiser", "none")]
)
def test_every_graph_equals_the_reference(pipeline: Pipeline, tmp_path: Path, graph: str, hooks: str):
    exporter = exported(pipeline, tmp_path, (graph,), hooks=hooks, steps=2)
    assert worst(exporter, graph) > 90


@pytest.mark.parametrize("name", FORMULATIONS)
def test_every_denoiser_equals_the_reference(pipeline: Pipeline, tmp_path: Path, name: str):
    assert worst(exported(pipeline, tmp_path, ("denoiser",), rewrites=FORMULATIONS[name], steps=2), "denoiser") > 90


@pytest.mark.parametrize("mean", [30.0, 300.0])
def test_group_norm_bears_a_mean_far_above_the_deviation(pipeline: Pipeline, tmp_path: Path, mean: float):
    # 8 channels of 8192 places a group, as at the finest resolution of the published size.
    norm = torch.nn.GroupNorm(32, 256)
    shapes = {"norm.weight": (256,), "norm.bias": (256,)}
    weights = RandomWeights(shapes, seed=1)
    g = GraphWriter("norm", "float32", weights, tmp_path)
    graph = UnetGraph(g, pipeline.unet, {}, Rewrites())
    x = Map(g.input("x", "float32", ("batch", 256, 64, 128)), 256, 64, 128)
    g.output(graph.group_norm(x, "norm", norm, silu=False).value, "y", "float32", ("batch", 256, 64, 128))
    g.finish()
    values = torch.randn(1, 256, 64, 128, generator=torch.Generator().manual_seed(2)) + mean
    found = onnxruntime.InferenceSession(str(tmp_path / "norm.onnx")).run(None, {"x": values.numpy()})[0]
    parameters = (weights.tensor(key).double() for key in shapes)
    expected = torch.nn.functional.group_norm(values.double(), 32, *parameters, norm.eps)
    likeness = psnr(found, expected.numpy())
    assert likeness > 70


@pytest.mark.parametrize("name", ["naive", "without joined_projections", "without shared_heads", "without prefix"])
def test_every_text_encoder_equals_the_reference(pipeline: Pipeline, tmp_path: Path, name: str):
    assert worst(exported(pipeline, tmp_path, ("text_encoder",), rewrites=FORMULATIONS[name]), "text_encoder") > 90


@pytest.mark.parametrize("name", ["default", "without prefix"])
def test_a_shorter_text_encoder_makes_the_same_of_real_tokens(pipeline: Pipeline, tmp_path: Path, name: str):
    exporter = exported(pipeline, tmp_path, ("text_encoder",), rewrites=FORMULATIONS[name], text_buckets=(184, 176))
    inputs, _ = sample(exporter, Reference(pipeline, exporter.hooks), "text_encoder", batch=2)
    expected = run(exporter, "text_encoder", inputs)
    assert read_manifest(tmp_path)["text"]["buckets"] == [176, 184]
    for tokens in (176, 184):
        assert inputs["attention_mask"].sum(axis=1).max() < tokens
        short = {key: value[:, :tokens] if key != "frame" else value for key, value in inputs.items()}
        found = run(exporter, f"text_encoder_{tokens}", short)
        length = tokens - pipeline.dropped_tokens
        np.testing.assert_array_equal(found["embeddings_mask"], expected["embeddings_mask"][:, :length])
        real = expected["embeddings_mask"][:, :length, None]
        assert found["embeddings"].shape[1] == length
        assert psnr(found["embeddings"] * real, expected["embeddings"][:, :length] * real) > 90


def test_shorter_text_encoders_share_their_weights(pipeline: Pipeline, tmp_path: Path):
    exported(pipeline, tmp_path, ("text_encoder",), text_buckets=(176,))
    graphs = read_manifest(tmp_path)["graphs"]
    assert graphs["text_encoder"]["external_data"] == graphs["text_encoder_176"]["external_data"]
    assert [file.name for file in tmp_path.glob("*.data")] == ["text_encoder.data"]
    full, short = (_places(tmp_path / graphs[name]["file"]) for name in ("text_encoder", "text_encoder_176"))
    weights = {name for name in full if name.startswith("model.")}
    assert len(weights) > 40
    assert {name: short[name] for name in weights} == {name: full[name] for name in weights}
    data = (tmp_path / "text_encoder.data").read_bytes()
    places = sorted(set(full.values()) | set(short.values()))
    assert len({data[offset : offset + length] for offset, length in places}) == len(places)
    end = 0
    for offset, length in places:
        assert offset == -(-end // ALIGNMENT) * ALIGNMENT
        end = offset + length
    assert end == len(data)


def _places(file: Path) -> dict[str, tuple[int, int]]:
    """Offset and length of the initializers that lie outside of a graph."""
    tensors = onnx.load(file, load_external_data=False).graph.initializer
    entries = {tensor.name: {entry.key: entry.value for entry in tensor.external_data} for tensor in tensors}
    return {name: (int(entry["offset"]), int(entry["length"])) for name, entry in entries.items() if entry}


@pytest.mark.parametrize(
    ("graph", "name"), [("condition_encoder", "without joined_projections"), ("vae_decoder", "resized"), ("vae_decoder", "expanded")]
)
def test_every_picture_graph_equals_the_reference(pipeline: Pipeline, tmp_path: Path, graph: str, name: str):
    assert worst(exported(pipeline, tmp_path, (graph,), rewrites=FORMULATIONS[name]), graph) > 90


@pytest.mark.parametrize(
    ("graph", "precision", "bound"),
    [
        ("text_encoder", "bfloat16", 40),
        ("denoiser", "float16", 60),
        ("denoiser", "bfloat16", 45),
        ("condition_encoder", "float16", 60),
        ("condition_encoder", "bfloat16", 40),
        ("vae_encoder", "bfloat16", 40),
        ("vae_decoder", "bfloat16", 35),
        ("vae_encoder", "float16", 60),
        ("vae_decoder", "float16", 50),
    ],
)
def test_half_precisions_stay_near_the_reference(pipeline: Pipeline, tmp_path: Path, graph: str, precision: str, bound: float):
    rewrites = Rewrites.default(precision if graph == "denoiser" else "float32")
    exporter = exported(pipeline, tmp_path, (graph,), precisions={graph: precision}, rewrites=rewrites)
    assert worst(exporter, graph) > bound


@pytest.mark.parametrize("steps", [1, 2])
def test_a_bundle_restyles_as_the_released_code_does(pipeline: Pipeline, tmp_path: Path, steps: int):
    exporter = exported(pipeline, tmp_path, steps=steps)
    reference = Reference(pipeline, exporter.hooks)
    rng = np.random.default_rng(1)
    frames, anchors = (rng.integers(0, 256, (2, *FRAME, 3), dtype=np.uint8) for _ in range(2))
    flow = rng.normal(0, 3, (2, *FRAME, 2)).astype(np.float32)
    noise, strength = rng.normal(size=(2, *exporter.latents)).astype(np.float32), np.array([0.0, 0.8], np.float32)
    manifest = read_manifest(tmp_path)

    # The reference pads to 256 tokens, the bundle to fewer.
    embeddings, mask = reference.encode_prompts([PROMPT] * 2, frames)
    latents, conditions = reference.encode_frames(frames), reference.encode_conditions(anchors, flow)
    x = torch.from_numpy(noise)
    for pair in zip(exporter.sigmas, exporter.sigmas[1:], strict=False):
        x = reference.step(
            x, latents, embeddings, mask, sigmas=torch.tensor([pair] * 2), conditions=conditions, strength=torch.from_numpy(strength)
        )
    expected = reference.decode_latents(x)

    ids, attention = reference.tokenize([PROMPT] * 2, manifest["text"]["max_tokens"])
    text = run(exporter, "text_encoder", {"input_ids": ids.numpy(), "attention_mask": attention.numpy(), "frame": frames})
    given = run(exporter, "condition_encoder", {"anchor": anchors, "flow": flow})
    given |= text | {"reference_latents": run(exporter, "vae_encoder", {"frame": frames})["latents"], "strength": strength}
    found = noise
    sigmas = manifest["sampling"]["sigmas"]
    for pair in itertools.pairwise(sigmas):
        found = run(exporter, "denoiser", given | {"noise": found, "sigmas": np.array([pair] * 2, np.float32)})["latents"]
    frame = run(exporter, "vae_decoder", {"latents": found})["frame"]
    assert psnr(frame, expected, peak=255) >= 60
    assert frame.std() > 10


def test_without_an_adapter_the_conditions_and_their_strength_have_no_effect(saved: Path):
    pipeline = open_pipeline(saved / "pipeline", None, FRAME)
    exporter = exported(pipeline, saved / "bundle", hooks="none")
    reference = Reference(pipeline, {})
    anchor, _ = sample(exporter, reference, "condition_encoder", batch=2)
    conditions = run(exporter, "condition_encoder", anchor)
    manifest = read_manifest(saved / "bundle")["graphs"]
    assert manifest["condition_encoder"]["outputs"] == [{"name": "condition_1x1", "type": "float32", "shape": ["batch", 1, 1, 1]}]
    assert manifest["condition_encoder"]["outputs"][0] in manifest["denoiser"]["inputs"]
    inputs, _ = sample(exporter, reference, "denoiser", batch=2)
    on, off = (
        run(exporter, "denoiser", inputs | given)["latents"]
        for given in (conditions | {"strength": np.ones(2, np.float32)}, {"strength": np.zeros(2, np.float32)})
    )
    assert np.abs(next(iter(conditions.values()))).min() > 0
    np.testing.assert_array_equal(on, off)


def test_bytes_meet_nothing_but_casts(pipeline: Pipeline, tmp_path: Path):
    # TensorRT takes uint8 only as a network's input or output beside a Cast.
    for graph in ("text_encoder", "vae_encoder", "condition_encoder", "vae_decoder"):
        exported(pipeline, tmp_path, (graph,))
        model = onnx.load(tmp_path / f"{graph}.onnx", load_external_data=False).graph
        inputs = {value.name for value in model.input if value.type.tensor_type.elem_type == onnx.TensorProto.UINT8}
        outputs = {value.name for value in model.output if value.type.tensor_type.elem_type == onnx.TensorProto.UINT8}
        touching = [node.op_type for node in model.node if inputs & set(node.input) or outputs & set(node.output)]
        assert set(touching) == {"Cast"}


def test_the_manifest_names_every_file_with_its_hash(pipeline: Pipeline, tmp_path: Path):
    exported(pipeline, tmp_path)
    for graph in read_manifest(tmp_path)["graphs"].values():
        for file in [graph, *graph["external_data"]]:
            assert sha256(tmp_path / file["file"]) == file["sha256"]


def test_the_schedule_is_the_schedulers(pipeline: Pipeline):
    # 4 steps at 512x512: mu = 0.5 + (1024 - 256) * 0.66 / 3840, sigma' = e^mu / (e^mu + 1 / sigma - 1)
    mu = 0.5 + (64 * 64 // 4 - 256) * (1.16 - 0.5) / (4096 - 256)
    expected = [np.exp(mu) / (np.exp(mu) + 1 / sigma - 1) for sigma in (1.0, 0.75, 0.5, 0.25)]
    assert pipeline.sigmas(4, (512, 512)) == pytest.approx([*expected, 0.0], abs=1e-6)


def test_a_transposed_convolution_is_upsampling_and_convolution():
    weight, x = torch.randn(5, 4, 3, 3, dtype=torch.float64), torch.randn(2, 4, 6, 7, dtype=torch.float64)
    expected = torch.nn.functional.conv2d(torch.nn.functional.interpolate(x, scale_factor=2.0), weight, padding=1)
    found = torch.nn.functional.conv_transpose2d(x, upsampling_kernel(weight), stride=2, padding=1)
    torch.testing.assert_close(found, expected)


def write_with_save_pretrained(folder: Path) -> None:
    """What diffusers and transformers themselves write."""
    source = random_pipeline(5, **TINY, frame=FRAME)
    torch.manual_seed(0)
    write_pipeline(source, folder, folder / "adapter.safetensors")
    for name in ("unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        for file in (folder / name).iterdir():
            file.unlink()
    DreamLiteUNetModel(**TINY["unet"]).save_pretrained(folder / "unet")
    AutoencoderTiny(**TINY["vae"]).save_pretrained(folder / "vae")
    model = Qwen3VLForConditionalGeneration(source.text_config)
    model.save_pretrained(folder / "text_encoder", max_shard_size="300KB")
    PreTrainedTokenizerFast(tokenizer_object=source.tokenizer).save_pretrained(folder / "tokenizer")
    FlowMatchEulerDiscreteScheduler.from_config(source.scheduler.config).save_pretrained(folder / "scheduler")


def test_a_saved_pipeline_exports(tmp_path: Path):
    write_with_save_pretrained(tmp_path / "pipeline")
    assert len(list((tmp_path / "pipeline" / "text_encoder").glob("*.safetensors"))) > 1
    pipeline = open_pipeline(tmp_path / "pipeline", tmp_path / "pipeline" / "adapter.safetensors", FRAME)
    exporter = exported(pipeline, tmp_path / "bundle")
    assert len(exporter.hooks) == 10
    assert min(worst(exporter, graph) for graph in GRAPHS) > 90


def test_one_command_exports_the_published_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    write_pipeline(random_pipeline(5, **TINY, frame=FRAME), tmp_path / "pipeline", tmp_path / "adapter.safetensors", shard_bytes=200_000)
    arguments = ["--from", str(tmp_path / "pipeline"), "--lllite", str(tmp_path / "adapter.safetensors"), "--hooks", "all"]
    monkeypatch.setattr(sys, "argv", ["dreamlite", *arguments, "--out", str(tmp_path / "bundle"), "--frame", "96x64", "--golden"])
    main()
    assert "peak memory" in capsys.readouterr().out
    manifest = json.loads((tmp_path / "bundle" / "pipeline.json").read_text())
    assert manifest["frame"] == {"width": 96, "height": 64}
    assert manifest["licence"] == "CC-BY-NC-4.0"
    assert {"name": "oil painting", "prompt": "oil painting, vibrant colours"} in manifest["styles"]
    frame, output = (np.asarray(Image.open(tmp_path / "bundle" / manifest["golden"][name])) for name in ("frame", "output"))
    assert frame.shape == output.shape == (64, 96, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--random", "1", "--lllite", "adapter.safetensors"], "--lllite adapter.safetensors with --random, expected it with --from"),
        (["--from", "pipeline", "--size", "tiny"], "--size tiny with --from, expected it with --random"),
        (["--random", "1", "--size", "tiny", "--golden", "--graphs", "denoiser"], "--golden with --graphs denoiser, expected all graphs"),
        (["--random", "1", "--size", "tiny", "--block", "7"], "block 7, expected one of 0, 1, 2"),
        (["--random", "1", "--size", "tiny", "--max-batch", "0"], "--max-batch 0, expected at least 1"),
    ],
)
def test_arguments_that_would_be_passed_over_are_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "argv", ["dreamlite", *arguments, "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match=message):
        main()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    write_pipeline(random_pipeline(5, **TINY, frame=FRAME), tmp_path / "pipeline", tmp_path / "adapter.safetensors")
    return tmp_path


def _changed(file: Path, change) -> None:
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("conv_out.bias"), r"conv_out\.bias: missing, expected \[4\]"),
        (lambda t: t.update({"conv_out.bias": torch.zeros(5)}), r"conv_out\.bias: found \[5\], expected \[4\]"),
        (lambda t: t.update({"conv_out.gain": torch.zeros(5)}), r"conv_out\.gain: found \[5\], expected no such key"),
    ],
)
def test_a_wrong_weight_is_named(saved: Path, change, message: str):
    _changed(saved / "pipeline" / "unet" / "diffusion_pytorch_model.safetensors", change)
    with pytest.raises(ValueError, match=message):
        open_pipeline(saved / "pipeline", None, FRAME)


def test_an_adapter_of_another_model_is_refused(saved: Path):
    key = "modules_dict.down_blocks__0__attentions__0__transformer_blocks__0__attn2__to_q.up.0.weight"
    _changed(saved / "adapter.safetensors", lambda t: t.update({key: torch.zeros(7, 64)}))
    with pytest.raises(ValueError, match=r"up\.0\.weight: found \[7, 64\], expected \[32, 64\]"):
        open_pipeline(saved / "pipeline", saved / "adapter.safetensors", FRAME)


def test_one_odd_hook_is_named_and_no_other(saved: Path):
    first = min(load_file(saved / "adapter.safetensors"))
    odd = first.split(".")[1]

    def change(tensors: dict[str, torch.Tensor]) -> None:
        for part in ("down", "mid"):
            tensors[f"modules_dict.{odd}.{part}.0.weight"] = tensors[f"modules_dict.{odd}.{part}.0.weight"][:7].clone()

    _changed(saved / "adapter.safetensors", change)
    with pytest.raises(ValueError, match=rf"{odd}.down.0.weight: found \[7, ") as raised:
        open_pipeline(saved / "pipeline", saved / "adapter.safetensors", FRAME)
    assert str(raised.value).count("expected") == 2


@pytest.mark.parametrize(("hooks", "held"), [("all", 26), ("down_blocks", 0)])
def test_an_adapter_without_the_chosen_hooks_is_refused(saved: Path, hooks: str, held: int):
    def keep_others(tensors: dict[str, torch.Tensor]) -> None:
        for key in [key for key in tensors if "down_blocks" in key]:
            del tensors[key]

    _changed(saved / "adapter.safetensors", keep_others)
    opened = open_pipeline(saved / "pipeline", saved / "adapter.safetensors", FRAME)
    with pytest.raises(ValueError, match=rf"hooks '{hooks}': the adapter holds {held} of them and not down_blocks\..*, expected all"):
        BundleExporter(opened, ExportOptions(frame=FRAME, hooks=hooks), saved / "bundle")


def test_a_file_that_is_not_what_it_should_be_is_named(saved: Path):
    (saved / "adapter.safetensors").write_bytes(b"no weights")
    with pytest.raises(ValueError, match=r"adapter\.safetensors is no safetensors file"):
        open_pipeline(saved / "pipeline", saved / "adapter.safetensors", FRAME)
    (saved / "pipeline" / "vae" / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"vae/config\.json is no JSON"):
        open_pipeline(saved / "pipeline", None, FRAME)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("tokenizer/tokenizer.json", "{", r"tokenizer/tokenizer\.json is no tokenizer"),
        ("unet/a.safetensors.index.json", "{", r"unet/a\.safetensors\.index\.json is no JSON"),
        ("unet/a.safetensors.index.json", '{"metadata": {}}', r"index\.json: found \['metadata'\], expected weight_map"),
        ("unet/config.json", "[]", r"unet/config\.json holds a list, expected an object"),
    ],
)
def test_a_broken_file_is_named(saved: Path, file: str, content: str, message: str):
    (saved / "pipeline" / file).write_text(content)
    with pytest.raises(ValueError, match=message):
        open_pipeline(saved / "pipeline", None, FRAME)


def test_a_missing_file_is_named(saved: Path):
    (saved / "pipeline" / "vae" / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"vae/config\.json is missing; found .*safetensors"):
        open_pipeline(saved / "pipeline", None, FRAME)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frame": (60, 96)}, "frame 96x60, expected multiples of 32"),
        ({"max_tokens": 100}, "100 tokens, expected more than"),
        ({"text_buckets": (100,)}, "text bucket of 100 tokens, expected more than"),
        ({"text_buckets": (192,)}, "text bucket of 192 tokens, .* fewer than the largest 192"),
        ({"text_buckets": (180, 180)}, r"text buckets \[180, 180\], expected each once"),
        ({"hooks": "mid"}, "hook subset 'mid', expected one of"),
        (
            {"precisions": {"denoiser": "bfloat16"}, "rewrites": Rewrites(group_norm="instance")},
            "denoiser in bfloat16 with group_norm=instance, .* expected another group_norm",
        ),
        (
            {"precisions": {"vae_decoder": "bfloat16"}, "rewrites": Rewrites(upsampling="resize")},
            "vae_decoder in bfloat16 with upsampling=resize, .* expected another upsampling",
        ),
    ],
)
def test_impossible_options_are_refused(pipeline: Pipeline, tmp_path: Path, options: dict, message: str):
    with pytest.raises(ValueError, match=message):
        BundleExporter(pipeline, ExportOptions(**{"frame": FRAME} | options), tmp_path)
