"""Training states on disk, split into files of a few megabytes."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from impasto_models.bundle import TOKENIZER
from impasto_models.networks import ModelSize, Networks

_PART_BYTES = 15 * 2**20


def save_checkpoint(folder: Path, networks: Networks, state: dict[str, Tensor]) -> None:
    """Writes ``state``, a state dict of ``networks``, as ``weights-N.safetensors`` beside ``size.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "size.json").write_text(json.dumps(networks.size.to_dict()))
    for number, part in enumerate(_parts(state)):
        save_file(part, folder / f"weights-{number}.safetensors")


def _parts(state: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    parts: list[dict[str, Tensor]] = [{}]
    room = _PART_BYTES
    for name, tensor in state.items():
        if tensor.nbytes > room and parts[-1]:
            parts.append({})
            room = _PART_BYTES
        parts[-1][name] = tensor.detach().cpu().contiguous()
        room -= tensor.nbytes
    return parts


def load_checkpoint(folder: Path) -> Networks:
    networks = Networks(ModelSize.from_dict(json.loads((folder / "size.json").read_text())))
    state = {name: tensor for file in sorted(folder.glob("weights-*.safetensors")) for name, tensor in load_file(file).items()}
    networks.load_state_dict(state)
    return networks


def load_tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / TOKENIZER))
