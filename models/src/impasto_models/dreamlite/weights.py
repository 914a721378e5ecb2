"""Where weights come from: safetensors files, read one tensor at a time, or a seed."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

Shapes = dict[str, tuple[int, ...]]


class Weights(Protocol):
    """Named tensors, each read when asked for."""

    def tensor(self, key: str) -> Tensor:
        """The weight as a float32 tensor of its own."""


class RandomWeights:
    """Weights drawn from a seed: the same on every machine, each tensor by itself."""

    def __init__(self, shapes: Shapes, seed: int):
        self._shapes = shapes
        self._seed = seed

    def tensor(self, key: str) -> Tensor:
        shape = self._shapes[key]
        digest = hashlib.sha256(f"{self._seed}/{key}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "little"))
        drawn = torch.randn(shape, generator=generator)
        if len(shape) == 1:
            return drawn.mul_(0.05).add_(1.0) if key.endswith("weight") else drawn.mul_(0.02)
        if "embed_tokens" in key or "pos_embed" in key:
            return drawn.mul_(0.1)
        return drawn.div_(math.sqrt(math.prod(shape[1:])))


class SafetensorsWeights:
    """The tensors of one or more safetensors files, checked against the shapes that the model needs.

    Raises `ValueError` that names the first keys that are missing, unknown or of another shape.
    """

    def __init__(self, files: list[Path], shapes: Shapes, ignored: tuple[str, ...] = ()):
        self._places: dict[str, Path] = {}
        found: Shapes = {}
        for file in files:
            shapes_there = {key: shape for key, shape in stored_shapes(file).items() if key not in ignored}
            found |= shapes_there
            self._places |= dict.fromkeys(shapes_there, file)
        _compare(found, shapes, ", ".join(str(file) for file in files))

    def tensor(self, key: str) -> Tensor:
        with safe_open(self._places[key], framework="pt") as opened:
            return opened.get_tensor(key).float()


def stored_shapes(file: Path) -> Shapes:
    """Keys and shapes in a safetensors file; raises `ValueError` where it is none."""
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing, expected a safetensors file")
    try:
        with safe_open(file, framework="pt") as opened:
            return {key: tuple(opened.get_slice(key).get_shape()) for key in opened.keys()}  # noqa: SIM118 - not a dict
    except SafetensorError as error:
        raise ValueError(f"{file} is no safetensors file: {error}") from error


def _compare(found: Shapes, expected: Shapes, where: str) -> None:
    problems = [f"{key}: missing, expected {list(expected[key])}" for key in sorted(expected.keys() - found.keys())]
    problems += [f"{key}: found {list(found[key])}, expected no such key" for key in sorted(found.keys() - expected.keys())]
    problems += [
        f"{key}: found {list(found[key])}, expected {list(expected[key])}"
        for key in sorted(expected.keys() & found.keys())
        if found[key] != expected[key]
    ]
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ValueError(f"weights in {where}: " + "; ".join(problems[:5]) + more)


def read_json(file: Path) -> dict:
    """The object in a JSON file; raises `FileNotFoundError` or `ValueError` that names it."""
    if not file.is_file():
        beside = sorted(entry.name for entry in file.parent.iterdir()) if file.parent.is_dir() else "no such folder"
        raise FileNotFoundError(f"{file} is missing; found in {file.parent}: {beside}")
    try:
        content = json.loads(file.read_text())
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{file} holds a {type(content).__name__}, expected an object")
    return content


def _weight_map(index: Path) -> dict[str, str]:
    content = read_json(index)
    places = content.get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise ValueError(f"{index}: found {sorted(content)}, expected weight_map, the file of every key")
    return places


def safetensors_files(folder: Path) -> list[Path]:
    """The weight files of a component folder: those that its index names, or the one file there is."""
    indexes = sorted(folder.glob("*.safetensors.index.json"))
    if indexes:
        names = sorted(set(_weight_map(indexes[0]).values()))
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(f"{indexes[0]} names {', '.join(missing)}, which {folder} does not have")
        return [folder / name for name in names]
    files = sorted(folder.glob("*.safetensors"))
    if len(files) != 1:
        names = [file.name for file in files] or [entry.name for entry in sorted(folder.iterdir())]
        raise FileNotFoundError(f"{folder} holds {names}, expected one *.safetensors or several with an index")
    return files
