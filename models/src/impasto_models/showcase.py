"""Shows a bundle beside its teachers on clips: a contact sheet a clip, and a video a clip and style.

``python -m impasto_models.showcase --bundle nano --clips DIR --out DIR`` runs the bundle's own files in ONNX Runtime. Videos
show input, teacher and model side by side, as H.264 in MP4 that browsers play. With ``--group 8`` they show input, model
without and model with temporal adapter instead.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from tokenizers import Tokenizer

from impasto_models.bundle import DEFAULT_SEED, TOKENIZER
from impasto_models.data import HELD_OUT_CLIPS, centre_square, read_clip
from impasto_models.flow import optical_flow
from impasto_models.networks import TextSize
from impasto_models.noise import normal_noise
from impasto_models.prompts import CANONICAL, STYLES, TITLES
from impasto_models.reference import load_networks
from impasto_models.runtime import BundleSession
from impasto_models.teachers import TEACHERS
from impasto_models.tokenization import encode_prompts

COLUMNS = 6
FRAMES_PER_SECOND = 24
_BAND = 28
"""Height of a strip of labels in pixels."""


class ClipRenderer:
    """Restyles one clip by prompts with a bundle in ONNX Runtime, in batches of ``batch`` frames."""

    def __init__(self, session: BundleSession, text: TextSize, tokenizer: Tokenizer, clip: np.ndarray, batch: int = 8):
        """``clip`` is uint8 [T, H, W, 3], RGB, of the bundle's frame size."""
        self._session, self._text, self._tokenizer, self._clip, self._batch = session, text, tokenizer, clip, batch
        self._latents = np.concatenate([session.run("vae_encoder", frame=part)["latents"] for part in self._parts(batch)])
        manifest = session.manifest
        self._sigmas = np.array([manifest["sampling"]["sigmas"]], np.float32)
        shape = manifest["latents"]
        self._noise = normal_noise(DEFAULT_SEED, (shape["channels"], shape["height"], shape["width"]))[None]

    def _parts(self, size: int) -> list[np.ndarray]:
        return [self._clip[start : start + size] for start in range(0, len(self._clip), size)]

    def render(self, prompt: str, group: int = 0) -> np.ndarray:
        """The clip by ``prompt``, uint8 [T, H, W, 3].

        With ``group`` frames to a group the adapter is on: a frame is conditioned on the last output of the group before,
        moved along the optical flow to this frame; frames of the first group on themselves.
        """
        text = self._embed(prompt)
        outputs: list[np.ndarray] = []
        for part in self._parts(group or self._batch):
            start = sum(map(len, outputs))
            if group and start:
                anchor = np.repeat(outputs[-1][-1:], len(part), axis=0)
                flow = np.stack([optical_flow(self._clip[start - 1], frame) for frame in part])
            else:
                anchor, flow = part, np.zeros((*part.shape[:3], 2), np.float32)
            outputs.append(self._denoise(start, anchor, flow, text, strength=float(group > 0)))
        return np.concatenate(outputs)

    def _embed(self, prompt: str) -> dict[str, np.ndarray]:
        ids, mask = encode_prompts(self._tokenizer, [prompt], self._text)
        neutral = np.empty((1, *self._clip.shape[1:]), np.uint8)
        neutral[:] = self._session.manifest["text"]["neutral_frame"]["rgb"]
        return self._session.run("text_encoder", input_ids=ids, attention_mask=mask, frame=neutral)

    def _denoise(self, start: int, anchor: np.ndarray, flow: np.ndarray, text: dict[str, np.ndarray], strength: float) -> np.ndarray:
        batch = len(anchor)
        latents = self._session.run(
            "denoiser",
            noise=np.repeat(self._noise, batch, axis=0),
            reference_latents=self._latents[start : start + batch],
            **{name: np.repeat(value, batch, axis=0) for name, value in text.items()},
            **self._session.run("condition_encoder", anchor=anchor, flow=flow),
            strength=np.full(batch, strength, np.float32),
            sigmas=np.repeat(self._sigmas, batch, axis=0),
        )["latents"]
        return self._session.run("vae_decoder", latents=latents)["frame"]


def _label(width: int, texts: Sequence[str]) -> np.ndarray:
    """A white strip with one text in each of its equal parts."""
    strip = np.full((_BAND, width, 3), 255, np.uint8)
    for number, text in enumerate(texts):
        place = number * width // len(texts) + 6, _BAND - 9
        cv2.putText(strip, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    return strip


def contact_sheet(panels: dict[str, dict[str, np.ndarray]]) -> np.ndarray:
    """Rows of ``panels``, which holds a clip uint8 [T, H, W, 3] by name and style, over all styles; RGB uint8.

    Each style is shown at another moment of the clip.
    """
    styles = list(next(iter(panels.values())))
    length, side = next(iter(next(iter(panels.values())).values())).shape[:2]
    moments = np.linspace(0, length - 1, len(styles)).astype(int)
    bands = []
    for start in range(0, len(styles), COLUMNS):
        part = list(zip(styles, moments, strict=True))[start : start + COLUMNS]
        missing = COLUMNS - len(part)
        for name, rendered in panels.items():
            pictures = [rendered[style][moment] for style, moment in part]
            titles = [f"{name}: {TITLES[style]}" for style, _ in part] + [""] * missing
            bands += [_label(side * COLUMNS, titles), np.hstack([*pictures, np.full((side, side * missing, 3), 255, np.uint8)])]
    return np.vstack(bands)


def side_by_side(panels: dict[str, np.ndarray]) -> np.ndarray:
    """Video frames of the clips uint8 [T, H, W, 3] in ``panels`` beside one another under their names."""
    pictures = np.concatenate(list(panels.values()), axis=2)
    strip = _label(pictures.shape[2], list(panels))
    return np.stack([np.vstack([strip, frame]) for frame in pictures])


def write_video(file: Path, frames: Sequence[np.ndarray] | np.ndarray, frames_per_second: int = FRAMES_PER_SECOND) -> None:
    """Writes T frames uint8 [H, W, 3] of even sides as H.264 (yuv420p) in MP4, the index in front."""
    with av.open(str(file), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=frames_per_second, options={"crf": "18", "preset": "medium"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def show(bundle: Path, clips: Path, out: Path, names: Sequence[str], styles: Sequence[str], *, frames: int, group: int) -> None:
    """Writes ``NAME.jpg`` and ``NAME-STYLE.mp4`` of every clip to ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    session, tokenizer = BundleSession(bundle), Tokenizer.from_file(str(bundle / TOKENIZER))
    size = load_networks(bundle).size
    for name in names:
        clip = np.stack([centre_square(frame, size.frame)[..., ::-1].copy() for frame in read_clip(clips / f"{name}.mp4", frames)])
        renderer = ClipRenderer(session, size.text, tokenizer, clip)
        panels = {"input": dict.fromkeys(styles, clip)}
        if group:
            panels["adapter off"] = {style: renderer.render(CANONICAL[style]) for style in styles}
            panels["adapter on"] = {style: renderer.render(CANONICAL[style], group) for style in styles}
        else:
            panels["teacher"] = {style: np.stack([TEACHERS[style](frame) for frame in clip]) for style in styles}
            panels[session.manifest["name"]] = {style: renderer.render(CANONICAL[style]) for style in styles}
        for style in styles:
            columns = {f"{panel}: {TITLES[style]}": rendered[style] for panel, rendered in panels.items()}
            write_video(out / f"{name}-{style}.mp4", side_by_side(columns))
        cv2.imwrite(str(out / f"{name}.jpg"), contact_sheet(panels)[..., ::-1].copy(), [cv2.IMWRITE_JPEG_QUALITY, 92])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True, help="folder with the clips as MP4")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--names", nargs="+", default=HELD_OUT_CLIPS, help="clips by name; those that training never saw")
    parser.add_argument("--styles", nargs="+", choices=STYLES, default=STYLES)
    parser.add_argument("--frames", type=int, default=48, help="at most so many frames of each clip")
    parser.add_argument(
        "--group", type=int, default=0, help="frames of a group: shows the temporal adapter off and on, instead of the teacher"
    )
    arguments = parser.parse_args()
    show(
        arguments.bundle, arguments.clips, arguments.out, arguments.names, arguments.styles,
        frames=arguments.frames, group=arguments.group,
    )  # fmt: skip


if __name__ == "__main__":
    main()
