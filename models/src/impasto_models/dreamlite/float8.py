"""Products of float8: how large a linear layer's input gets, from the weights before it alone.

A float8 of four exponent bits (E4M3) keeps its three mantissa bits over 15 powers of two, so the scale of a tensor may be
far from the best as long as nothing exceeds it. No pictures are needed to find one: a normalised vector of C values is at
most sqrt(C) long, and what a linear layer makes of it at most that times the length of a row of its weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

DTYPE = torch.float8_e4m3fn
LARGEST = torch.finfo(DTYPE).max
"""448."""
ROUNDING = (1 + 2.0**-4) ** 2
"""By how much the product of two factors can grow when both are rounded to three mantissa bits."""
SMALLEST_SCALE = 2.0**-14
"""The smallest normal float16: scales have the graph's precision."""


@dataclass(frozen=True)
class Bound:
    """Magnitudes that the channels of a value do not exceed, [C], or those of the values that attention mixes it from.

    ``gain`` and ``shift`` [C] belong to a value that is just normalised: gain * n + shift, where n is at most sqrt(C) long.
    """

    limit: Tensor
    gain: Tensor | None = None
    shift: Tensor | None = None

    @staticmethod
    def of_normalised(gain: Tensor, shift: Tensor | None = None) -> Bound:
        """Of a layer or root-mean-square normalisation over the channels."""
        gain = gain.float()
        shift = torch.zeros_like(gain) if shift is None else shift.float()
        return Bound(len(gain) ** 0.5 * gain.abs() + shift.abs(), gain, shift)

    @staticmethod
    def of_group_normalised(gain: Tensor, shift: Tensor, size: int) -> Bound:
        """Of a normalisation over groups of ``size`` values."""
        return Bound(size**0.5 * gain.float().abs() + shift.float().abs())

    def through(self, weight: Tensor, bias: Tensor | None) -> Bound | None:
        """Of weight @ value + bias, weight [O, C], with both factors rounded to float8.

        Unknown unless the value is just normalised: sums of limits say too little.
        """
        if self.gain is None:
            return None
        weight = weight.float()
        constant = weight @ self.shift + (0.0 if bias is None else bias.float())
        rounded = (ROUNDING - 1) * (weight.abs() @ self.shift.abs())
        return Bound(ROUNDING * len(self.gain) ** 0.5 * (weight * self.gain).norm(dim=1) + constant.abs() + rounded)

    def times(self, other: Bound) -> Bound:
        return Bound(self.limit * other.limit)

    def part(self, start: int, size: int) -> Bound:
        """Of some of the channels."""
        return Bound(self.limit[start : start + size])

    def with_constants(self, values: Tensor) -> Bound:
        """Of a value among which ``values`` [..., C] lie too."""
        return Bound(torch.maximum(self.limit, values.float().abs().flatten(0, -2).amax(dim=0)))

    @property
    def scale(self) -> float:
        """By which the value is divided on its way to float8."""
        return scale_of(self.limit)


def scale_of(tensor: Tensor) -> float:
    """The least power of two, exact in every precision, by which the tensor is to be divided to fit into float8."""
    return 2.0 ** math.ceil(math.log2(max(float(tensor.abs().max()) / LARGEST, SMALLEST_SCALE)))


def quantized(tensor: Tensor, scale: float) -> Tensor:
    """The nearest float8 of tensor / scale, never beyond the largest."""
    return (tensor.float() / scale).clamp(-LARGEST, LARGEST).to(DTYPE)
