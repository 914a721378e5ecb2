"""Graphs of nano as this package formulates those of DreamLite: to compare formulations on weights that were trained.

nano's own graphs are traced (`impasto_models.export`). A hook on the output is one formulation everywhere, and left out here.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tokenizers import Tokenizer
from torch import Tensor

from impasto_models.dreamlite.adapter import Hook
from impasto_models.dreamlite.pipeline import on_meta
from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.dreamlite.text_encoder import TextEncoderGraph, TextShapes
from impasto_models.dreamlite.unet import DenoiserShapes, emit_denoiser
from impasto_models.dreamlite.writer import GraphWriter
from impasto_models.networks import PREFIX_TOKENS, Networks, make_unet
from impasto_models.tokenization import prompt_template


def without_output_hook(networks: Networks) -> Networks:
    """The same networks, less the adapter's hook on the output."""
    if not networks.size.adapter.output:
        return networks
    plain = Networks(dataclasses.replace(networks.size, adapter=dataclasses.replace(networks.size.adapter, output=False)))
    state = networks.state_dict()
    plain.load_state_dict({name: state[name] for name in plain.state_dict()})
    return plain.eval()


def hooks(networks: Networks) -> dict[str, Hook]:
    """The adapter's hooks in the down blocks, by target."""
    size, found = networks.size, {}
    for side, targets in networks.adapter.targets.items():
        for target in targets:
            key = target.replace(".", "__")
            found[target] = Hook(
                target=target,
                key=f"adapter.hooks.{key}",
                height=side,
                width=side,
                in_features=networks.adapter.hooks[key].down[0].in_features,
                condition_channels=size.adapter.condition,
                inner_channels=size.adapter.inner,
                stride=size.frame // side,
            )
    return found


def write_denoiser(
    networks: Networks, folder: Path, rewrites: Rewrites, *, hooked: dict[str, Hook] | None = None, float8: bool = False
) -> None:
    """``denoiser.onnx`` in float32, with these hooks, by default none; with ``float8`` but for its products."""
    size = networks.size
    shapes = DenoiserShapes(
        latents=size.latent_shape,
        text_length=size.text.embedding_length,
        text_dimension=size.text.hidden,
        element="float32",
        schedule=[1.0],
        time_ids=(size.frame, size.frame),
        side_by_side=False,
        predicts_sample=True,
    )
    g = GraphWriter("denoiser", "float32", _StateWeights(networks), folder, float8=float8)
    emit_denoiser(g, on_meta(lambda: make_unet(size)), hooked or {}, rewrites, shapes)
    g.finish()


def write_text_encoder(networks: Networks, tokenizer: Tokenizer, folder: Path, *, float8: bool = False) -> None:
    """``text_encoder.onnx`` in float32; with ``float8`` but for its products."""
    size = networks.size
    template = tokenizer.encode(prompt_template(size.text).replace("{prompt}", ""), add_special_tokens=False)
    shapes = TextShapes(
        frame=(size.frame, size.frame),
        image_pixels=size.text.image_pixels,
        max_tokens=size.text.max_tokens,
        dropped=PREFIX_TOKENS,
        prefix_ids=tuple(template.ids[:PREFIX_TOKENS]),
        element="float32",
    )
    g = GraphWriter("text_encoder", "float32", _StateWeights(networks), folder, float8=float8)
    TextEncoderGraph(g, networks.text_encoder.model.config, shapes, Rewrites()).emit()
    g.finish()


class _StateWeights:
    """A network's own weights under the names of the UNet, of the adapter and of the text encoder."""

    def __init__(self, networks: Networks):
        self._state = networks.state_dict()

    def tensor(self, key: str) -> Tensor:
        parts = {"adapter.": "", "model.": "text_encoder."}
        prefix = next((prefix for start, prefix in parts.items() if key.startswith(start)), "unet.")
        return self._state[prefix + key].float()
