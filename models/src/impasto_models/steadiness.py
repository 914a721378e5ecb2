"""How steady restyled video is, with and without the temporal adapter.

The measures are means over frames, pictures in levels of 0..255 (flow: Farneback on the inputs):

========== =========================================================================================
warp       absolute difference between a frame and the next one, moved back along the input's flow
plain      the same without moving
sobel      absolute mixed derivative (Sobel 1, 1, 3x3) of the grey picture: blur would lower it
detail     absolute Fourier coefficients of the grey picture beyond a quarter of its side, in thousands
reference  absolute difference to the outputs without adapter
========== =========================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from impasto_models.evaluate import Stylist
from impasto_models.flow import Sampler, optical_flow
from impasto_models.graphs import to_picture
from impasto_models.prompts import CANONICAL

MEASURES = ("warp", "plain", "sobel", "detail", "reference")


_BATCH = 144
"""Frames restyled at once."""


@dataclass(frozen=True)
class Schedule:
    """When conditions are renewed.

    A stream's frames form groups of ``group``; a group's anchor is the last output of the group before (the first group's,
    each input itself). Only every ``every``-th group renews its conditions from its anchor, the others reuse those of the
    same place in the last group that did. ``group`` 0: no adapter.
    """

    group: int
    every: int = 1

    def __str__(self) -> str:
        if self.group == 0:
            return "off"
        return f"group {self.group}" + (f", every {self.every} groups" if self.every > 1 else "")


def edge_strength(picture: Tensor) -> Tensor:
    """Mean absolute mixed derivative and mean absolute gradient of each picture's grey, float [B, 2]."""
    grey = _grey(picture)
    across, down = grey[:, :, 1:] - grey[:, :, :-1], grey[:, 1:] - grey[:, :-1]
    slopes = across.abs().mean(dim=(1, 2)) + down.abs().mean(dim=(1, 2))
    return torch.stack([_mixed_derivative(grey).abs().mean(dim=(1, 2)), slopes], dim=1)


def _grey(picture: Tensor) -> Tensor:
    red, green, blue = picture.unbind(dim=1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _mixed_derivative(grey: Tensor) -> Tensor:
    across = grey[:, :, 2:] - grey[:, :, :-2]
    return across[:, 2:] - across[:, :-2]


@torch.no_grad()
def restyle_in_all(stylist: Stylist, frames: Tensor, embeddings: Tensor, mask: Tensor, condition: Tensor | None = None) -> Tensor:
    """Frames uint8 [T, H, W, 3] in each of S embedded styles: [S, T, H, W, 3]; ``condition`` is float [S, T, 3, H, W]."""
    count, length = len(embeddings), len(frames)
    styles = torch.arange(count, device=frames.device).repeat_interleave(length)
    places = torch.arange(length, device=frames.device).repeat(count)
    outputs = []
    for part in torch.arange(count * length, device=frames.device).split(_BATCH):
        style, place = styles[part], places[part]
        pictures = None if condition is None else condition[style, place]
        outputs.append(stylist.restyle(frames[place], embeddings[style], mask[style], pictures))
    return torch.cat(outputs).unflatten(0, (count, length))


def restyle_clip(stylist: Stylist, clip: np.ndarray, styles: Sequence[str], schedule: Schedule) -> Tensor:
    """A clip uint8 [T, H, W, 3] in every style under ``schedule``: uint8 [styles, T, H, W, 3] on the stylist's device."""
    embeddings, mask = stylist.embed([CANONICAL[style] for style in styles])
    inputs = torch.from_numpy(np.ascontiguousarray(clip)).to(stylist.device)
    if schedule.group == 0:
        return restyle_in_all(stylist, inputs, embeddings, mask)
    sampler = Sampler(clip.shape[1], stylist.device, stylist.networks.adapter.warp_mode)
    parts: list[Tensor] = []
    for number, start in enumerate(range(0, len(clip), schedule.group)):
        frames = inputs[start : start + schedule.group]
        if number == 0:
            conditions = to_picture(frames).expand(len(styles), -1, -1, -1, -1)
        elif (number - 1) % schedule.every == 0:
            flows = np.stack([optical_flow(clip[start - 1], frame) for frame in clip[start : start + schedule.group]])
            anchors = to_picture(parts[-1][:, -1])
            moved = [sampler(anchors, flow.expand(len(styles), -1, -1, -1)) for flow in torch.from_numpy(flows).to(stylist.device)]
            conditions = torch.stack(moved, dim=1)
        parts.append(restyle_in_all(stylist, frames, embeddings, mask, conditions[:, : len(frames)]))
    return torch.cat(parts, dim=1)


def measure_clip(clip: np.ndarray, outputs: Tensor, plain: Tensor) -> dict[str, float]:
    """The `MEASURES` of one clip uint8 [T, H, W, 3], restyled uint8 [T, H, W, 3], beside the ``plain`` outputs without adapter."""
    flows = torch.from_numpy(np.stack([optical_flow(*pair) for pair in pairwise(np.ascontiguousarray(clip))])).to(outputs.device)
    return _measure(flows, outputs, plain)


def _measure(flows: Tensor, outputs: Tensor, plain: Tensor) -> dict[str, float]:
    pictures = outputs.permute(0, 3, 1, 2).float()
    side = pictures.shape[2]
    back = Sampler(side, outputs.device)(pictures[1:], -flows)
    grey = _grey(pictures)
    frequency = torch.arange(side, device=outputs.device) - side // 2
    outside = torch.hypot(*torch.meshgrid(frequency.float(), frequency.float(), indexing="ij")) > side / 4
    spectrum = torch.fft.fftshift(torch.fft.fft2(grey), dim=(1, 2)).abs()
    values = {
        "warp": (pictures[:-1] - back).abs().mean(),
        "plain": (pictures[:-1] - pictures[1:]).abs().mean(),
        "sobel": _mixed_derivative(grey).abs().mean(),
        "detail": spectrum[:, outside].mean() / 1000.0,
        "reference": (outputs.float() - plain.float()).abs().mean(),
    }
    return {name: value.item() for name, value in values.items()}


def measure(stylist: Stylist, clips: dict[str, np.ndarray], styles: Sequence[str], schedules: Sequence[Schedule]) -> dict:
    """Mean `MEASURES` over the clips by schedule and style, and their means over the styles; the first schedule must be off."""
    rows: dict[str, dict[str, list[dict]]] = {str(schedule): {style: [] for style in styles} for schedule in schedules}
    for clip in clips.values():
        flows = torch.from_numpy(np.stack([optical_flow(*pair) for pair in pairwise(np.ascontiguousarray(clip))])).to(stylist.device)
        plain = None
        for schedule in schedules:
            outputs = restyle_clip(stylist, clip, styles, schedule)
            plain = outputs if plain is None else plain
            for style, output, reference in zip(styles, outputs, plain, strict=True):
                rows[str(schedule)][style].append(_measure(flows, output, reference))
    by_style = {schedule: {style: _mean(found) for style, found in table.items()} for schedule, table in rows.items()}
    return {"mean": {schedule: _mean(list(table.values())) for schedule, table in by_style.items()}, "styles": by_style}


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([row[name] for row in rows])), 3) for name in MEASURES}
