"""Moving pictures to train the temporal adapter on: consecutive frames, and the optical flow between them.

They come from the training clips, from photographs under a moving camera, and from procedural scenes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from impasto_models.data import TRAINING_CLIPS, read_clip, read_rgb
from impasto_models.flow import optical_flow
from impasto_models.scenes import graphic_scene, street_scene
from impasto_models.teachers import SIDE

LENGTH = 12
"""Frames of a sequence."""
REACH = 8
"""Largest distance in frames between a frame and its anchor."""
PAIRS = [(first, second) for first in range(LENGTH) for second in range(first + 1, min(first + REACH, LENGTH - 1) + 1)]
"""The pairs of frames, earlier one first, whose flow a sequence holds."""

_POOLS = (("clips", 0.45), ("photographs", 0.35), ("streets", 0.12), ("graphics", 0.08))


def photographs(data: Path) -> list[Path]:
    """The prepared photographs; raises `FileNotFoundError` where there is none."""
    files = sorted((data / "photographs").glob("*.jpg"))
    if not files:
        raise FileNotFoundError(f"no photographs (*.jpg) in {data / 'photographs'}: impasto_models.data writes them")
    return files


class SequenceMaker:
    """Draws random sequences from prepared photographs (``data/photographs``) and the training clips in ``clips``."""

    def __init__(self, data: Path, clips: Path, seed: int):
        self._rng = np.random.default_rng(seed)
        self._photographs = [read_rgb(file) for file in photographs(data)]
        self._clips = [np.stack(read_clip(clips / f"{name}.mp4"))[..., ::-1] for name in TRAINING_CLIPS]

    def sequence(self) -> tuple[np.ndarray, np.ndarray]:
        """Frames uint8 [LENGTH, 256, 256, 3] and flows float16 [PAIRS, 256, 256, 2] in pixels (x, y)."""
        pool = self._rng.choice([name for name, _ in _POOLS], p=[share for _, share in _POOLS])
        draw: Callable[[], list[np.ndarray]] = {
            "clips": self._clip,
            "photographs": self._photograph,
            "streets": lambda: self._scene(street_scene),
            "graphics": lambda: self._scene(graphic_scene),
        }[pool]
        frames = self._recolour(np.stack(draw()))
        flows = np.stack([optical_flow(frames[first], frames[second]) for first, second in PAIRS])
        return frames, flows.astype(np.float16)

    def _clip(self) -> list[np.ndarray]:
        """Consecutive frames, or every other one, of a random square of a clip; sometimes mirrored or backwards."""
        rng = self._rng
        clip = self._clips[rng.integers(len(self._clips))]
        step = 2 if rng.random() < 0.2 and len(clip) > 2 * LENGTH else 1
        start = rng.integers(len(clip) - step * (LENGTH - 1))
        frames = clip[start : start + step * (LENGTH - 1) + 1 : step]
        edge = int(frames.shape[1] * (1.0 if rng.random() < 0.4 else rng.uniform(0.5, 1.0)))
        top, left = rng.integers(frames.shape[1] - edge + 1), rng.integers(frames.shape[2] - edge + 1)
        frames = frames[:, top : top + edge, left : left + edge]
        frames = frames[:, :, ::-1] if rng.random() < 0.5 else frames
        frames = frames[::-1] if rng.random() < 0.3 else frames
        return [cv2.resize(np.ascontiguousarray(frame), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for frame in frames]

    def _photograph(self) -> list[np.ndarray]:
        """A photograph under a camera that pans, zooms, turns and sways, with a slow ripple as of water or cloth."""
        rng = self._rng
        picture = self._photographs[rng.integers(len(self._photographs))]
        height, width = picture.shape[:2]
        edge = min(height, width) * rng.uniform(0.5, 0.85)
        room = np.array([width - edge, height - edge]) / 2.0
        start = np.array([width, height]) / 2.0 + rng.uniform(-0.6, 0.6, 2) * room
        speed = rng.uniform(-1.0, 1.0, 2) * edge * rng.choice([0.0, 0.006, 0.02])
        sway, beat, phase = rng.uniform(0.0, 0.008) * edge, rng.uniform(0.3, 1.2), rng.uniform(0, 2 * np.pi, 2)
        growth, turn = rng.uniform(-0.012, 0.012), np.deg2rad(rng.uniform(-0.6, 0.6))
        ripple, waves = rng.choice([0.0, 0.0, 1.5]), rng.uniform(1.0, 3.0, 2) * 2.0 * np.pi / SIDE
        y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) - SIDE / 2.0
        frames = []
        for time in range(LENGTH):
            centre = start + speed * time + sway * np.sin(beat * time + phase)
            scale = edge / SIDE * np.exp(growth * time)
            cosine, sine = np.cos(turn * time) * scale, np.sin(turn * time) * scale
            rippled_x = x + ripple * np.sin(waves[0] * y + 0.5 * time)
            rippled_y = y + ripple * np.sin(waves[1] * x + 0.4 * time)
            columns = (centre[0] + cosine * rippled_x - sine * rippled_y).astype(np.float32)
            rows = (centre[1] + sine * rippled_x + cosine * rippled_y).astype(np.float32)
            frames.append(cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
        return frames

    def _scene(self, draw: Callable[[int, float], np.ndarray]) -> list[np.ndarray]:
        rng = self._rng
        seed, start, rate = int(rng.integers(2**31)), rng.uniform(0, 60), rng.choice([24.0, 12.0])
        return [draw(seed, start + frame / rate) for frame in range(LENGTH)]

    def _recolour(self, frames: np.ndarray) -> np.ndarray:
        """The same random gamma, contrast and channel order for all frames, now and then sensor noise of each."""
        rng = self._rng
        colours = frames.astype(np.float32) / 255.0
        if rng.random() < 0.5:
            colours = colours ** rng.uniform(0.7, 1.4)
        if rng.random() < 0.4:
            colours = (colours - 0.5) * rng.uniform(0.75, 1.25) + 0.5 + rng.uniform(-0.08, 0.08)
        if rng.random() < 0.25:
            colours = colours[..., rng.permutation(3)]
        if rng.random() < 0.25:
            colours = colours + rng.standard_normal(colours.shape).astype(np.float32) * rng.uniform(0.004, 0.015)
        return np.ascontiguousarray((np.clip(colours, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8))


def write_sequences(data: Path, clips: Path, out: Path, *, seed: int, first: int, step: int, count: int) -> None:
    """Writes sequence files ``first, first + step, … < count``, as one worker of ``step``."""
    cv2.setNumThreads(1)
    maker = SequenceMaker(data, clips, seed * 1000 + first)
    for number in range(first, count, step):
        frames, flows = maker.sequence()
        partial = out / f"{number:05d}.partial.npz"
        np.savez(partial, frames=frames, flows=flows)
        partial.rename(out / f"{number:05d}.sequence.npz")
