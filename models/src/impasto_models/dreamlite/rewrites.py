"""The rewrites that the graphs are formulated with, each of which can be switched off."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True)
class Rewrites:
    """How the same arithmetic is spelled. The defaults are what ships; `naive` is what tracing the published code gives."""

    pointwise_products: bool = True
    """1x1 convolutions are products with the weight on the left: maps stay [B, C, H, W], and no other kernel needs them otherwise."""
    group_norm: str = "instance"
    """``instance``: InstanceNormalization; ``two_pass``: deviations from the mean, then their mean square, and no map in
    float32. TensorRT 10.6 takes the first not in bfloat16, and makes something less exact of the second."""
    upsampling: str = "transposed"
    """``resize``: nearest, then a 3x3 convolution; ``transposed``: the two as one transposed convolution, 4/9 of the products;
    ``expand``: the first without a Resize, which has no bfloat16 kernel."""
    time_table: bool = True
    """Time embeddings of the schedule's sigmas are constants."""
    text_keys_together: bool = True
    """Keys and values of all cross-attentions from one product."""
    joined_projections: bool = True
    """Query, key, value and adapter inputs of an attention from one product; an adapter's last layer joins the projection behind it."""
    shared_heads: bool = True
    """Attention whose heads share keys and values runs without a transposition, the heads as further rows."""
    left_half_tail: bool = True
    """Behind the last normalisation only the half that becomes the output is computed."""
    prefix: bool = True
    """Keys and values of the template's constant beginning are constants."""

    def __post_init__(self) -> None:
        allowed = {
            "group_norm": ("instance", "two_pass"),
            "upsampling": ("resize", "transposed", "expand"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} {getattr(self, name)!r}, expected one of {', '.join(values)}")

    @staticmethod
    def default(denoiser: str) -> Rewrites:
        """What ships, for the denoiser's precision."""
        return Rewrites(group_norm="two_pass") if denoiser == "bfloat16" else Rewrites()

    @staticmethod
    def naive() -> Rewrites:
        off = {field.name: False for field in dataclasses.fields(Rewrites) if field.type == "bool"}
        return Rewrites(upsampling="resize", **off)
