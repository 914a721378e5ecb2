"""How well what the schedule ``adaptive`` looks at stands for the drift of the temporal adapter's embeddings.

``python -m impasto_models.drift --bundle nano --clips DIR`` takes every frame of a clip for its own anchor, without flow, and
compares pairs of frames that lie `DISTANCES` apart:

======== ===============================================================================================
drift    absolute difference of the embeddings, each output of ``condition_encoder`` in parts of its mean
         absolute value in all clips; the mean over the outputs, and that of the finest alone
cells    what ``conditioning.drift-bound`` bounds: `mean_difference`, in grey levels
residual absolute grey difference of the first frame and the second moved onto it, in grey levels
flow     length of the optical flow (Farneback) from the first to the second, in pixels
======== ===============================================================================================

The scale of an output is one for all clips, because the adapter adds embeddings to what the denoiser computes: the same
difference does the same in a pale picture.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from impasto_models.bundle import read_manifest
from impasto_models.data import centre_square, read_clip
from impasto_models.flow import optical_flow
from impasto_models.runtime import BundleSession

DISTANCES = (1, 2, 4, 8, 16, 32)
BOUNDS = (2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0)
"""Values of ``conditioning.drift-bound``; 6 is its default."""
CELLS = 32
"""Cells of ``FrameSignature`` across and down."""
STATISTICS = ("cells", "residual", "flow")
DRIFTS = ("all", "finest")
"""Of all outputs of the graph, and of the finest."""

_ENCODER = "condition_encoder"
_SUFFIXES = (".avi", ".mkv", ".mov", ".mp4", ".webm")
_BATCH = 8


def mean_colours(frame: np.ndarray, cells: int = CELLS) -> np.ndarray:
    """The grid of ``FrameSignature``: mean colours of a frame uint8 [H, W, 3], halves rounded up, int64 [cells * cells, 3]."""
    height, width = frame.shape[:2]
    rows, columns = np.arange(height) * cells // height, np.arange(width) * cells // width
    places = (rows[:, None] * cells + columns).ravel()
    counts = np.maximum(1, np.bincount(places, minlength=cells * cells))[:, None]
    sums = [np.bincount(places, frame[..., channel].ravel(), cells * cells).astype(np.int64) for channel in range(3)]
    return (np.stack(sums, axis=1) + counts // 2) // counts


def mean_difference(first: np.ndarray, second: np.ndarray) -> float:
    """``FrameSignature.meanDifference`` of two grids: mean absolute difference of the cells' colours, in grey levels."""
    return float(np.abs(first - second).mean())


def motion(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Residual and flow between two RGB frames, as above."""
    flow = optical_flow(first, second)
    grey, other = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in (first, second))
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]].astype(np.float32)
    moved = cv2.remap(other, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return float(np.abs(moved - grey).mean()), float(np.hypot(flow[..., 0], flow[..., 1]).mean())


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Spearman's: the correlation of ranks, equal values sharing the mean of theirs; None where one side is constant."""
    ranks = np.stack([_ranks(first), _ranks(second)])
    return None if (np.ptp(ranks, axis=1) == 0).any() else float(np.corrcoef(ranks)[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


@dataclass(frozen=True)
class Clip:
    """A clip of T frames, measured.

    ``differences`` float [outputs, T, T]: mean absolute differences of each output between any two frames, not yet scaled;
    ``sizes`` float [outputs]: mean absolute values; ``cells`` float [T, T]; ``motions`` float [pairs, 2]: residual and flow;
    ``pairs`` int [pairs, 2]: numbers of the frames, in the order of `DISTANCES`.
    """

    differences: np.ndarray
    sizes: np.ndarray
    cells: np.ndarray
    pairs: np.ndarray
    motions: np.ndarray


def measure_clip(session: BundleSession, frames: np.ndarray, cells: int = CELLS) -> Clip:
    """Measures RGB frames uint8 [T, H, W, 3] of the bundle's size."""
    embeddings = _embed(session, frames)
    grids = np.stack([mean_colours(frame, cells) for frame in frames])
    count = len(frames)
    pairs = [(first, first + distance) for distance in DISTANCES for first in range(count - distance)]
    return Clip(
        differences=np.stack([_differences(values) for values in embeddings]),
        sizes=np.array([np.abs(values).mean() for values in embeddings]),
        cells=_differences(grids),
        pairs=np.array(pairs).reshape(-1, 2),
        motions=np.array([motion(frames[first], frames[second]) for first, second in pairs]).reshape(-1, 2),
    )


def _embed(session: BundleSession, frames: np.ndarray) -> list[np.ndarray]:
    """Embeddings of frames as their own anchors, float32 [T, …] by output."""
    parts = []
    for start in range(0, len(frames), _BATCH):
        anchor = frames[start : start + _BATCH]
        flow = np.zeros((*anchor.shape[:3], 2), np.float32)
        parts.append(session.run(_ENCODER, anchor=anchor, flow=flow))
    return [np.concatenate([part[name] for part in parts]).astype(np.float32) for name in parts[0]]


def _differences(values: np.ndarray) -> np.ndarray:
    flat = values.reshape(len(values), -1)
    return np.stack([np.abs(flat - one).mean(axis=1) for one in flat])


def finest_output(manifest: dict) -> int:
    """Which output of ``condition_encoder`` has the most tokens: in nano, the embedding of the hook on the denoiser's output."""
    outputs = manifest["graphs"][_ENCODER]["outputs"]
    return max(range(len(outputs)), key=lambda number: outputs[number]["shape"][-2])


def report(clips: dict[str, Clip], finest: int) -> dict:
    """Rank correlations by clip and over all, means by distance, and the drift at which each of `BOUNDS` refreshes."""
    scale = np.mean([clip.sizes for clip in clips.values()], axis=0)[:, None, None]
    drifts = {name: clip.differences / scale for name, clip in clips.items()}
    drifts = {name: {"all": drift.mean(axis=0), "finest": drift[finest]} for name, drift in drifts.items()}
    columns = {name: _columns(clip, drifts[name]) for name, clip in clips.items()}
    together = {key: np.concatenate([column[key] for column in columns.values()]) for key in next(iter(columns.values()))}
    by_clip = {name: _correlations(column) for name, column in columns.items()}
    return {
        "clips": by_clip,
        "mean_of_clips": {
            drift: {name: _mean([clip[drift][name] for clip in by_clip.values()]) for name in STATISTICS} for drift in DRIFTS
        },
        "over_all_pairs": _correlations(together),
        "distances": [_at_distance(together, distance) for distance in DISTANCES if distance in together["distance"]],
        "bounds": [_at_bound(clips, drifts, bound) for bound in BOUNDS],
    }


def _mean(correlations: list[float | None]) -> float | None:
    known = [value for value in correlations if value is not None]
    return float(np.mean(known)) if known else None


def _columns(clip: Clip, drift: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    first, second = clip.pairs.T
    values = {name: matrix[first, second] for name, matrix in {**drift, "cells": clip.cells}.items()}
    return {**values, "residual": clip.motions[:, 0], "flow": clip.motions[:, 1], "distance": second - first}


def _correlations(columns: dict[str, np.ndarray]) -> dict[str, dict[str, float | None]]:
    return {drift: {name: rank_correlation(columns[drift], columns[name]) for name in STATISTICS} for drift in DRIFTS}


def _at_distance(columns: dict[str, np.ndarray], distance: int) -> dict:
    chosen = {name: values[columns["distance"] == distance] for name, values in columns.items()}
    return {
        "distance": distance,
        "pairs": len(chosen["cells"]),
        **{name: float(chosen[name].mean()) for name in ("cells", *DRIFTS)},
        "correlation": rank_correlation(chosen["finest"], chosen["cells"]),
    }


def _at_bound(clips: dict[str, Clip], drifts: dict[str, dict[str, np.ndarray]], bound: float) -> dict:
    """Embeddings made at any frame, and made anew at the clip's first later one whose cells are over the bound, if there is one."""
    starts, frames, found = 0, [], {drift: [] for drift in DRIFTS}
    for name, clip in clips.items():
        starts += len(clip.cells) - 1
        for first, row in enumerate(clip.cells):
            over = first + np.flatnonzero(row[first:] > bound)
            if len(over):
                frames.append(over[0] - first)
                for drift, values in found.items():
                    values.append(drifts[name][drift][first, over[0]])
    return {
        "bound": bound,
        "reached": len(frames) / starts,
        "frames": float(np.median(frames)) if frames else None,
        **{drift: [float(value) for value in np.quantile(values, (0.1, 0.5, 0.9))] if values else None for drift, values in found.items()},
    }


def read_frames(clips: Path, names: list[str] | None, side: int, most: int) -> dict[str, np.ndarray]:
    """The first ``most`` frames of the clips in a folder by name, RGB uint8 [T, side, side, 3], centre squares."""
    files = {file.stem: file for file in sorted(clips.iterdir()) if file.suffix in _SUFFIXES}
    if not files:
        raise FileNotFoundError(f"no clips ({', '.join(_SUFFIXES)}) in {clips}")
    missing = sorted(set(names or ()) - set(files))
    if missing:
        raise FileNotFoundError(f"no clip named {missing[0]} in {clips}, which has {', '.join(files)}")
    frames = {
        name: np.stack([centre_square(frame, side)[..., ::-1] for frame in read_clip(file, most)])
        for name, file in files.items()
        if not names or name in names
    }
    short = [name for name, clip in frames.items() if len(clip) < 2]
    if short:
        raise ValueError(f"{files[short[0]]} has one frame, expected two or more: drift is measured between frames")
    return frames


def print_report(result: dict) -> None:
    """As Markdown tables."""
    headings = [f"{drift}: {name}" for drift in DRIFTS for name in STATISTICS]
    rows = {**result["clips"], "mean of the clips": result["mean_of_clips"], "over all pairs": result["over_all_pairs"]}
    _print_table(
        ["rank correlation with drift", *headings],
        [[name, *(_number(value) for drift in DRIFTS for value in row[drift].values())] for name, row in rows.items()],
    )
    _print_table(
        ["frames apart", "pairs", "cells", "drift, all", "drift, finest", "rank correlation, finest: cells"],
        [[f"{row['distance']}", f"{row['pairs']}", *map(_number, list(row.values())[2:])] for row in result["distances"]],
    )
    _print_table(
        ["bound", "reached", "after frames", "drift then (10 %, median, 90 %), all", "finest"],
        [
            [f"{row['bound']:g}", f"{row['reached']:.0%}", _number(row["frames"], "g")]
            + [" / ".join(map(_number, row[drift] or [None])) for drift in DRIFTS]
            for row in result["bounds"]
        ],
    )


def _number(value: float | None, form: str = ".2f") -> str:
    return "–" if value is None else format(value, form)


def _print_table(headings: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(headings) + " |")
    print("| --- |" + " ---: |" * (len(headings) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True, help="folder with the clips")
    parser.add_argument("--names", nargs="+", help="clips by name; without it, all")
    parser.add_argument("--frames", type=int, default=48, help="at most so many frames of each clip, at least 2")
    parser.add_argument("--cells", type=int, default=CELLS, help="cells of the grid across and down; a job always has 32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where the report is written as JSON, too")
    arguments = parser.parse_args()
    size = read_manifest(arguments.bundle)["frame"]
    if size["width"] != size["height"]:
        parser.error(f"{arguments.bundle} takes frames of {size['width']}x{size['height']}, expected a square as clips are cropped to one")
    if not 1 <= arguments.cells <= size["width"] or arguments.frames < 2:
        parser.error(f"--cells is {arguments.cells}, expected 1 to {size['width']}; --frames is {arguments.frames}, expected 2 or more")
    cv2.setNumThreads(arguments.threads)
    session = BundleSession(arguments.bundle, arguments.threads, [_ENCODER])
    frames = read_frames(arguments.clips, arguments.names, size["width"], arguments.frames)
    clips = {name: measure_clip(session, clip, arguments.cells) for name, clip in frames.items()}
    result = report(clips, finest_output(session.manifest))
    print_report(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
