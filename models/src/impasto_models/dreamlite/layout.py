"""Writes a pipeline with weights from a seed in the layout of the published one, to rehearse exporting that.

``python -m impasto_models.dreamlite.layout --random 1 --out PIPELINE --lllite ADAPTER.safetensors`` makes all of the
published size, about 5 GiB; `impasto_models.dreamlite --from PIPELINE --lllite ADAPTER.safetensors` exports it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import __version__ as diffusers_version
from safetensors.torch import save_file
from torch import Tensor

from impasto_models.dreamlite.adapter import hook_shapes
from impasto_models.dreamlite.pipeline import SIZES, Pipeline, random_pipeline, shapes_of, text_encoder_shapes
from impasto_models.dreamlite.weights import Shapes, Weights

COMPONENTS = {
    "processor": ["transformers", "Qwen3VLProcessor"],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "Qwen3VLForConditionalGeneration"],
    "tokenizer": ["transformers", "Qwen2TokenizerFast"],
    "unet": ["diffusers", "DreamLiteUNetModel"],
    "vae": ["diffusers", "AutoencoderTiny"],
}


def write_pipeline(pipeline: Pipeline, folder: Path, adapter: Path | None, *, shard_bytes: int = 2**30) -> None:
    """Writes every component of ``pipeline`` in bfloat16, weights in shards of about ``shard_bytes``, and the adapter's file."""
    index = {"_class_name": "DreamLiteMobilePipeline", "_diffusers_version": diffusers_version, **COMPONENTS}
    _write_json(folder / "model_index.json", index)
    for name, network, weights in (("unet", pipeline.unet, pipeline.unet_weights), ("vae", pipeline.vae, pipeline.vae_weights)):
        network.save_config(folder / name)
        _write_weights(folder / name, "diffusion_pytorch_model", shapes_of(network), weights, shard_bytes)
    pipeline.scheduler.save_config(folder / "scheduler")
    (folder / "text_encoder").mkdir(parents=True, exist_ok=True)
    pipeline.text_config.to_json_file(folder / "text_encoder" / "config.json", use_diff=False)
    _write_weights(folder / "text_encoder", "model", text_encoder_shapes(pipeline.text_config), pipeline.text_weights, shard_bytes)
    for name in ("tokenizer", "processor"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        pipeline.tokenizer.save(str(folder / name / "tokenizer.json"))
    vision = pipeline.text_config.vision_config
    image = {"image_mean": pipeline.image_mean, "image_std": pipeline.image_std}
    image |= {"patch_size": vision.patch_size, "merge_size": vision.spatial_merge_size}
    _write_json(folder / "processor" / "preprocessor_config.json", {"image_processor_type": "Qwen2VLImageProcessorFast", **image})
    if adapter is not None:
        adapter.parent.mkdir(parents=True, exist_ok=True)
        shapes = hook_shapes(pipeline.hooks)
        save_file({key: pipeline.adapter_weights.tensor(key).to(torch.bfloat16) for key in shapes}, adapter)


def _write_weights(folder: Path, name: str, shapes: Shapes, weights: Weights, shard_bytes: int) -> None:
    shards = _shards(shapes, shard_bytes)
    files = (
        [f"{name}.safetensors"]
        if len(shards) == 1
        else [f"{name}-{i + 1:05d}-of-{len(shards):05d}.safetensors" for i in range(len(shards))]
    )
    for file, keys in zip(files, shards, strict=True):
        save_file(dict(_tensors(weights, keys)), folder / file, {"format": "pt"})
    if len(shards) > 1:
        places = {key: file for file, keys in zip(files, shards, strict=True) for key in keys}
        total = 2 * sum(torch.Size(shape).numel() for shape in shapes.values())
        _write_json(folder / f"{name}.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": places})


def _shards(shapes: Shapes, shard_bytes: int) -> list[list[str]]:
    shards: list[list[str]] = [[]]
    size = 0
    for key, shape in shapes.items():
        bytes_ = 2 * torch.Size(shape).numel()
        if shards[-1] and size + bytes_ > shard_bytes:
            shards.append([])
            size = 0
        shards[-1].append(key)
        size += bytes_
    return shards


def _tensors(weights: Weights, keys: list[str]) -> Iterator[tuple[str, Tensor]]:
    for key in keys:
        yield key, weights.tensor(key).to(torch.bfloat16).contiguous()


def _write_json(file: Path, content: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m impasto_models.dreamlite.layout", description=__doc__.splitlines()[0])
    parser.add_argument("--random", type=int, default=1, metavar="SEED")
    parser.add_argument("--size", choices=SIZES, default="published")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--lllite", type=Path, metavar="FILE", help="also write adapter weights")
    arguments = parser.parse_args()
    write_pipeline(random_pipeline(arguments.random, **SIZES[arguments.size]), arguments.out, arguments.lllite)


if __name__ == "__main__":
    main()
