"""How good a model is, on clips that training never saw: distance to the teachers, style by prompt, steadiness.

``python -m impasto_models.evaluate --checkpoint DIR --frames DIR --json FILE [--sheet PNG]``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from impasto_models.bundle import DEFAULT_SEED, NEUTRAL_RGB
from impasto_models.checkpoints import load_checkpoint, load_tokenizer
from impasto_models.data import HELD_OUT_CLIPS, read_rgb
from impasto_models.export import half_precision
from impasto_models.flow import optical_flow
from impasto_models.graphs import antialiased_resize_matrix, to_frame, to_picture
from impasto_models.networks import Networks
from impasto_models.noise import normal_noise
from impasto_models.prompts import CANONICAL, STYLES, UNTOUCHED_PHRASES, held_out_prompts
from impasto_models.teachers import TEACHERS
from impasto_models.tokenization import encode_prompts


class Stylist:
    """Restyles frames by a prompt with PyTorch, the way a job does with the bundle."""

    def __init__(self, networks: Networks, tokenizer: Tokenizer, device: str = "cpu", seed: int = DEFAULT_SEED):
        self.networks = networks.eval()
        self.device = device
        self._tokenizer = tokenizer
        size = networks.size
        self.noise = torch.from_numpy(normal_noise(seed, size.latent_shape)).to(device)
        self._resize = antialiased_resize_matrix(size.frame, size.text.image_pixels).to(device)
        neutral = torch.tensor(NEUTRAL_RGB, dtype=torch.uint8, device=device)
        self.neutral = neutral.expand(1, size.frame, size.frame, 3)

    @torch.no_grad()
    def embed(self, prompts: Sequence[str], frames: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Embeddings and mask of prompts, seen with ``frames`` uint8 [B, H, W, 3] or with the neutral frame."""
        size = self.networks.size.text
        ids, mask = (torch.from_numpy(part).to(self.device) for part in encode_prompts(self._tokenizer, prompts, size))
        seen = self.neutral.expand(len(prompts), -1, -1, -1) if frames is None else frames
        picture = self._resize @ to_picture(seen) @ self._resize.T
        return self.networks.text_encoder(ids, mask, picture), mask[:, -size.embedding_length :]

    @torch.no_grad()
    def restyle(self, frames: Tensor, embeddings: Tensor, mask: Tensor, condition: Tensor | None = None) -> Tensor:
        """Frames uint8 [B, H, W, 3] -> frames, one step from the fixed noise.

        With ``condition``, pictures float [B, 3, H, W] in -1..1 (a stream's earlier output warped to these frames), the
        adapter is on at full strength.
        """
        batch = frames.shape[0]
        noise = self.noise.expand(batch, -1, -1, -1)
        sigma = torch.ones(batch, device=self.device)
        reference = self.networks.encode(to_picture(frames))
        inputs = (noise, reference, embeddings.expand(batch, -1, -1), mask.expand(batch, -1), sigma)
        if condition is None:
            return to_frame(self.networks.decode(self.predict(*inputs)))
        adapter = self.networks.adapter
        packed = {side: adapter.encode(condition, side) for side in adapter.sides}
        with adapter.applied(self.networks.unet, packed, sigma, reference):
            return to_frame(self.networks.decode(self.predict(*inputs)))

    def predict(self, noise: Tensor, reference: Tensor, embeddings: Tensor, mask: Tensor, sigma: Tensor) -> Tensor:
        """The clean latents, as `Networks.predict`."""
        return self.networks.predict(noise, reference, embeddings, mask, sigma)

    def restyle_prompt(self, frames: Tensor, prompt: str, batch: int = 16) -> Tensor:
        """Frames uint8 [N, H, W, 3] by one prompt, embedded with the neutral frame."""
        embeddings, mask = self.embed([prompt])
        return torch.cat([self.restyle(part, embeddings, mask) for part in frames.split(batch)])

    def restyle_prompts(self, frame: Tensor, prompts: Sequence[str], batch: int = 16) -> Tensor:
        """One frame uint8 [H, W, 3] by every prompt: [prompts, H, W, 3]."""
        embeddings, mask = self.embed(prompts)
        parts = zip(embeddings.split(batch), mask.split(batch), strict=True)
        return torch.cat([self.restyle(frame.expand(len(part), -1, -1, -1), part, kept) for part, kept in parts])


def held_out_frames(folder: Path) -> dict[str, np.ndarray]:
    """Consecutive frames of each held-out clip, uint8 [frames, 256, 256, 3]."""
    return {clip: np.stack([read_rgb(file) for file in sorted(folder.glob(f"{clip}-*.png"))]) for clip in HELD_OUT_CLIPS}


def teach(frames: np.ndarray) -> np.ndarray:
    """Every teacher's picture of every frame, uint8 [frames, styles, 256, 256, 3]."""
    return np.stack([[teacher(frame) for teacher in TEACHERS.values()] for frame in frames])


def psnr(outputs: Tensor, targets: Tensor) -> float:
    """Mean over pictures of the peak signal-to-noise ratio in dB, both uint8 [B, H, W, 3]."""
    error = ((outputs.float() - targets.float()) ** 2).mean(dim=(1, 2, 3)).clamp(min=0.1)
    return float((10.0 * torch.log10(255.0**2 / error)).mean())


def nearest_style(outputs: Tensor, targets: Tensor) -> Tensor:
    """Index of the teacher whose picture is nearest, for outputs [B, H, W, 3] and targets [B, styles, H, W, 3]."""
    distance = [((outputs.float() - targets[:, style].float()) ** 2).mean(dim=(1, 2, 3)) for style in range(targets.shape[1])]
    return torch.stack(distance, dim=1).argmin(dim=1)


def evaluate(stylist: Stylist, clips: dict[str, np.ndarray], spaced: int = 8, consecutive: int = 8) -> dict:
    """PSNR and style accuracy on every ``spaced``-th frame, steadiness on the first ``consecutive`` ones."""
    frames = np.concatenate([clip[::spaced] for clip in clips.values()])
    targets = torch.from_numpy(teach(frames)).to(stylist.device)
    inputs = torch.from_numpy(frames).to(stylist.device)
    first_frames = np.stack([clip[0] for clip in clips.values()])
    first, first_targets = (torch.from_numpy(part).to(stylist.device) for part in (first_frames, teach(first_frames)))
    report: dict = {"frames": len(frames), "clips": list(clips), "styles": {}, "missed": []}
    for index, style in enumerate(STYLES):
        outputs = stylist.restyle_prompt(inputs, CANONICAL[style])
        share, missed = paraphrase_accuracy(stylist, first, first_targets, index, held_out_prompts(style))
        untouched, missed_untouched = paraphrase_accuracy(stylist, first, first_targets, index, UNTOUCHED_PHRASES[style])
        report["styles"][style] = {
            "psnr": round(psnr(outputs, targets[:, index]), 2),
            "autoencoder_psnr": round(psnr(reconstruct(stylist, targets[:, index]), targets[:, index]), 2),
            "accuracy": round((nearest_style(outputs, targets) == index).float().mean().item(), 3),
            "paraphrase_accuracy": round(share, 3),
            "untouched_accuracy": round(untouched, 3),
            **steadiness(stylist, [clip[:consecutive] for clip in clips.values()], style),
        }
        report["missed"] += missed + missed_untouched
    for figure in ("psnr", "accuracy", "paraphrase_accuracy", "untouched_accuracy"):
        report[f"mean_{figure}"] = round(float(np.mean([row[figure] for row in report["styles"].values()])), 3)
    return report


def paraphrase_accuracy(stylist: Stylist, frames: Tensor, targets: Tensor, index: int, prompts: Sequence[str]) -> tuple[float, list[str]]:
    """Share of ``prompts`` that give the style at ``index``, and the prompts that do not on some frame."""
    picked = [
        nearest_style(stylist.restyle_prompts(frame, prompts), target.expand(len(prompts), -1, -1, -1, -1)) == index
        for frame, target in zip(frames, targets, strict=True)
    ]
    right = torch.stack(picked).float().mean(dim=0).cpu()
    return float(right.mean()), [f"{STYLES[index]}: {prompt}" for prompt, share in zip(prompts, right, strict=True) if share < 1.0]


def steadiness(stylist: Stylist, clips: Sequence[np.ndarray], style: str) -> dict[str, float]:
    """Flicker between consecutive frames of the model and of its teacher, mean absolute levels of 0..255.

    ``consecutive`` compares frames as they are, ``warp`` after moving the next frame back along the input's optical flow
    (Farneback), which leaves what does not follow the scene.
    """
    rows = []
    for clip in clips:
        flows = [optical_flow(first, second) for first, second in pairwise(clip)]
        styled = stylist.restyle_prompt(torch.from_numpy(clip).to(stylist.device), CANONICAL[style]).cpu().numpy()
        taught = np.stack([TEACHERS[style](frame) for frame in clip])
        rows.append([*_flicker(styled, flows), *_flicker(taught, flows)])
    names = ("consecutive", "warp", "teacher_consecutive", "teacher_warp")
    return {name: round(float(value), 2) for name, value in zip(names, np.mean(rows, axis=0), strict=True)}


def _flicker(frames: np.ndarray, flows: Sequence[np.ndarray]) -> tuple[float, float]:
    height, width = frames.shape[1:3]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    plain, warped = [], []
    for first, second, flow in zip(frames[:-1], frames[1:], flows, strict=True):
        back = cv2.remap(second, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        plain.append(np.abs(first.astype(np.float32) - second).mean())
        warped.append(np.abs(first.astype(np.float32) - back).mean())
    return float(np.mean(plain)), float(np.mean(warped))


@torch.no_grad()
def reconstruct(stylist: Stylist, frames: Tensor, batch: int = 16) -> Tensor:
    """Frames through the autoencoder alone: the best that the denoiser could reach."""
    networks = stylist.networks
    return torch.cat([to_frame(networks.decode(networks.encode(to_picture(part)))) for part in frames.split(batch)])


def contact_sheet(stylist: Stylist, frames: np.ndarray, styles: Sequence[str], columns: int = 6) -> np.ndarray:
    """For each frame: rows of teacher above model over the styles, RGB uint8."""
    rows = []
    for frame in frames:
        for start in range(0, len(styles), columns):
            part = styles[start : start + columns]
            inputs = torch.from_numpy(frame[None]).to(stylist.device)
            outputs = [stylist.restyle_prompt(inputs, CANONICAL[style])[0].cpu().numpy() for style in part]
            targets = [TEACHERS[style](frame) for style in part]
            blanks = [np.full_like(frame, 255)] * (columns - len(part))
            rows += [np.hstack(targets + blanks), np.hstack(outputs + blanks)]
    return np.vstack(rows)


def save_png(file: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(file), picture[..., ::-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="what impasto_models.training wrote")
    parser.add_argument("--frames", type=Path, required=True, help="the held-out frames that impasto_models.data wrote")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--sheet", type=Path, help="contact sheet of one frame a clip: rows of teacher and model")
    arguments = parser.parse_args()
    stylist = Stylist(half_precision(load_checkpoint(arguments.checkpoint)), load_tokenizer(arguments.checkpoint))
    clips = held_out_frames(arguments.frames)
    arguments.json.write_text(json.dumps(evaluate(stylist, clips), indent=1) + "\n")
    if arguments.sheet:
        save_png(arguments.sheet, contact_sheet(stylist, np.stack([clip[20] for clip in clips.values()]), STYLES))


if __name__ == "__main__":
    main()
