"""How good a model is, on clips that training never saw: distance to the teachers, style by prompt, steadiness.

``python -m impasto_models.evaluate --bundle DIR --frames DIR --json FILE [--sheet PNG]``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from impasto_models.bundle import DEFAULT_SEED, NEUTRAL_RGB
from impasto_models.data import HELD_OUT_CLIPS, read_rgb
from impasto_models.graphs import antialiased_resize_matrix, to_frame, to_picture
from impasto_models.networks import Networks
from impasto_models.noise import normal_noise
from impasto_models.prompts import CANONICAL, STYLES, held_out_prompts
from impasto_models.teachers import TEACHERS
from impasto_models.tokenization import encode_prompts


class Stylist:
    """Restyles frames by a prompt with PyTorch, the way a job does with the bundle."""

    def __init__(self, networks: Networks, tokenizer: Tokenizer, device: str = "cpu", seed: int = DEFAULT_SEED):
        self.networks = networks.eval()
        self.device = device
        self._tokenizer = tokenizer
        size = networks.size
        self._noise = torch.from_numpy(normal_noise(seed, size.latent_shape)).to(device)
        self._resize = antialiased_resize_matrix(size.frame, size.text.image_pixels).to(device)
        neutral = torch.tensor(NEUTRAL_RGB, dtype=torch.uint8, device=device)
        self._neutral = neutral.expand(1, size.frame, size.frame, 3)

    @torch.no_grad()
    def embed(self, prompts: Sequence[str], frames: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Embeddings and mask of prompts, seen with ``frames`` uint8 [B, H, W, 3] or with the neutral frame."""
        size = self.networks.size.text
        ids, mask = (torch.from_numpy(part).to(self.device) for part in encode_prompts(self._tokenizer, prompts, size))
        seen = self._neutral.expand(len(prompts), -1, -1, -1) if frames is None else frames
        picture = self._resize @ to_picture(seen) @ self._resize.T
        return self.networks.text_encoder(ids, mask, picture), mask[:, -size.embedding_length :]

    @torch.no_grad()
    def restyle(self, frames: Tensor, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Frames uint8 [B, H, W, 3] -> frames, one step from the fixed noise."""
        batch = frames.shape[0]
        noise = self._noise.expand(batch, -1, -1, -1)
        sigma = torch.ones(batch, device=self.device)
        reference = self.networks.encode(to_picture(frames))
        embeddings, mask = embeddings.expand(batch, -1, -1), mask.expand(batch, -1)
        return to_frame(self.networks.decode(self.networks.predict(noise, reference, embeddings, mask, sigma)))

    def restyle_prompt(self, frames: Tensor, prompt: str, batch: int = 16) -> Tensor:
        embeddings, mask = self.embed([prompt])
        return torch.cat([self.restyle(part, embeddings, mask) for part in frames.split(batch)])


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


def evaluate(stylist: Stylist, clips: dict[str, np.ndarray], spaced: int = 8) -> dict:
    """PSNR and style accuracy on every ``spaced``-th frame of the clips."""
    frames = np.concatenate([clip[::spaced] for clip in clips.values()])
    targets = torch.from_numpy(teach(frames)).to(stylist.device)
    inputs = torch.from_numpy(frames).to(stylist.device)
    few, few_targets = inputs[:: max(1, len(frames) // 3)], targets[:: max(1, len(frames) // 3)]
    report: dict = {"frames": len(frames), "styles": {}, "missed": []}
    for index, style in enumerate(STYLES):
        outputs = stylist.restyle_prompt(inputs, CANONICAL[style])
        picked = [
            (prompt, (nearest_style(stylist.restyle_prompt(few, prompt), few_targets) == index).float().mean().item())
            for prompt in held_out_prompts(style)
        ]
        report["styles"][style] = {
            "psnr": round(psnr(outputs, targets[:, index]), 2),
            "autoencoder_psnr": round(psnr(reconstruct(stylist, targets[:, index]), targets[:, index]), 2),
            "accuracy": round((nearest_style(outputs, targets) == index).float().mean().item(), 3),
            "paraphrase_accuracy": round(float(np.mean([share for _, share in picked])), 3),
        }
        report["missed"] += [f"{style}: {prompt} ({share:.2f})" for prompt, share in picked if share < 1.0]
    for figure in ("psnr", "accuracy", "paraphrase_accuracy"):
        report[f"mean_{figure}"] = round(float(np.mean([row[figure] for row in report["styles"].values()])), 3)
    return report


@torch.no_grad()
def reconstruct(stylist: Stylist, frames: Tensor, batch: int = 16) -> Tensor:
    """Frames through the autoencoder alone: the best that the denoiser could reach."""
    networks = stylist.networks
    return torch.cat([to_frame(networks.decode(networks.encode(to_picture(part)))) for part in frames.split(batch)])


def contact_sheet(stylist: Stylist, frames: np.ndarray, styles: Sequence[str], columns: int = 6) -> np.ndarray:
    """For each frame: rows of input, teacher and model over the styles, RGB uint8."""
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
