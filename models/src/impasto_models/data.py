"""Training data: photographs, frames of clips and procedural scenes, and their styled targets.

``python -m impasto_models.data --clips DIR --out DIR`` downloads the photographs that ``sources.json`` names (from Debian
and Python packages), takes frames of the clips and writes everything as small files. Targets are made while training runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from importlib import resources
from pathlib import Path

import cv2
import numpy as np

from impasto_models.scenes import graphic_scene, street_scene
from impasto_models.teachers import SIDE, TEACHERS

HELD_OUT_CLIPS = ("blackswan", "goat")
"""Clips that training never sees."""
TRAINING_CLIPS = ("camel", "dance-twirl", "parkour", "scooter-black")
SHORT_SIDE = 640
FRAME_STEP = 4

_POOLS = (("photographs", 0.45), ("clips", 0.2), ("streets", 0.22), ("graphics", 0.13))


def sources() -> list[dict]:
    """The photographs: package, its manager, file in it, author and licence."""
    return json.loads(resources.files("impasto_models").joinpath("sources.json").read_text())


def prepare(clips: Path, out: Path) -> None:
    """Writes ``out/photographs``, ``out/clips`` and ``out/held-out``."""
    for folder in ("photographs", "clips", "held-out"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for index, source in enumerate(sources()):
            photograph = cv2.imread(str(_fetch(source, Path(scratch))), cv2.IMREAD_COLOR)
            _write(out / "photographs" / f"{index:03d}.jpg", _shrink(photograph))
    for name in TRAINING_CLIPS:
        for index, frame in enumerate(read_clip(clips / f"{name}.mp4")[::FRAME_STEP]):
            _write(out / "clips" / f"{name}-{index:03d}.jpg", frame)
    for name in HELD_OUT_CLIPS:
        for index, frame in enumerate(read_clip(clips / f"{name}.mp4", 48)):
            _write(out / "held-out" / f"{name}-{index:03d}.png", centre_square(frame))


def _fetch(source: dict, scratch: Path) -> Path:
    """Downloads and unpacks a source's package once, and returns the path of its file."""
    folder = scratch / source["package"]
    if not folder.exists():
        folder.mkdir()
        if source["manager"] == "apt":
            subprocess.run(["apt-get", "download", source["package"]], cwd=folder, check=True, capture_output=True)
            subprocess.run(["dpkg-deb", "-x", next(folder.glob("*.deb")), folder], check=True)
        else:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*pip, "--dest", folder, source["package"]], check=True)
            zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(folder)
    file = folder / source["file"]
    if not file.exists():
        raise FileNotFoundError(f"{source['package']} has no {source['file']}; another version may have been downloaded")
    return file


def _shrink(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = SHORT_SIDE / min(height, width)
    return cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def _write(file: Path, picture: np.ndarray) -> None:
    options = [cv2.IMWRITE_JPEG_QUALITY, 92] if file.suffix == ".jpg" else []
    if not cv2.imwrite(str(file), picture, options):
        raise OSError(f"could not write {file}")


def read_clip(file: Path, most: int | None = None) -> list[np.ndarray]:
    """The frames of a clip, or its first ``most``, BGR uint8."""
    capture, frames = cv2.VideoCapture(str(file)), []
    while most is None or len(frames) < most:
        found, frame = capture.read()
        if not found:
            break
        frames.append(frame)
    if not frames:
        raise FileNotFoundError(f"no frames in {file}")
    return frames


def centre_square(frame: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Centre crop to a square, then area interpolation."""
    height, width = frame.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    return cv2.resize(frame[top : top + edge, left : left + edge], (side, side), interpolation=cv2.INTER_AREA)


def read_rgb(file: Path) -> np.ndarray:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise OSError(f"could not read {file}")
    return np.ascontiguousarray(picture[..., ::-1])


class SampleMaker:
    """Draws random inputs from the prepared data and applies every teacher to them."""

    def __init__(self, data: Path, seed: int):
        self._rng = np.random.default_rng(seed)
        self._pictures = {pool: [read_rgb(file) for file in sorted((data / pool).glob("*.jpg"))] for pool in ("photographs", "clips")}

    def sample(self) -> np.ndarray:
        """The styles of one input in the order of `TEACHERS`, uint8 [styles, 256, 256, 3]; the last is the input."""
        picture = self._input()
        return np.stack([teacher(picture) for teacher in TEACHERS.values()])

    def _input(self) -> np.ndarray:
        pool = self._rng.choice([name for name, _ in _POOLS], p=[share for _, share in _POOLS])
        if pool in self._pictures:
            pictures = self._pictures[pool]
            picture = self._crop(pictures[self._rng.integers(len(pictures))])
        else:
            draw = street_scene if pool == "streets" else graphic_scene
            picture = draw(int(self._rng.integers(2**31)), self._rng.uniform(0, 60))
        return self._recolour(picture)

    def _crop(self, picture: np.ndarray) -> np.ndarray:
        rng = self._rng
        height, width = picture.shape[:2]
        edge = int(min(height, width) * (1.0 if rng.random() < 0.25 else rng.uniform(0.4, 1.0)))
        top, left = rng.integers(height - edge + 1), rng.integers(width - edge + 1)
        crop = cv2.resize(picture[top : top + edge, left : left + edge], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        crop = crop[:, ::-1] if rng.random() < 0.5 else crop
        return np.rot90(crop, rng.integers(1, 4)) if rng.random() < 0.1 else crop

    def _recolour(self, picture: np.ndarray) -> np.ndarray:
        """Random gamma, contrast, brightness, saturation, channel order and sensor noise."""
        rng = self._rng
        colours = picture.astype(np.float32) / 255.0
        if rng.random() < 0.6:
            colours = colours ** rng.uniform(0.65, 1.5)
        if rng.random() < 0.4:
            colours = (colours - 0.5) * rng.uniform(0.7, 1.3) + 0.5 + rng.uniform(-0.1, 0.1)
        if rng.random() < 0.25:
            grey = colours.mean(axis=2, keepdims=True)
            colours = grey + (colours - grey) * rng.uniform(0.2, 1.6)
        if rng.random() < 0.3:
            colours = colours[..., rng.permutation(3)]
        if rng.random() < 0.1:
            colours = colours + rng.standard_normal(colours.shape) * rng.uniform(0.01, 0.03)
        return np.ascontiguousarray((np.clip(colours, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8))


def write_chunks(data: Path, out: Path, *, seed: int, first: int, step: int, chunks: int, samples: int) -> None:
    """Writes chunk files ``first, first + step, … < chunks`` of ``samples`` samples each, as one worker of ``step``."""
    maker = SampleMaker(data, seed * 1000 + first)
    for chunk in range(first, chunks, step):
        partial = out / f"{chunk:05d}.partial.npy"
        np.save(partial, np.stack([maker.sample() for _ in range(samples)]))
        partial.rename(out / f"{chunk:05d}.chunk.npy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="folder with the clips as MP4")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    prepare(arguments.clips, arguments.out)


if __name__ == "__main__":
    main()
