"""Optical flow between frames."""

from __future__ import annotations

import cv2
import numpy as np


def optical_flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Farneback flow in pixels (x, y) from RGB frame ``first`` to ``second``, float32 [H, W, 2]."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, second)]
    return cv2.calcOpticalFlowFarneback(*grey, None, 0.5, 3, 15, 3, 5, 1.2, 0)
