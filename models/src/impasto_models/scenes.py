"""Procedural scenes: streets with houses, trees, cars, people and animals that move, and flat graphics.

They stand for what photographs lack: drawn cameras, hard edges, large flat areas. Everything is free to redistribute.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np

_SCALE = 2  # drawn at twice the size, then reduced, which smooths the edges
_SHIFT = 4  # fractional bits of OpenCV's coordinates

Colour = tuple[int, int, int]


@dataclass
class _Canvas:
    """An RGB picture whose shapes are placed in units of its side."""

    pixels: np.ndarray

    def _point(self, x: float, y: float) -> tuple[int, int]:
        unit = self.pixels.shape[0] * (1 << _SHIFT)
        return round(x * unit), round(y * unit)

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        corners = np.array([self._point(x, y) for x, y in points], np.int32)
        cv2.fillPoly(self.pixels, [corners], colour, cv2.LINE_AA, _SHIFT)

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour)

    def ellipse(self, x: float, y: float, width: float, height: float, colour: Colour, *, angle: float = 0.0) -> None:
        axes = self._point(width / 2, height / 2)
        cv2.ellipse(self.pixels, self._point(x, y), axes, angle, 0, 360, colour, -1, cv2.LINE_AA, _SHIFT)

    def line(self, start: tuple[float, float], end: tuple[float, float], width: float, colour: Colour) -> None:
        thickness = max(1, round(width * self.pixels.shape[0]))
        cv2.line(self.pixels, self._point(*start), self._point(*end), colour, thickness, cv2.LINE_AA, _SHIFT)


def street_scene(seed: int, seconds: float, side: int = 256) -> np.ndarray:
    """A street at a moment: uint8 [side, side, 3]. One seed is one place; time moves what lives in it."""
    rng = np.random.default_rng(seed)
    canvas = _Canvas(np.zeros((side * _SCALE, side * _SCALE, 3), np.uint8))
    horizon = rng.uniform(0.4, 0.6)
    _sky(canvas, rng, horizon, seconds)
    _hills(canvas, rng, horizon)
    for _ in range(rng.integers(2, 6)):
        _house(canvas, rng, horizon + rng.uniform(0.0, 0.12))
    ground = _colour(rng, saturation=(0.15, 0.6), value=(0.35, 0.75))
    road = horizon + rng.uniform(0.14, 0.26)
    canvas.rectangle(0, horizon + 0.1, 1, 1, ground)
    grey = int(rng.integers(60, 130))
    canvas.rectangle(0, road, 1, 0.24, (grey, grey, grey + 4))
    for stripe in range(8):
        canvas.rectangle((stripe / 7 + 0.02) % 1.1 - 0.05, road + 0.11, 0.07, 0.013, (225, 222, 205))
    for _ in range(rng.integers(1, 5)):
        _tree(canvas, rng, rng.uniform(0, 1), horizon + rng.uniform(0.08, 0.16), seconds)
    for _ in range(rng.integers(1, 4)):
        _car(canvas, rng, road + rng.uniform(0.03, 0.17), seconds)
    for _ in range(rng.integers(1, 6)):
        _person(canvas, rng, rng.uniform(road + 0.12, 0.98), seconds)
    if rng.random() < 0.6:
        _dog(canvas, rng, rng.uniform(min(road + 0.2, 0.9), 0.97), seconds)
    return _finish(canvas.pixels, rng, side)


def graphic_scene(seed: int, seconds: float, side: int = 256) -> np.ndarray:
    """Shapes, gradients, stripes and letters drifting over one another: uint8 [side, side, 3]."""
    rng = np.random.default_rng(seed)
    canvas = _Canvas(_gradient(side * _SCALE, _colour(rng), _colour(rng), rng.random() < 0.5))
    for _ in range(rng.integers(4, 22)):
        _shape(canvas, rng, seconds)
    return _finish(canvas.pixels, rng, side)


def _shape(canvas: _Canvas, rng: np.random.Generator, seconds: float) -> None:
    x, y = rng.uniform(0, 1, 2) + rng.uniform(-0.1, 0.1, 2) * seconds
    size, colour = rng.uniform(0.05, 0.4), _colour(rng)
    kind = rng.integers(0, 6)
    if kind == 0:
        canvas.ellipse(x, y, size, size * rng.uniform(0.4, 1.0), colour, angle=rng.uniform(0, 180) + 20 * seconds)
    elif kind == 1:
        canvas.rectangle(x - size / 2, y - size / 2, size, size * rng.uniform(0.2, 1.2), colour)
    elif kind == 2:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 7))) + 0.4 * seconds
        canvas.polygon([(x + size / 2 * np.cos(angle), y + size / 2 * np.sin(angle)) for angle in angles], colour)
    elif kind == 3:
        canvas.line((x, y), tuple(rng.uniform(0, 1, 2)), rng.uniform(0.004, 0.04), colour)
    elif kind == 4:
        for stripe in range(6):
            canvas.rectangle(x, y + stripe * size / 6, size, size / 12, colour)
    else:
        _ball(canvas, x, y, size / 2, colour)


def _ball(canvas: _Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    """A sphere lit from the upper left."""
    for step in range(12):
        shade = 0.45 + 0.05 * step
        offset = size * 0.02 * step
        lit = tuple(int(min(255, level * shade + 8 * step)) for level in colour)
        canvas.ellipse(x - offset, y - offset, size * (1 - step / 13), size * (1 - step / 13), lit)


def _sky(canvas: _Canvas, rng: np.random.Generator, horizon: float, seconds: float) -> None:
    top = _colour(rng, hue=(0.5, 0.72), saturation=(0.2, 0.8), value=(0.35, 1.0))
    bottom = _colour(rng, hue=(0.0, 0.7), saturation=(0.05, 0.45), value=(0.7, 1.0))
    canvas.pixels[:] = _gradient(canvas.pixels.shape[0], top, bottom, upright=True)
    if rng.random() < 0.6:
        canvas.ellipse(rng.uniform(0, 1), rng.uniform(0.05, horizon), 0.1, 0.1, (255, 244, 205))
    for _ in range(rng.integers(0, 4)):
        x, y, size = rng.uniform(-0.2, 1.2) + 0.02 * seconds, rng.uniform(0.05, 0.3), rng.uniform(0.1, 0.25)
        for dx, dy, part in ((0, 0, 1.0), (-0.4, 0.08, 0.7), (0.4, 0.06, 0.8)):
            canvas.ellipse(x + dx * size, y + dy * size, size * part, size * 0.4 * part, (246, 247, 250))


def _hills(canvas: _Canvas, rng: np.random.Generator, horizon: float) -> None:
    for depth in range(rng.integers(1, 4)):
        colour = _colour(rng, hue=(0.2, 0.65), saturation=(0.15, 0.6), value=(0.3, 0.75))
        xs = np.linspace(0, 1, 24)
        heights = sum(rng.uniform(0.01, 0.06) * np.sin(xs * rng.uniform(2, 14) + rng.uniform(0, 6)) for _ in range(3))
        ridge = [(float(x), float(horizon - 0.02 + 0.04 * depth + h)) for x, h in zip(xs, heights, strict=True)]
        canvas.polygon([*ridge, (1, 1), (0, 1)], colour)


def _house(canvas: _Canvas, rng: np.random.Generator, floor: float) -> None:
    x, width, height = rng.uniform(-0.1, 0.95), rng.uniform(0.1, 0.28), rng.uniform(0.15, 0.45)
    wall = _colour(rng, saturation=(0.05, 0.6), value=(0.5, 1.0))
    canvas.rectangle(x, floor - height, width, height, wall)
    roof = _colour(rng, hue=(0.0, 0.1), saturation=(0.2, 0.8), value=(0.25, 0.6))
    canvas.polygon([(x - 0.015, floor - height), (x + width / 2, floor - height - width * 0.4), (x + width + 0.015, floor - height)], roof)
    pane = (250, 226, 140) if rng.random() < 0.3 else (70, 92, 120)
    for row in range(int(height / 0.085)):
        for column in range(int(width / 0.065)):
            left, top = x + 0.018 + column * 0.065, floor - height + 0.025 + row * 0.085
            canvas.rectangle(left - 0.004, top - 0.004, 0.042, 0.053, (238, 236, 230))
            canvas.rectangle(left, top, 0.034, 0.045, pane)
    canvas.rectangle(x + width / 2 - 0.02, floor - 0.075, 0.04, 0.075, roof)


def _tree(canvas: _Canvas, rng: np.random.Generator, x: float, floor: float, seconds: float) -> None:
    height, sway = rng.uniform(0.18, 0.4), 0.006 * np.sin(2 * seconds + 9 * x)
    leaves = _colour(rng, hue=(0.12, 0.42), saturation=(0.4, 0.9), value=(0.3, 0.75))
    canvas.line((x, floor), (x + sway, floor - 0.6 * height), 0.02, (92, 64, 44))
    for _ in range(14):
        dx, dy = rng.normal(0, 0.25, 2) * height
        shade = rng.uniform(0.75, 1.2)
        lit = tuple(int(np.clip(level * shade, 0, 255)) for level in leaves)
        canvas.ellipse(x + sway + dx * 0.6, floor - 0.72 * height + dy * 0.5, 0.32 * height, 0.28 * height, lit)


def _car(canvas: _Canvas, rng: np.random.Generator, floor: float, seconds: float) -> None:
    size, direction = rng.uniform(0.17, 0.32), rng.choice([-1, 1])
    x = (rng.uniform(0, 1.4) + direction * rng.uniform(0.08, 0.25) * seconds) % 1.4 - 0.2
    body = _colour(rng, saturation=(0.3, 1.0), value=(0.3, 1.0))
    canvas.ellipse(x, floor, size * 1.05, size * 0.1, (46, 46, 50))
    canvas.rectangle(x - size / 2, floor - size * 0.26, size, size * 0.2, body)
    cabin = [(-0.3, -0.26), (-0.18, -0.45), (0.16, -0.45), (0.32, -0.26)]
    canvas.polygon([(x + direction * dx * size, floor + dy * size) for dx, dy in cabin], body)
    glass = [(-0.23, -0.27), (-0.15, -0.41), (0.13, -0.41), (0.24, -0.27)]
    canvas.polygon([(x + direction * dx * size, floor + dy * size) for dx, dy in glass], (164, 196, 214))
    canvas.line((x, floor - size * 0.42), (x, floor - size * 0.08), 0.006, body)
    canvas.ellipse(x + direction * size * 0.47, floor - size * 0.18, size * 0.06, size * 0.06, (255, 240, 170))
    for wheel in (-0.3, 0.3):
        canvas.ellipse(x + wheel * size, floor - size * 0.06, size * 0.2, size * 0.2, (26, 26, 28))
        canvas.ellipse(x + wheel * size, floor - size * 0.06, size * 0.09, size * 0.09, (190, 190, 195))


def _person(canvas: _Canvas, rng: np.random.Generator, floor: float, seconds: float) -> None:
    height, direction, pace = rng.uniform(0.16, 0.42), rng.choice([-1, 1]), rng.uniform(0.03, 0.1)
    x = (rng.uniform(0, 1.2) + direction * pace * seconds) % 1.2 - 0.1
    swing = 0.45 * np.sin(seconds * 6.0 + rng.uniform(0, 6))
    skin = _colour(rng, hue=(0.04, 0.09), saturation=(0.25, 0.6), value=(0.4, 1.0))
    shirt, trousers = _colour(rng, saturation=(0.1, 1.0), value=(0.2, 1.0)), _colour(rng, value=(0.1, 0.6))
    hair = _colour(rng, hue=(0.03, 0.12), value=(0.05, 0.6))
    hip, shoulder, head = floor - 0.47 * height, floor - 0.8 * height, floor - 0.92 * height
    limb = 0.075 * height
    for side in (-1, 1):
        canvas.line((x, hip), (x + side * swing * 0.4 * height, floor), limb, trousers)
        hand = (x - side * swing * 0.38 * height, shoulder + 0.33 * height)
        canvas.line((x, shoulder + 0.02 * height), hand, limb * 0.8, shirt)
        canvas.ellipse(*hand, limb, limb, skin)
    body = [(-0.1, 0.0), (0.1, 0.0), (0.085, 0.36), (-0.085, 0.36)]
    canvas.polygon([(x + dx * height, shoulder + dy * height) for dx, dy in body], shirt)
    canvas.ellipse(x, head - 0.012 * height, 0.145 * height, 0.17 * height, hair)
    canvas.ellipse(x + direction * 0.012 * height, head + 0.012 * height, 0.12 * height, 0.14 * height, skin)
    canvas.ellipse(x + direction * 0.04 * height, head, 0.018 * height, 0.022 * height, (30, 26, 26))


def _dog(canvas: _Canvas, rng: np.random.Generator, floor: float, seconds: float) -> None:
    size, direction = rng.uniform(0.1, 0.24), rng.choice([-1, 1])
    x = (rng.uniform(0, 1.2) + direction * 0.09 * seconds) % 1.2 - 0.1
    fur = _colour(rng, hue=(0.03, 0.13), saturation=(0.1, 0.7), value=(0.2, 0.95))
    swing = 0.16 * np.sin(seconds * 9.0)
    for leg, sign in ((-0.3, 1), (-0.2, -1), (0.2, 1), (0.3, -1)):
        foot = (x + (leg + sign * swing) * size, floor)
        canvas.line((x + leg * size, floor - 0.35 * size), foot, 0.09 * size, fur)
    canvas.ellipse(x, floor - 0.45 * size, 0.8 * size, 0.34 * size, fur)
    canvas.ellipse(x + direction * 0.48 * size, floor - 0.68 * size, 0.32 * size, 0.27 * size, fur)
    canvas.ellipse(x + direction * 0.62 * size, floor - 0.63 * size, 0.2 * size, 0.13 * size, fur)
    canvas.line((x - direction * 0.38 * size, floor - 0.5 * size), (x - direction * 0.6 * size, floor - 0.78 * size), 0.07 * size, fur)
    canvas.ellipse(x + direction * 0.52 * size, floor - 0.72 * size, 0.045 * size, 0.045 * size, (24, 20, 20))


def _colour(
    rng: np.random.Generator,
    hue: tuple[float, float] = (0.0, 1.0),
    saturation: tuple[float, float] = (0.2, 1.0),
    value: tuple[float, float] = (0.2, 1.0),
) -> Colour:
    levels = colorsys.hsv_to_rgb(rng.uniform(*hue), rng.uniform(*saturation), rng.uniform(*value))
    return tuple(int(255 * level) for level in levels)


def _gradient(side: int, first: Colour, second: Colour, upright: bool) -> np.ndarray:
    ramp = np.linspace(0, 1, side)[:, None, None]
    picture = np.array(first) * (1 - ramp) + np.array(second) * ramp
    picture = np.broadcast_to(picture, (side, side, 3))
    return np.ascontiguousarray(picture if upright else picture.transpose(1, 0, 2)).astype(np.uint8)


def _finish(pixels: np.ndarray, rng: np.random.Generator, side: int) -> np.ndarray:
    """Reduces to ``side`` and lays the place's surface texture over it."""
    picture = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    strength = rng.choice([0.0, 3.0, 9.0])
    texture = cv2.GaussianBlur(rng.standard_normal((side, side)).astype(np.float32), (0, 0), rng.uniform(0.6, 1.6))
    return np.clip(picture + strength * (texture / texture.std())[..., None], 0, 255).astype(np.uint8)
