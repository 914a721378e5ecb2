"""Inputs of every graph and what PyTorch makes of them, for comparing an engine's outputs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from impasto_models.bundle import DEFAULT_SEED, NEUTRAL_RGB
from impasto_models.dreamlite.adapter import UNHOOKED
from impasto_models.dreamlite.export import BundleExporter
from impasto_models.dreamlite.reference import Reference
from impasto_models.golden import SCENE_SECONDS, SCENE_SEED
from impasto_models.noise import normal_noise
from impasto_models.prompts import CANONICAL
from impasto_models.scenes import street_scene

Sample = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def sample(exporter: BundleExporter, reference: Reference, graph: str, batch: int, seed: int = 0) -> Sample:
    """Inputs and the reference's outputs of one graph, by name."""
    return getattr(_Samples(exporter, reference, batch, seed), graph)()


class _Samples:
    def __init__(self, exporter: BundleExporter, reference: Reference, batch: int, seed: int):
        self.exporter = exporter
        self.reference = reference
        self.batch = batch
        self.numbers = np.random.default_rng(seed)
        self.element = np.dtype(exporter.options.element)

    def _frames(self) -> np.ndarray:
        """Smooth colours with noise on top: neither flat nor all noise."""
        height, width = self.exporter.options.frame
        coarse = self.numbers.integers(0, 256, (self.batch, 3, height // 16, width // 16)).astype(np.float32)
        smooth = torch.nn.functional.interpolate(torch.from_numpy(coarse), (height, width), mode="bicubic", antialias=True)
        noise = torch.from_numpy(self.numbers.normal(0, 8, smooth.shape).astype(np.float32))
        return (smooth + noise).clamp(0, 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()

    def _interface(self, tensor: Tensor) -> np.ndarray:
        return tensor.float().cpu().numpy().astype(self.element)

    def text_encoder(self) -> Sample:
        prompts = [("ink", "oil", "oil paint", "ink on paper")[index % 4] for index in range(self.batch)]
        ids, mask = self.reference.tokenize(prompts, self.exporter.options.max_tokens)
        frames = self._frames()
        embeddings, real = self.reference.encode_tokens(ids, mask, frames)
        inputs = {"input_ids": ids.numpy(), "attention_mask": mask.numpy(), "frame": frames}
        return inputs, {"embeddings": self._interface(embeddings), "embeddings_mask": real.cpu().numpy()}

    def vae_encoder(self) -> Sample:
        frames = self._frames()
        return {"frame": frames}, {"latents": self._interface(self.reference.encode_frames(frames))}

    def condition_encoder(self) -> Sample:
        anchor = self._frames()
        flow = self.numbers.normal(0, 3, (*anchor.shape[:3], 2)).astype(np.float32)
        if not self.exporter.hooks:
            return {"anchor": anchor, "flow": flow}, {
                UNHOOKED: self._interface(self.reference.warped(anchor, flow).mean((1, 2, 3), keepdim=True))
            }
        conditions = self.reference.encode_conditions(anchor, flow)
        return {"anchor": anchor, "flow": flow}, {name: self._interface(value) for name, value in self._packed(conditions).items()}

    def _packed(self, conditions: dict[str, Tensor]) -> dict[str, Tensor]:
        packed: dict[str, list[Tensor]] = {}
        for target, hook in self.exporter.hooks.items():
            packed.setdefault(f"condition_{hook.width}x{hook.height}", []).append(conditions[target])
        return {name: torch.stack(parts, dim=1) for name, parts in packed.items()}

    def denoiser(self) -> Sample:
        exporter, numbers = self.exporter, self.numbers
        length = exporter.options.max_tokens - exporter.pipeline.dropped_tokens
        dimension = exporter.pipeline.text_config.text_config.hidden_size
        noise = numbers.normal(size=(self.batch, *exporter.latents)).astype(np.float32)
        latents = numbers.normal(size=noise.shape).astype(self.element)
        embeddings = numbers.normal(size=(self.batch, length, dimension)).astype(self.element)
        lengths = numbers.integers(length // 2, length + 1, (self.batch, 1))
        mask = (np.arange(length) < lengths).astype(np.int64)
        steps = np.array(list(zip(exporter.sigmas, exporter.sigmas[1:], strict=False)), np.float32)
        sigmas = steps[np.arange(self.batch) % len(steps)]
        strength = numbers.uniform(0.2, 1.0, self.batch).astype(np.float32)
        drawn = {
            target: numbers.normal(0, 0.3, (self.batch, hook.height * hook.width, hook.condition_channels)).astype(self.element)
            for target, hook in exporter.hooks.items()
        }
        conditions = {target: torch.from_numpy(value.astype(np.float32)) for target, value in drawn.items()}
        packed = {name: self._interface(value) for name, value in self._packed(conditions).items()}
        packed = packed or {UNHOOKED: numbers.normal(size=(self.batch, 1, 1, 1)).astype(self.element)}
        tensors = [torch.from_numpy(part.astype(np.float32)) for part in (noise, latents, embeddings)]
        following = self.reference.step(
            *tensors,
            torch.from_numpy(mask),
            sigmas=torch.from_numpy(sigmas),
            conditions=conditions,
            strength=torch.from_numpy(strength),
        )
        inputs = {"noise": noise, "reference_latents": latents, "embeddings": embeddings, "embeddings_mask": mask, **packed}
        return inputs | {"strength": strength, "sigmas": sigmas}, {"latents": following.cpu().numpy()}

    def vae_decoder(self) -> Sample:
        latents = self.numbers.normal(size=(self.batch, *self.exporter.latents)).astype(np.float32)
        frames = self.reference.decode_latents(torch.from_numpy(latents).to(self.reference.device))
        return {"latents": latents}, {"frame": frames}


def golden(reference: Reference, exporter: BundleExporter) -> tuple[np.ndarray, str, np.ndarray]:
    """A procedural scene, a prompt, and the scene restyled by it: frames uint8 [H, W, 3]."""
    height, width = exporter.options.frame
    frame = street_scene(SCENE_SEED, SCENE_SECONDS, max(height, width))[:height, :width]
    prompt = next(iter(CANONICAL.values()))
    embeddings, mask = reference.encode_prompts([prompt], np.full((1, height, width, 3), NEUTRAL_RGB, np.uint8))
    reference.forget("text_encoder")
    latents = reference.encode_frames(frame[None])
    x = torch.from_numpy(normal_noise(DEFAULT_SEED, exporter.latents))[None]
    for sigmas in zip(exporter.sigmas, exporter.sigmas[1:], strict=False):
        x = reference.step(x, latents, embeddings, mask, sigmas=torch.tensor([sigmas]), conditions={}, strength=torch.zeros(1))
    return frame, prompt, reference.decode_latents(x)[0]


def write_sample(folder: Path, inputs: dict[str, np.ndarray], outputs: dict[str, np.ndarray]) -> None:
    """Raw little-endian files and ``sample.json`` that names them, with element types and shapes."""
    folder.mkdir(parents=True, exist_ok=True)
    index: dict[str, list[dict]] = {}
    for kind, tensors in (("inputs", inputs), ("outputs", outputs)):
        for name, tensor in tensors.items():
            file = f"{kind[:-1]}.{name}.bin"
            (folder / file).write_bytes(np.ascontiguousarray(tensor).tobytes())
            index.setdefault(kind, []).append({"name": name, "type": str(tensor.dtype), "shape": list(tensor.shape), "file": file})
    (folder / "sample.json").write_text(json.dumps(index, indent=2) + "\n")


def psnr(found: np.ndarray, expected: np.ndarray, peak: float | None = None) -> float:
    """Peak signal-to-noise ratio in decibels; ``peak`` is the expected values' range where not given."""
    expected = expected.astype(np.float64)
    error = float(np.mean((found.astype(np.float64) - expected) ** 2))
    peak = float(np.ptp(expected)) if peak is None else peak
    return float("inf") if error == 0 else float(10 * np.log10(peak**2 / error))
