"""Optical flow between frames, and moving pictures along it."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def optical_flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Farneback flow in pixels (x, y) from RGB frame ``first`` to ``second``, float32 [H, W, 2]."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, second)]
    return cv2.calcOpticalFlowFarneback(*grey, None, 0.5, 3, 15, 3, 5, 1.2, 0)


class Sampler:
    """Draws pictures [B, C, H, W] at pixel - flow [B, H, W, 2], as `graphs.warp`, from constants that a CUDA graph may hold."""

    def __init__(self, side: int, device: str, mode: str = "bilinear"):
        self._mode = mode
        line = torch.arange(side, dtype=torch.float32, device=device)
        self._pixels = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)
        self._scale = 2.0 / (side - 1)

    def __call__(self, picture: Tensor, flow: Tensor) -> Tensor:
        grid = (self._pixels - flow.float()) * self._scale - 1.0
        moved = F.grid_sample(picture.float(), grid, mode=self._mode, padding_mode="border", align_corners=True)
        return moved.clamp(-1.0, 1.0) if self._mode == "bicubic" else moved
