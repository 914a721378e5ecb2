"""The styles as picture filters: what nano learns to imitate.

A teacher maps an RGB picture uint8 [256, 256, 3] to its styled picture of the same shape. Three rules keep video calm and
the styles learnable: patterns are anchored to the screen, their periods divide `TILE`, and thresholds are soft.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

Picture = np.ndarray

SIDE = 256
"""Side of a picture in pixels."""
TILE = 32
"""Every pattern repeats after this many pixels."""

_ROWS, _COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

cv2.setNumThreads(1)


def oil(picture: Picture) -> Picture:
    """Flattened patches, colours dragged along the contours, and bristle marks lit from the upper left."""
    along = _tangents(picture)
    painted = _smear(_kuwahara(picture, radius=4), along, steps=4)
    painted = _contrast(_saturate(painted, 1.7), 1.15)
    bristles = _smear(_grain(TILE, 0.9, seed=5)[..., None], along, steps=5)[..., 0]
    height = _luminance(painted) + 0.1 * bristles
    relief = cv2.GaussianBlur(height, (0, 0), 0.7)
    relief = relief - cv2.copyMakeBorder(relief, 2, 0, 2, 0, cv2.BORDER_REPLICATE)[:-2, :-2]
    return _to_bytes(painted + np.clip(0.75 * relief, -0.16, 0.2)[..., None])


def watercolor(picture: Picture) -> Picture:
    """Pale washes with darker rims on grained paper."""
    wash = cv2.GaussianBlur(_flatten(picture, 3), (0, 0), 1.0)
    wash = 1.0 - (1.0 - _saturate(wash, 1.5)) * 0.75
    wash = 0.4 * wash + 0.6 * _soft_steps(wash, 6, 12.0)
    rims = np.abs(cv2.Laplacian(cv2.GaussianBlur(_luminance(wash), (0, 0), 1.4), cv2.CV_32F))
    wash = wash * (1.0 - np.clip(rims * 6.0, 0.0, 0.45))[..., None]
    paper = 1.0 + 0.03 * _grain(TILE, 1.0, seed=3)
    return _to_bytes(wash * paper[..., None] * np.array([1.0, 0.99, 0.95], np.float32) + 0.03)


def pencil(picture: Picture) -> Picture:
    """Graphite contours, and hatching that thickens in the shadows."""
    tone = _luminance(_flatten(picture, 3, speckle=3))
    contours = _contours(tone, 1.1, gain=26.0, threshold=0.007)
    shade = cv2.GaussianBlur(tone, (0, 0), 1.6)
    first = _hatching(_COLUMNS + _ROWS, shade, start=0.62)
    second = _hatching(_COLUMNS - _ROWS, shade, start=0.36)
    graphite = 0.97 - 0.38 * first - 0.26 * second - 0.72 * contours - 0.2 * np.clip(0.5 - shade, 0.0, 1.0)
    return _to_bytes(np.clip(graphite, 0.16, 1.0)[..., None] * np.array([1.0, 1.0, 0.985], np.float32))


def charcoal(picture: Picture) -> Picture:
    """Soot-black masses and smudged strokes on warm paper."""
    tone = cv2.GaussianBlur(_luminance(_flatten(picture, 3)), (0, 0), 1.0)
    masses = _soft_threshold(tone + 0.05 * _grain(TILE, 0.8, seed=11), 0.42, 13.0)
    smudge = np.clip(cv2.GaussianBlur(tone, (0, 0), 2.0) * 1.5, 0.25, 1.0)
    ink = 0.08 + 0.86 * masses * smudge * (1.0 - 0.9 * _contours(tone, 1.6, gain=26.0, threshold=0.012))
    return _to_bytes(ink[..., None] * np.array([1.0, 0.97, 0.91], np.float32))


def cartoon(picture: Picture) -> Picture:
    """Flat, bright colours between bold black outlines."""
    flat = _flatten(picture, 4, speckle=3)
    hue, saturation, value = cv2.split(cv2.cvtColor(flat, cv2.COLOR_RGB2HSV))
    value = np.clip(_soft_steps(value, 4, 18.0) * 1.05 + 0.1, 0.0, 1.0)
    colours = cv2.cvtColor(cv2.merge([hue, np.clip(saturation * 1.6, 0.0, 1.0), value]), cv2.COLOR_HSV2RGB)
    outlines = _contours(_luminance(flat), 1.6, gain=38.0, threshold=0.016)
    return _to_bytes(colours * (1.0 - outlines)[..., None])


def pixel(picture: Picture) -> Picture:
    """Square pixels of few, saturated colours."""
    blocks = _saturate(_cell_means(picture, 8), 1.5)
    return _to_bytes(_enlarge(_soft_steps(_contrast(blocks, 1.15), 5, 14.0), 8))


def popart(picture: Picture) -> Picture:
    """Five inks printed in halftone, dark to light."""
    inks = np.array([[22, 10, 80], [200, 20, 120], [250, 80, 40], [255, 215, 40], [255, 250, 235]], np.float32) / 255.0
    tone = cv2.GaussianBlur(_luminance(_flatten(picture, 1)), (0, 0), 1.0)
    level = np.clip((tone - 0.08) / 0.8, 0.0, 0.999) * 4.6
    ink = np.floor(level)
    dots = np.hypot(_COLUMNS % 8 - 3.5, _ROWS % 8 - 3.5) / 5.0
    coverage = _soft_threshold(level - ink - 0.5 * dots, 0.35, 10.0)[..., None]
    index = ink.astype(int)
    return _to_bytes(inks[index] * (1.0 - coverage) + inks[np.minimum(index + 1, 4)] * coverage)


def neon(picture: Picture) -> Picture:
    """Edges as glowing tubes, cyan where they stand and magenta where they lie, in the dark."""
    scene = cv2.GaussianBlur(_flatten(picture, 3, speckle=5), (0, 0), 1.2)
    across, down = cv2.Sobel(scene, cv2.CV_32F, 1, 0) / 4.0, cv2.Sobel(scene, cv2.CV_32F, 0, 1) / 4.0
    edges = np.clip((np.sqrt((across**2 + down**2).max(axis=2)) - 0.045) * 8.0, 0.0, 1.0)
    lean = cv2.GaussianBlur((across**2 - down**2).sum(axis=2), (0, 0), 2.5)
    lying = np.clip(0.5 - lean * 40.0, 0.0, 1.0)[..., None]
    tube = np.array([0.05, 0.95, 1.0], np.float32) * (1.0 - lying) + np.array([1.0, 0.1, 0.85], np.float32) * lying
    glow = cv2.GaussianBlur(edges, (0, 0), 4.0)
    dark = scene * np.array([0.1, 0.08, 0.26], np.float32) + np.array([0.02, 0.01, 0.07], np.float32)
    core = np.clip(edges - 0.75, 0.0, 1.0)[..., None] * 0.8
    return _to_bytes(dark + tube * (0.9 * edges + 0.6 * glow)[..., None] + core)


def sepia(picture: Picture) -> Picture:
    """Brown tones from near black to cream, a little soft and grained."""
    tone = _luminance(_unit(picture))
    tone = 0.75 * tone + 0.25 * cv2.GaussianBlur(tone, (0, 0), 2.0)
    tone = np.clip((tone - 0.45) * 1.15 + 0.5 + 0.018 * _grain(16, 0.6, seed=8), 0.0, 1.0)[..., None]
    brown = np.array([0.13, 0.07, 0.03], np.float32) * (1.0 - tone) + np.array([1.0, 0.92, 0.74], np.float32) * tone
    brown[..., 0] += 0.08 * np.sin(np.pi * tone[..., 0])
    return _to_bytes(brown)


def ukiyoe(picture: Picture) -> Picture:
    """Flat areas of a woodblock printer's inks, with dark outlines and the grain of the block."""
    flat = cv2.GaussianBlur(_flatten(picture, 4, speckle=5), (0, 0), 1.6)
    index = np.clip(flat * 63.0, 0.0, 63.0).astype(np.uint8)
    printed = cv2.GaussianBlur(_woodblock_inks()[index[..., 0], index[..., 1], index[..., 2]], (0, 0), 0.7)
    grain = 1.0 + 0.035 * np.sin(2.0 * np.pi * (_ROWS + 1.2 * np.sin(2.0 * np.pi * _COLUMNS / 32.0)) / 4.0)
    outlines = _contours(cv2.GaussianBlur(_luminance(flat), (0, 0), 0.8), 1.6, gain=44.0, threshold=0.011)[..., None]
    ink = np.array([22, 26, 52], np.float32) / 255.0
    return _to_bytes(printed * grain[..., None] * (1.0 - outlines) + ink * outlines)


def thermal(picture: Picture) -> Picture:
    """Brightness as heat: blue, violet, red, yellow, white."""
    tone = cv2.GaussianBlur(_luminance(_unit(picture)), (0, 0), 1.5)
    return _heat_colours()[np.clip((tone - 0.05) / 0.85 * 255.0, 0.0, 255.0).astype(np.uint8)]


def pointillism(picture: Picture) -> Picture:
    """Round dots of pure colour, warm and cool side by side, on primed canvas."""
    canvas = np.full((SIDE, SIDE, 3), (0.96, 0.93, 0.86), np.float32)
    colours = _saturate(_unit(picture), 1.9)
    for offset, warmth in ((0, -0.16), (4, 0.16)):
        shifted = np.roll(colours, (-offset, -offset), (0, 1))
        means = np.clip(_cell_means(shifted, 8) + np.array([warmth, 0.0, -warmth], np.float32), 0.0, 1.0)
        dots = np.roll(_enlarge(means, 8), (offset, offset), (0, 1))
        radius = 2.35 + 1.2 * (1.0 - _luminance(dots))
        distance = np.hypot((_COLUMNS - offset) % 8 - 3.5, (_ROWS - offset) % 8 - 3.5)
        cover = np.clip(radius - distance + 0.5, 0.0, 1.0)[..., None]
        canvas = canvas * (1.0 - cover) + dots * cover
    return _to_bytes(canvas)


def stained(picture: Picture) -> Picture:
    """Panes of saturated glass, each the mean colour behind it, joined by lead."""
    panes, lead, shine = _window()
    counts = np.bincount(panes.ravel())
    light = _unit(picture).reshape(-1, 3)
    means = np.stack([np.bincount(panes.ravel(), light[:, channel]) / counts for channel in range(3)], axis=1)
    glass = _contrast(_saturate(means[panes].astype(np.float32), 2.1), 1.25) * shine[..., None] + 0.03
    return _to_bytes(glass * (1.0 - lead)[..., None] + 0.05 * lead[..., None])


def blueprint(picture: Picture) -> Picture:
    """White drawing on blue squared paper."""
    tone = _luminance(_flatten(picture, 3, speckle=5))
    lines = _contours(tone, 1.3, gain=40.0, threshold=0.008)
    shade = 0.16 * cv2.GaussianBlur(tone, (0, 0), 2.0)
    squares = 0.09 * ((_COLUMNS % 16 == 0) | (_ROWS % 16 == 0)).astype(np.float32)
    paper = np.array([0.04, 0.2, 0.52], np.float32) + (shade + squares)[..., None] * np.array([0.8, 1.0, 1.1], np.float32)
    white = np.array([0.93, 0.97, 1.0], np.float32)
    return _to_bytes(paper + (white - paper) * lines[..., None])


def night(picture: Picture) -> Picture:
    """Amplified light on a green phosphor, with bloom and scan lines."""
    tone = _luminance(_unit(picture)) ** 0.75
    tone = tone + 0.45 * cv2.GaussianBlur(np.clip(tone - 0.55, 0.0, 1.0), (0, 0), 4.0)
    tone = tone * (0.84 + 0.16 * np.cos(2.0 * np.pi * _ROWS / 4.0)) + 0.03 * _grain(16, 0.5, seed=13)
    tone = np.clip(tone, 0.0, 1.2)[..., None]
    return _to_bytes(tone * np.array([0.1, 0.85, 0.22], np.float32) + 0.5 * np.clip(tone - 0.7, 0.0, 1.0) + 0.02)


def bricks(picture: Picture) -> Picture:
    """Studded plastic bricks in bold colours."""
    plastic = _soft_steps(_contrast(_saturate(_cell_means(picture, 8), 1.6), 1.15), 4, 10.0)
    x, y = _COLUMNS % 8 - 3.5, _ROWS % 8 - 3.5
    distance = np.hypot(x, y)
    stud = np.clip(3.0 - distance, 0.0, 1.0) * 0.1
    rim = np.exp(-((distance - 2.6) ** 2) / 0.5) * (-(x + y) / 5.0) * 0.3
    gap = 0.3 * ((_COLUMNS % 8 == 7) | (_ROWS % 8 == 7)) - 0.12 * ((_COLUMNS % 8 == 0) | (_ROWS % 8 == 0))
    return _to_bytes(_enlarge(plastic * 0.9 + 0.05, 8) + (stud + rim - gap)[..., None])


def unchanged(picture: Picture) -> Picture:
    return picture


TEACHERS: dict[str, Callable[[Picture], Picture]] = {
    teacher.__name__: teacher
    for teacher in (
        oil, watercolor, pencil, charcoal, cartoon, pixel, popart, neon, sepia, ukiyoe, thermal, pointillism, stained,
        blueprint, night, bricks, unchanged,
    )
}  # fmt: skip
"""Teachers by style, in the order of `impasto_models.prompts.STYLES`."""


def _unit(picture: Picture) -> np.ndarray:
    """Bytes or floats -> float32 in 0..1."""
    return picture.astype(np.float32) / 255.0 if picture.dtype == np.uint8 else picture


def _to_bytes(values: np.ndarray) -> Picture:
    return np.clip(values * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)


def _luminance(colours: np.ndarray) -> np.ndarray:
    return colours @ _LUMA


def _saturate(colours: np.ndarray, factor: float) -> np.ndarray:
    grey = _luminance(colours)[..., None]
    return np.clip(grey + (colours - grey) * factor, 0.0, 1.0)


def _contrast(colours: np.ndarray, factor: float) -> np.ndarray:
    return np.clip((colours - 0.5) * factor + 0.5, 0.0, 1.0)


def _soft_threshold(values: np.ndarray, at: float, slope: float) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-slope * (values - at)))


def _soft_steps(values: np.ndarray, steps: int, slope: float) -> np.ndarray:
    """Quantizes 0..1 to multiples of 1 / ``steps``, with sigmoid risers between them."""
    level = np.clip(values, 0.0, 1.0) * steps
    step = np.minimum(np.floor(level), steps - 1)
    return ((step + _soft_threshold(level - step, 0.5, slope)) / steps).astype(np.float32)


def _flatten(picture: Picture, times: int, speckle: int = 1) -> np.ndarray:
    """Repeated bilateral filtering: smooth areas, sharp edges; float in 0..1.

    A median over ``speckle`` pixels goes first where leaves and gravel would flicker.
    """
    picture = cv2.medianBlur(picture, speckle) if speckle > 1 else picture
    for _ in range(times):
        picture = cv2.bilateralFilter(picture, 7, 40, 4)
    return _unit(picture)


def _contours(tone: np.ndarray, sigma: float, gain: float, threshold: float) -> np.ndarray:
    """Dark side of edges, from a difference of Gaussians: 0 without a line, 1 on it."""
    inner, outer = cv2.GaussianBlur(tone, (0, 0), sigma), cv2.GaussianBlur(tone, (0, 0), 1.6 * sigma)
    return np.clip((outer - inner - threshold) * gain, 0.0, 1.0)


def _hatching(diagonal: np.ndarray, shade: np.ndarray, start: float) -> np.ndarray:
    """Parallel strokes, 8 pixels apart along x, that widen as ``shade`` falls below ``start``."""
    wave = 0.5 + 0.5 * np.cos(2.0 * np.pi * diagonal / 8.0)
    dark = np.clip((start - shade) / start, 0.0, 1.0)
    return np.clip((wave - 1.0 + dark) * 2.2, 0.0, 1.0)


def _kuwahara(picture: Picture, radius: int) -> np.ndarray:
    """Kuwahara filter with soft choice: means of four windows, weighted against their variance."""
    colours = _unit(picture)
    tone = cv2.GaussianBlur(_luminance(colours), (0, 0), 0.8)
    total, weights = np.zeros_like(colours), np.zeros_like(tone)
    for anchor in ((0, 0), (0, radius), (radius, 0), (radius, radius)):
        window = {"ddepth": -1, "ksize": (radius + 1, radius + 1), "anchor": anchor, "borderType": cv2.BORDER_REFLECT}
        mean = cv2.boxFilter(tone, **window)
        variance = np.maximum(cv2.boxFilter(tone * tone, **window) - mean * mean, 0.0) + 1e-5
        weight = (1e-3 / variance) ** 3
        total += cv2.boxFilter(colours, **window) * weight[..., None]
        weights += weight
    return total / weights[..., None]


def _tangents(picture: Picture) -> np.ndarray:
    """Unit directions along the contours, float [256, 256, 2] as (x, y); 45 degrees where there are none."""
    tone = cv2.GaussianBlur(_luminance(_unit(picture)), (0, 0), 1.2)
    across, down = cv2.Sobel(tone, cv2.CV_32F, 1, 0), cv2.Sobel(tone, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.GaussianBlur(product, (0, 0), 3.0) for product in (across * across, down * down, across * down))
    angle = 0.5 * np.arctan2(2.0 * xy + 4e-4, xx - yy) + np.pi / 2.0
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1).astype(np.float32)


def _smear(values: np.ndarray, along: np.ndarray, steps: int) -> np.ndarray:
    """Mean of ``values`` along the streamlines of ``along``, ``steps`` pixels to both sides."""
    total, count = values.copy(), 1
    for sign in (-1.0, 1.0):
        x, y, heading = _COLUMNS.copy(), _ROWS.copy(), along * sign
        for _ in range(steps):
            x, y = x + heading[..., 0], y + heading[..., 1]
            there = cv2.remap(along, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
            agrees = np.sign((there * heading).sum(axis=-1, keepdims=True)) + 1e-6
            heading = there * agrees
            sampled = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            total += sampled.reshape(values.shape)
            count += 1
    return total / count


def _cell_means(picture: Picture, cell: int) -> np.ndarray:
    return cv2.resize(_unit(picture), (SIDE // cell, SIDE // cell), interpolation=cv2.INTER_AREA)


def _enlarge(cells: np.ndarray, cell: int) -> np.ndarray:
    return np.repeat(np.repeat(cells, cell, axis=0), cell, axis=1)


@cache
def _grain(period: int, blur: float, seed: int) -> np.ndarray:
    """Blurred noise of unit deviation that repeats every ``period`` pixels."""
    noise = np.random.RandomState(seed).randn(period, period).astype(np.float32)
    noise = cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), blur)[period : 2 * period, period : 2 * period]
    return np.tile(noise / noise.std(), (SIDE // period, SIDE // period))


@cache
def _window() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A leaded window of irregular panes repeating every `TILE` pixels: pane numbers, lead 0..1 and shine of the glass."""
    seeds = np.array([(4, 5), (19, 2), (29, 14), (12, 15), (2, 25), (21, 27)], np.float32)
    repeats = np.arange(-1, SIDE // TILE + 1)
    shifts = np.stack(np.meshgrid(repeats, repeats), axis=-1).reshape(-1, 1, 2) * TILE
    centres = (seeds + shifts).reshape(-1, 2)
    pixels = np.stack([_COLUMNS, _ROWS], axis=-1).reshape(-1, 1, 2)
    distances = np.concatenate([np.hypot(*(part - centres).transpose(2, 0, 1)) for part in np.array_split(pixels, 64)])
    nearest, second = np.partition(distances, 1, axis=1)[:, :2].T
    panes = np.unique(distances.argmin(axis=1), return_inverse=True)[1].reshape(SIDE, SIDE)
    lead = np.clip(2.4 - (second - nearest), 0.0, 1.0).reshape(SIDE, SIDE)
    shine = (1.12 - 0.025 * nearest).reshape(SIDE, SIDE)
    return panes, lead.astype(np.float32), shine.astype(np.float32)


@cache
def _woodblock_inks() -> np.ndarray:
    """The nearest ink of a woodblock printer for every colour on a 64-cube, float [64, 64, 64, 3]."""
    inks = np.array(
        [[28, 38, 78], [52, 98, 148], [134, 176, 190], [240, 226, 194], [204, 78, 52], [226, 172, 84], [96, 128, 84], [236, 190, 158]],
        np.uint8,
    )  # fmt: skip
    ramp = np.linspace(0, 255, 64)
    cube = np.stack(np.meshgrid(ramp, ramp, ramp, indexing="ij"), axis=-1).reshape(1, -1, 3).astype(np.uint8)
    lab = cv2.cvtColor(cube, cv2.COLOR_RGB2LAB)[0].astype(np.float32)
    lab[:, 1:] = 128.0 + (lab[:, 1:] - 128.0) * 2.0
    lab[:, 0] = (lab[:, 0] - 128.0) * 1.15 + 134.0
    targets = cv2.cvtColor(inks[None], cv2.COLOR_RGB2LAB)[0].astype(np.float32)
    distance = ((lab[:, None] - targets) ** 2).sum(axis=-1)
    weights = np.exp(-(distance - distance.min(axis=1, keepdims=True)) / 110.0)
    weights /= weights.sum(axis=1, keepdims=True)
    return (weights @ (inks.astype(np.float32) / 255.0)).reshape(64, 64, 64, 3).astype(np.float32)


@cache
def _heat_colours() -> np.ndarray:
    """The "ironbow" of thermal cameras, uint8 [256, 3]."""
    stops = [0.0, 0.14, 0.32, 0.5, 0.68, 0.85, 1.0]
    colours = np.array([[0, 0, 30], [40, 0, 130], [150, 0, 155], [225, 45, 70], [250, 130, 10], [255, 215, 50], [255, 255, 235]])
    levels = np.linspace(0.0, 1.0, 256)
    return np.stack([np.interp(levels, stops, colours[:, channel]) for channel in range(3)], axis=1).astype(np.uint8)
