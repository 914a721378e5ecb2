"""The five graphs of a bundle as modules, pre- and post-processing inside (``docs/bundle.md``).

A graph holds the trained parts under the attribute names of `Networks`, so its parameters keep their state-dict names.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from impasto_models.networks import ModelSize, Networks

BATCH = "batch"


@dataclass(frozen=True)
class TensorSpec:
    """A graph's input or output: its name, element type as in the manifest, and shape with ``batch`` first."""

    name: str
    type: str
    shape: tuple[str | int, ...]


def to_picture(frame: Tensor) -> Tensor:
    """Frame uint8 [B, H, W, 3] -> picture float [B, 3, H, W] in -1..1; the cast comes first, as TensorRT takes uint8 nowhere else."""
    return frame.to(torch.float32).permute(0, 3, 1, 2) / 127.5 - 1.0


def to_frame(picture: Tensor) -> Tensor:
    """Picture float [B, 3, H, W] -> frame uint8 [B, H, W, 3], rounded half to even; the cast comes last."""
    levels = (picture.clamp(-1.0, 1.0) * 127.5 + 127.5).round()
    return levels.permute(0, 2, 3, 1).to(torch.uint8)


def antialiased_resize_matrix(source: int, target: int) -> Tensor:
    """Rows are the bilinear, antialiased weights of each target pixel: float [target, source].

    The triangle of ``torch.nn.functional.interpolate(mode="bilinear", antialias=True)``, which is Pillow's.
    """
    scale = source / target
    centres = (torch.arange(target, dtype=torch.float64) + 0.5) * scale
    distance = (torch.arange(source, dtype=torch.float64)[None] + 0.5 - centres[:, None]).abs()
    weights = (1.0 - distance / max(scale, 1.0)).clamp(min=0.0)
    return (weights / weights.sum(dim=1, keepdim=True)).to(torch.float32)


class TextEncoderGraph(nn.Module):
    """Prompt and frame -> embeddings, without the template's constant prefix."""

    def __init__(self, networks: Networks):
        super().__init__()
        self.text_encoder = networks.text_encoder
        resize = antialiased_resize_matrix(networks.size.frame, networks.size.text.image_pixels)
        self.register_buffer("resize", resize, persistent=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, frame: Tensor) -> tuple[Tensor, Tensor]:
        picture = self.resize @ to_picture(frame) @ self.resize.T
        embeddings = self.text_encoder(input_ids, attention_mask, picture)
        return embeddings, attention_mask[:, -embeddings.shape[1] :]


class VaeEncoderGraph(nn.Module):
    """Frame -> latents."""

    def __init__(self, networks: Networks):
        super().__init__()
        self.autoencoder = nn.ModuleDict({"encoder": networks.autoencoder.encoder})
        self.scaling = networks.size.autoencoder.scaling

    def forward(self, frame: Tensor) -> Tensor:
        return self.autoencoder["encoder"](to_picture(frame)) * self.scaling


class VaeDecoderGraph(nn.Module):
    """Latents -> frame."""

    def __init__(self, networks: Networks):
        super().__init__()
        self.autoencoder = nn.ModuleDict({"decoder": networks.autoencoder.decoder})
        self.scaling = networks.size.autoencoder.scaling

    def forward(self, latents: Tensor) -> Tensor:
        return to_frame(self.autoencoder["decoder"](latents / self.scaling))


class ConditionEncoderGraph(nn.Module):
    """A stream's last stylized frame, warped to this frame, -> the packed conditions of every resolution."""

    def __init__(self, networks: Networks):
        super().__init__()
        self.adapter = networks.adapter
        self.autoencoder = nn.ModuleDict({"encoder": networks.autoencoder.encoder})  # the adapter's, by its name

    def forward(self, anchor: Tensor, flow: Tensor) -> tuple[Tensor, ...]:
        picture = warp(to_picture(anchor), flow, self.adapter.warp_mode)
        return tuple(self.adapter.encode(picture, side) for side in self.adapter.sides)


def warp(picture: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """Samples ``picture`` [B, 3, H, W] in -1..1 at x - flow [B, H, W, 2] (x, y in pixels), borders repeated.

    ``mode``: "bilinear" or "bicubic".
    """
    height, width = picture.shape[2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    pixels = torch.stack([columns, rows], dim=-1).to(flow) - flow
    last = torch.tensor([width - 1, height - 1], dtype=flow.dtype, device=flow.device)
    moved = F.grid_sample(picture, pixels * (2.0 / last) - 1.0, mode=mode, padding_mode="border", align_corners=True)
    return moved.clamp(-1.0, 1.0) if mode == "bicubic" else moved


class DenoiserGraph(nn.Module):
    """One Euler step from sigma to the next, on the velocity (noise - predicted sample) / sigma."""

    def __init__(self, networks: Networks):
        super().__init__()
        self.unet = networks.unet
        self.adapter = networks.adapter
        self._predict = networks.predict

    def forward(
        self,
        noise: Tensor,
        reference_latents: Tensor,
        embeddings: Tensor,
        embeddings_mask: Tensor,
        *conditions_strength_sigmas: Tensor,
    ) -> Tensor:
        *conditions, strength, sigmas = conditions_strength_sigmas
        sigma, next_sigma = sigmas[:, 0], sigmas[:, 1]
        packed = dict(zip(self.adapter.sides, conditions, strict=True))
        with self.adapter.applied(self.unet, packed, strength, reference_latents):
            sample = self._predict(noise, reference_latents, embeddings, embeddings_mask, sigma)
        step = ((next_sigma - sigma) / sigma)[:, None, None, None]
        return noise + step * (noise - sample)


@dataclass(frozen=True)
class Graph:
    """One graph of a bundle: its module, and its inputs and outputs in the order of the module's forward pass."""

    name: str
    module: nn.Module
    inputs: list[TensorSpec]
    outputs: list[TensorSpec]


def bundle_graphs(networks: Networks) -> list[Graph]:
    """The five graphs over ``networks``, sharing its parameters."""
    size = networks.size
    frame = ("uint8", (BATCH, size.frame, size.frame, 3))
    latents = ("float32", (BATCH, *size.latent_shape))
    tokens = ("int64", (BATCH, size.text.max_tokens))
    embeddings = [
        TensorSpec("embeddings", "float32", (BATCH, size.text.embedding_length, size.text.hidden)),
        TensorSpec("embeddings_mask", "int64", (BATCH, size.text.embedding_length)),
    ]
    conditions = condition_specs(networks)
    return [
        Graph(
            "text_encoder",
            TextEncoderGraph(networks),
            [TensorSpec("input_ids", *tokens), TensorSpec("attention_mask", *tokens), TensorSpec("frame", *frame)],
            embeddings,
        ),
        Graph("vae_encoder", VaeEncoderGraph(networks), [TensorSpec("frame", *frame)], [TensorSpec("latents", *latents)]),
        Graph(
            "condition_encoder",
            ConditionEncoderGraph(networks),
            [TensorSpec("anchor", *frame), TensorSpec("flow", "float32", (BATCH, size.frame, size.frame, 2))],
            conditions,
        ),
        Graph(
            "denoiser",
            DenoiserGraph(networks),
            [
                TensorSpec("noise", *latents),
                TensorSpec("reference_latents", *latents),
                *embeddings,
                *conditions,
                TensorSpec("strength", "float32", (BATCH,)),
                TensorSpec("sigmas", "float32", (BATCH, 2)),
            ],
            [TensorSpec("latents", *latents)],
        ),
        Graph("vae_decoder", VaeDecoderGraph(networks), [TensorSpec("latents", *latents)], [TensorSpec("frame", *frame)]),
    ]


def condition_specs(networks: Networks) -> list[TensorSpec]:
    adapter = networks.adapter
    return [
        TensorSpec(f"condition_{side}x{side}", "float32", (BATCH, side * side, adapter.condition_channels(side))) for side in adapter.sides
    ]


def example_inputs(graph: Graph, size: ModelSize, batch: int, seed: int = 0) -> dict[str, Tensor]:
    """Random inputs of the right names, types, shapes and ranges, for export, checks and timing."""
    generator = torch.Generator().manual_seed(seed)
    return {spec.name: _example(spec, size, batch, generator) for spec in graph.inputs}


def _example(spec: TensorSpec, size: ModelSize, batch: int, generator: torch.Generator) -> Tensor:
    shape = (batch, *spec.shape[1:])
    if spec.type == "uint8":
        return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    if spec.name == "input_ids":
        return torch.randint(0, size.text.vocabulary, shape, generator=generator)
    if spec.type == "int64":
        lengths = torch.randint(size.text.image_tokens + 4, shape[1] + 1, (batch, 1), generator=generator)
        return (torch.arange(shape[1])[None] < lengths).to(torch.int64)
    if spec.name == "sigmas":
        return torch.tensor([[1.0, 0.0], [0.75, 0.25]]).repeat(batch, 1)[:batch]
    if spec.name == "strength":
        return torch.rand(shape, generator=generator)
    return torch.randn(shape, generator=generator) * (4.0 if spec.name == "flow" else 1.0)
