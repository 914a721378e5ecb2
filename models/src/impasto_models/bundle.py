"""Reading and writing a bundle's manifest, ``pipeline.json`` (``docs/bundle.md``)."""

import hashlib
import json
from pathlib import Path

from impasto_models.graphs import Graph, TensorSpec
from impasto_models.networks import ModelSize

MANIFEST = "pipeline.json"
TOKENIZER = "tokenizer.json"
NEUTRAL_RGB = (128, 128, 128)
DEFAULT_SEED = 42


def make_manifest(
    *,
    name: str,
    version: str,
    description: str,
    size: ModelSize,
    graphs: list[Graph],
    template: str,
    pad_token_id: int,
    styles: list[dict],
    training: dict,
) -> dict:
    channels, height, width = size.latent_shape
    return {
        "format": 1,
        "name": name,
        "version": version,
        "family": "dreamlite",
        "licence": "Apache-2.0",
        "description": description,
        "frame": {"width": size.frame, "height": size.frame},
        "latents": {"channels": channels, "height": height, "width": width},
        "text": {
            "template": template,
            "max_tokens": size.text.max_tokens,
            "pad_token_id": pad_token_id,
            "embedding": {"length": size.text.embedding_length, "dimension": size.text.hidden},
            "neutral_frame": {"rgb": list(NEUTRAL_RGB)},
        },
        "sampling": {"sigmas": [1.0, 0.0]},
        "noise": {"generator": "philox4x32-10", "default_seed": DEFAULT_SEED},
        "batch": {"max": 16},
        "graphs": describe_graphs(graphs),
        "styles": styles,
        "training": training,
    }


def describe_graphs(graphs: list[Graph]) -> dict[str, dict]:
    """The manifest's ``graphs``, hashes still empty."""
    return {graph.name: _describe(graph) for graph in graphs}


def _describe(graph: Graph) -> dict:
    return {
        "file": f"{graph.name}.onnx",
        "sha256": "",
        "inputs": [_tensor(spec) for spec in graph.inputs],
        "outputs": [_tensor(spec) for spec in graph.outputs],
    }


def _tensor(spec: TensorSpec) -> dict:
    return {"name": spec.name, "type": spec.type, "shape": list(spec.shape)}


def write_manifest(folder: Path, manifest: dict) -> None:
    """Writes the manifest with the SHA-256 of the graphs that lie in ``folder``."""
    for graph in manifest["graphs"].values():
        graph["sha256"] = sha256(folder / graph["file"])
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> dict:
    return json.loads((folder / MANIFEST).read_text())


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
