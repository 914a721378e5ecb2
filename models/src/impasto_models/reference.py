"""The PyTorch reference of a bundle, rebuilt from its files alone.

A graph's metadata holds the model's sizes, its initializers hold the weights under their state-dict names.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from impasto_models.bundle import read_manifest
from impasto_models.export import ALIASES_KEY, SIZE_KEY
from impasto_models.networks import ModelSize, Networks


def load_networks(folder: Path) -> Networks:
    """The networks of the bundle in ``folder``, float32, in evaluation mode."""
    models = [onnx.load(folder / graph["file"]) for graph in read_manifest(folder)["graphs"].values()]
    networks = Networks(ModelSize.from_dict(json.loads(_metadata(models[0])[SIZE_KEY])))
    weights: dict[str, np.ndarray] = {}
    for model in models:
        initializers = {initializer.name: initializer for initializer in model.graph.initializer}
        aliases = {name: name for name in initializers} | json.loads(_metadata(model)[ALIASES_KEY])
        weights |= {name: numpy_helper.to_array(initializers[stored]) for name, stored in aliases.items()}
    state = {}
    for name, expected in networks.state_dict().items():
        if name not in weights:
            raise KeyError(f"{folder} has no weight {name}")
        if weights[name].shape != tuple(expected.shape):
            raise ValueError(f"{name} in {folder} has shape {weights[name].shape}, expected {tuple(expected.shape)}")
        state[name] = torch.from_numpy(weights[name].astype(np.float32))
    networks.load_state_dict(state)
    return networks.eval()


def _metadata(model: onnx.ModelProto) -> dict[str, str]:
    return {entry.key: entry.value for entry in model.metadata_props}
