"""The temporal adapter: which linears it hooks, and the graph that encodes its conditions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers.models.unets.unet_dreamlite import DreamLiteUNetModel
from torch import Tensor, nn

from impasto_models.dreamlite.weights import Shapes
from impasto_models.dreamlite.writer import GraphWriter

SUBSETS = ("all", "down_blocks", "none")
HOOKED = ("attn1.to_q", "attn1.to_k", "attn1.to_v", "attn2.to_q")
PREFIX = "modules_dict"
UNHOOKED = "condition_1x1"
"""Without hooks the condition encoder's one output, float [B, 1, 1, 1], as every graph needs one: the moved anchor's mean, which
the denoiser takes and whose share in the latents is nothing."""


@dataclass(frozen=True)
class Hook:
    """One ControlNet-LLLite module of otanl/dreamlite-lllite (``lllite.py``).

    ``target`` is the hooked linear, ``key`` where the weights of the hook are, ``height`` and ``width`` the tokens of the
    left half at that linear, ``in_features`` its input's channels.
    """

    target: str
    key: str
    height: int
    width: int
    in_features: int
    condition_channels: int
    inner_channels: int
    stride: int

    @property
    def convolutions(self) -> list[tuple[str, int, int, int]]:
        """Key, inputs, outputs and stride of the condition encoder's layers, which do not overlap; ReLU between them."""
        strides = []
        remaining = self.stride
        while remaining > 1:
            strides.append(4 if remaining % 4 == 0 else 2)
            remaining //= strides[-1]
        half, layers, width = self.condition_channels // 2, [], 3
        for index, stride in enumerate(strides):
            outputs = self.condition_channels if index == len(strides) - 1 else half
            layers.append((f"{self.key}.conditioning1.{2 * index}", width, outputs, stride))
            width = outputs
        return layers


def find_hooks(
    unet: DreamLiteUNetModel, latents: tuple[int, int], downsampling: int, condition_channels: int = 32, inner_channels: int = 64
) -> dict[str, Hook]:
    """All hooks of a UNet by target, for latents of (height, width) and the VAE's ``downsampling``."""
    levels = len(unet.down_blocks)
    hooks = {}
    for name, module in unet.named_modules():
        if not (isinstance(module, nn.Linear) and name.endswith(HOOKED)):
            continue
        place, index = name.split(".")[:2]
        level = {"down_blocks": lambda i: i, "up_blocks": lambda i: levels - 1 - i}.get(place, lambda _: levels - 1)(
            int(index) if index.isdigit() else 0
        )
        hooks[name] = Hook(
            target=name,
            key=f"{PREFIX}.{name.replace('.', '__')}",
            height=latents[0] >> level,
            width=latents[1] >> level,
            in_features=module.in_features,
            condition_channels=condition_channels,
            inner_channels=inner_channels,
            stride=downsampling << level,
        )
    return hooks


def subset_of(hooks: dict[str, Hook], subset: str) -> dict[str, Hook]:
    if subset not in SUBSETS:
        raise ValueError(f"hook subset {subset!r}, expected one of {', '.join(SUBSETS)}")
    return {name: hook for name, hook in hooks.items() if subset == "all" or (subset != "none" and name.startswith(subset))}


def hook_shapes(hooks: dict[str, Hook]) -> Shapes:
    """Keys and shapes of the weights, as the safetensors file has them."""
    shapes: Shapes = {}
    for hook in hooks.values():
        inner, merged = hook.inner_channels, hook.inner_channels + hook.condition_channels
        linears = {"down": (inner, hook.in_features), "mid": (inner, merged), "up": (hook.in_features, inner)}
        for part, shape in linears.items():
            shapes[f"{hook.key}.{part}.0.weight"] = shape
            shapes[f"{hook.key}.{part}.0.bias"] = shape[:1]
        for key, inputs, outputs, stride in hook.convolutions:
            shapes[f"{key}.weight"] = (outputs, inputs, stride, stride)
            shapes[f"{key}.bias"] = (outputs,)
    return shapes


def emit_condition_encoder(g: GraphWriter, hooks: dict[str, Hook], frame: tuple[int, int], element: str, *, together: bool = True) -> None:
    """Anchor and flow -> packed conditions, or `UNHOOKED` without hooks; frames of (height, width).

    ``together`` makes one convolution of all hooks' layers of the same place, grouped by hook behind the first.
    """
    height, width = frame
    anchor = g.input("anchor", "uint8", ("batch", height, width, 3))
    flow = g.input("flow", "float32", ("batch", height, width, 2))
    picture = g.cast(emit_warp(g, emit_picture(g, anchor, "float32"), flow, height, width), g.precision)
    for size, group in _by_size(hooks).items():
        packed = _encode_together(g, picture, group) if together else _encode_apart(g, picture, group)
        shape = ("batch", len(group), size[0] * size[1], group[0].condition_channels)
        g.output(packed, f"condition_{size[1]}x{size[0]}", element, shape)
    if not hooks:
        g.output(g.reduce_mean(picture, 1, 2, 3), UNHOOKED, element, ("batch", 1, 1, 1))


def emit_nothing(g: GraphWriter, condition: str, strength: str) -> str:
    """Zero [B, 1, 1, 1] in float32, from a condition of that shape and ``strength`` [B], so that a compiler keeps both inputs.

    One of relu(c) and relu(-c) is always zero.
    """
    condition = g.cast(condition, "float32")
    zero = g.op("Mul", g.op("Relu", condition), g.op("Relu", g.op("Neg", condition)))
    return g.op("Mul", zero, g.reshape(strength, -1, 1, 1, 1))


def _by_size(hooks: dict[str, Hook]) -> dict[tuple[int, int], list[Hook]]:
    groups: dict[tuple[int, int], list[Hook]] = {}
    for hook in hooks.values():
        groups.setdefault((hook.height, hook.width), []).append(hook)
    return groups


def _encode_together(g: GraphWriter, picture: str, hooks: list[Hook]) -> str:
    x, first = picture, hooks[0]
    for layer, (_, _, _, stride) in enumerate(first.convolutions):
        keys = [hook.convolutions[layer][0] for hook in hooks]
        weight, bias = (
            g.store(f"{first.width}x{first.height}.{layer}.{part}", torch.cat([g.weights.tensor(f"{key}.{part}") for key in keys]))
            for part in ("weight", "bias")
        )
        x = g.op("Relu", x) if layer else x
        x = g.op("Conv", x, weight, bias, kernel_shape=[stride] * 2, strides=[stride] * 2, group=len(hooks) if layer else 1)
    x = g.reshape(x, 0, len(hooks), first.condition_channels, first.height * first.width)
    return g.transpose(x, 0, 1, 3, 2)


def _encode_apart(g: GraphWriter, picture: str, hooks: list[Hook]) -> str:
    parts = []
    for hook in hooks:
        x = picture
        for layer, (key, _, _, stride) in enumerate(hook.convolutions):
            x = g.op("Relu", x) if layer else x
            weights = g.weight(f"{key}.weight"), g.weight(f"{key}.bias")
            x = g.op("Conv", x, *weights, kernel_shape=[stride] * 2, strides=[stride] * 2)
        x = g.reshape(x, 0, 1, hook.condition_channels, hook.height * hook.width)
        parts.append(g.transpose(x, 0, 1, 3, 2))
    return parts[0] if len(parts) == 1 else g.concat(*parts, axis=1)


def emit_picture(g: GraphWriter, frame: str, element: str) -> str:
    """Frame uint8 [B, H, W, 3] -> picture [B, 3, H, W] in -1..1.

    The Cast comes first, as TensorRT takes uint8 nowhere else.
    """
    picture = g.transpose(g.cast(frame, "float32"), 0, 3, 1, 2)
    picture = g.op("Sub", g.op("Div", picture, g.constant(127.5, "float32")), g.constant(1.0, "float32"))
    return g.cast(picture, element)


def emit_warp(g: GraphWriter, picture: str, flow: str, height: int, width: int) -> str:
    """Samples ``picture`` at x - flow, bilinear, borders repeated."""
    grid = pixel_grid(height, width)
    last = torch.tensor([width - 1, height - 1], dtype=torch.float32)
    pixels = g.op("Sub", g.constant(grid, "float32"), flow)
    place = g.op("Sub", g.op("Mul", pixels, g.constant(2.0 / last, "float32")), g.constant(1.0, "float32"))
    return g.op("GridSample", picture, place, align_corners=1, mode="bilinear", padding_mode="border")


def pixel_grid(height: int, width: int) -> Tensor:
    """(x, y) of every pixel, float32 [H, W, 2]."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([columns, rows], dim=-1).float()
