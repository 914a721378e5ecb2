"""Trains nano: first the autoencoder alone, then autoencoder, text encoder and UNet together.

``python -m impasto_models.training --data DIR --out DIR`` needs a GPU for about 25 minutes and 15 CPU cores that make the
targets meanwhile; ``--smoke`` runs a tiny model for a few steps anywhere.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from impasto_models.bundle import DEFAULT_SEED, TOKENIZER
from impasto_models.checkpoints import load_checkpoint, load_tokenizer, save_checkpoint
from impasto_models.data import write_chunks
from impasto_models.evaluate import Stylist, contact_sheet, evaluate, held_out_frames, save_png
from impasto_models.graphs import antialiased_resize_matrix, to_picture
from impasto_models.networks import AutoencoderSize, DenoiserSize, ModelSize, Networks, TextSize
from impasto_models.noise import normal_noise
from impasto_models.prompts import STYLES, sample_prompt
from impasto_models.tokenization import encode_prompts, train_tokenizer


@dataclass
class Settings:
    """What a run does. Rates are peak learning rates; they follow a cosine down to zero over each stage's time."""

    autoencoder_seconds: float = 65.0
    joint_seconds: float = 1375.0
    batch: int = 32
    autoencoder_rate: float = 2e-3
    joint_rate: float = 1e-3
    latent_weight: float = 0.05
    neutral_share: float = 0.6
    fixed_noise_share: float = 0.75
    average_decay: float = 0.999
    schedule: tuple[float, float] = (0.0, 1.0)
    """The part of the joint stage's schedule that this run covers; a long training is a chain of resumed runs."""
    workers: int = 15
    chunks: int = 480
    chunk_samples: int = 32
    prompts_per_style: int = 3000
    checkpoint_seconds: float = 120.0
    seed: int = 0
    size: ModelSize = field(default_factory=ModelSize)


STYLE_WEIGHTS = {
    "oil": 1.6, "cartoon": 1.4, "pixel": 1.5, "neon": 1.6, "ukiyoe": 1.9, "blueprint": 1.4, "thermal": 0.6, "sepia": 0.7,
    "night": 0.6, "stained": 0.7, "bricks": 0.8, "unchanged": 0.8,
}  # fmt: skip
"""How often the joint stage draws a style, where not once: more where it stays furthest from what the autoencoder allows."""

SMOKE = Settings(
    autoencoder_seconds=2.0,
    joint_seconds=4.0,
    batch=2,
    workers=1,
    chunks=1,
    chunk_samples=4,
    prompts_per_style=8,
    size=ModelSize(
        autoencoder=AutoencoderSize(channels=8, latent_channels=4, encoder_blocks=(0, 0, 1), decoder_blocks=(1, 0, 0)),
        text=TextSize(vocabulary=512, hidden=32, layers=1, heads=2, key_value_heads=1, feed_forward=32, vision_hidden=16),
        denoiser=DenoiserSize(channels=(16, 16, 32), heads=(1, 1, 2), attention=("none", "cross", "full"), norm_groups=4),
    ),
)
"""Everything tiny, to see that it runs."""


class SampleStore:
    """Samples on the device, filled by worker processes while training draws from it."""

    def __init__(self, data: Path, scratch: Path, settings: Settings, device: str):
        self._scratch, self._settings, self._device = scratch, settings, device
        self.count = 0
        self.device_lock = threading.Lock()
        scratch.mkdir(parents=True, exist_ok=True)
        processes = multiprocessing.get_context("fork")
        self._workers = [
            processes.Process(
                target=write_chunks,
                args=(data, scratch),
                kwargs={
                    "seed": settings.seed,
                    "first": number,
                    "step": settings.workers,
                    "chunks": settings.chunks,
                    "samples": settings.chunk_samples,
                },
                daemon=True,
            )
            for number in range(settings.workers)
        ]
        for worker in self._workers:
            worker.start()
        capacity, side = settings.chunks * settings.chunk_samples, settings.size.frame
        self._samples = torch.empty((capacity, len(STYLES), side, side, 3), dtype=torch.uint8, device=device)
        threading.Thread(target=self._load, daemon=True).start()

    def _load(self) -> None:
        loaded = 0
        while loaded < self._settings.chunks:
            for file in sorted(self._scratch.glob("*.chunk.npy")):
                chunk = torch.from_numpy(np.load(file))
                with self.device_lock:
                    self._samples[self.count : self.count + len(chunk)].copy_(chunk)
                self.count += len(chunk)
                loaded += 1
                file.unlink()
            time.sleep(0.1)

    def wait_for(self, count: int) -> None:
        while self.count < count:
            if not any(worker.is_alive() for worker in self._workers) and not list(self._scratch.glob("*.chunk.npy")):
                raise RuntimeError(f"the workers ended after {self.count} of {count} samples")
            time.sleep(0.1)

    def draw(self, batch: int) -> Tensor:
        """Indices of random samples, int64 [batch]."""
        return torch.randint(self.count, (batch,), device=self._device)

    def pictures(self, samples: Tensor, styles: Tensor) -> Tensor:
        return to_picture(self._samples[samples, styles]).contiguous(memory_format=torch.channels_last)


class PromptPool:
    """Sampled prompts of every style, tokenized once."""

    def __init__(self, tokenizer: Tokenizer, settings: Settings, device: str):
        rng = random.Random(settings.seed)
        count = settings.prompts_per_style
        encoded = [encode_prompts(tokenizer, [sample_prompt(style, rng) for _ in range(count)], settings.size.text) for style in STYLES]
        self._ids = torch.from_numpy(np.stack([ids for ids, _ in encoded])).to(device)
        self._mask = torch.from_numpy(np.stack([mask for _, mask in encoded])).to(device)

    def draw(self, styles: Tensor) -> tuple[Tensor, Tensor]:
        chosen = torch.randint(self._ids.shape[1], styles.shape, device=styles.device)
        return self._ids[styles, chosen], self._mask[styles, chosen]


def picture_loss(output: Tensor, target: Tensor) -> Tensor:
    """L1 of pixels, of their gradients, and of the picture at a quarter of its size."""
    coarse = F.l1_loss(F.avg_pool2d(output, 4), F.avg_pool2d(target, 4))
    return F.l1_loss(output, target) + 0.7 * _gradient_loss(output, target) + 0.5 * coarse


def _gradient_loss(output: Tensor, target: Tensor) -> Tensor:
    error = output - target
    return (error[..., 1:] - error[..., :-1]).abs().mean() + (error[..., 1:, :] - error[..., :-1, :]).abs().mean()


class CapturedStep:
    """A training step, recorded once as a CUDA graph and replayed on new inputs; called as it is on a CPU."""

    WARM_UP = 4

    def __init__(self, step: Callable[..., dict[str, Tensor]], device_lock: threading.Lock):
        self._step, self._device_lock = step, device_lock
        self._graph: torch.cuda.CUDAGraph | None = None
        self._stream = torch.cuda.Stream() if torch.cuda.is_available() else None
        self._calls = 0

    def __call__(self, **inputs: Tensor) -> dict[str, Tensor]:
        if self._stream is None:
            return self._step(**inputs)
        if self._calls < self.WARM_UP:
            self._calls += 1
            return self._warm_up(inputs)
        if self._graph is None:
            self._record(inputs)
        for name, value in inputs.items():
            self._inputs[name].copy_(value)
        self._graph.replay()
        return self._outputs

    def _warm_up(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Runs on the stream that will record, so that gradients and algorithms are in place."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            outputs = self._step(**inputs)
        torch.cuda.current_stream().wait_stream(self._stream)
        return outputs

    def _record(self, inputs: dict[str, Tensor]) -> None:
        self._inputs = {name: value.clone() for name, value in inputs.items()}
        graph = torch.cuda.CUDAGraph()
        with self._device_lock:  # nothing else may touch the device meanwhile
            torch.cuda.synchronize()
            with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
                self._outputs = self._step(**self._inputs)
        self._graph = graph


class Optimizer:
    """AdamW over groups with relative rates; the rate is a tensor, so that a captured step sees it change."""

    def __init__(self, groups: list[tuple[nn.Module, float]], rate: float, device: str):
        self._rate = rate
        self._parameters = [parameter for module, _ in groups for parameter in module.parameters()]
        self._scales = [scale for _, scale in groups]
        self._adam = torch.optim.AdamW(
            [{"params": list(module.parameters()), "lr": torch.tensor(rate * scale, device=device)} for module, scale in groups],
            betas=(0.9, 0.99),
            weight_decay=1e-3,
            capturable=device == "cuda",
        )

    def schedule(self, progress: float, step: int) -> None:
        """Linear warm-up over 200 steps, cosine to zero as ``progress`` goes to 1."""
        factor = min(1.0, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * min(progress, 1.0)))
        for group, scale in zip(self._adam.param_groups, self._scales, strict=True):
            group["lr"].fill_(self._rate * scale * factor)

    def step(self, loss: Tensor) -> None:
        self._adam.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0, foreach=True)
        self._adam.step()


class Average:
    """Exponential moving average of a module's floating-point state."""

    def __init__(self, module: nn.Module, decay: float):
        self._source = [tensor.detach() for tensor in module.state_dict().values()]
        self._average = [tensor.clone() for tensor in self._source]
        self._names = list(module.state_dict())
        self._decay, self._updates = decay, 0

    def update(self) -> None:
        self._updates += 1
        decay = min(self._decay, self._updates / (self._updates + 10))
        torch._foreach_lerp_(self._average, self._source, 1.0 - decay)

    def state(self) -> dict[str, Tensor]:
        return dict(zip(self._names, self._average, strict=True))


class Trainer:
    """One training run over the networks, in two stages."""

    def __init__(self, settings: Settings, networks: Networks, tokenizer: Tokenizer, store: SampleStore, out: Path):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.settings, self.store, self.out = settings, store, out
        self.networks = networks.to(self.device).train()
        for part in (networks.autoencoder, networks.unet):
            part.to(memory_format=torch.channels_last)
        self.prompts = PromptPool(tokenizer, settings, self.device)
        size = settings.size
        weights = [STYLE_WEIGHTS.get(style, 1.0) for style in STYLES]
        self._style_weights = torch.tensor(weights, device=self.device)
        self._fixed_noise = torch.from_numpy(normal_noise(DEFAULT_SEED, size.latent_shape)).to(self.device)
        self._resize = antialiased_resize_matrix(size.frame, size.text.image_pixels).to(self.device)
        self._started = time.monotonic()
        self.history: list[dict] = []

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda", cache_enabled=False)

    def _clock(self, seconds: float, stage: str) -> Iterator[tuple[int, float]]:
        """Yields (step, progress) until a stage's time is over."""
        started, step = time.monotonic(), 0
        while (elapsed := time.monotonic() - started) < seconds:
            yield step, elapsed / seconds
            step += 1
        self.log(stage=stage, steps=step, seconds=round(elapsed), batch=self.settings.batch)

    def log(self, **values) -> None:
        values = {"time": round(time.monotonic() - self._started), **values, "samples": self.store.count}
        self.history.append(values)
        print(json.dumps(values), flush=True)

    def train_autoencoder(self) -> None:
        """Reconstruction of inputs and styled pictures; latents are kept small."""
        autoencoder = self.networks.autoencoder
        optimizer = Optimizer([(autoencoder, 1.0)], self.settings.autoencoder_rate, self.device)

        def step(picture: Tensor) -> dict[str, Tensor]:
            with self._autocast():
                latents = autoencoder.encoder(picture)
                output = autoencoder.decoder(latents)
            latents = latents.float()
            loss = picture_loss(output.float(), picture) + _latent_penalty(latents)
            optimizer.step(loss)
            return {"loss": loss.detach(), "deviation": latents.detach().std()}

        captured = CapturedStep(step, self.store.device_lock)
        for number, progress in self._clock(self.settings.autoencoder_seconds, "autoencoder"):
            optimizer.schedule(progress, number)
            samples = self.store.draw(self.settings.batch)
            figures = captured(picture=self.store.pictures(samples, self._plain_or_styled()))
            if number % 500 == 0:
                self.log(autoencoder=number, **{name: round(value.item(), 4) for name, value in figures.items()})

    def _plain_or_styled(self) -> Tensor:
        """Styles for the autoencoder: every third picture is a plain input."""
        styles = torch.randint(len(STYLES), (self.settings.batch,), device=self.device)
        styles[::3] = len(STYLES) - 1
        return styles

    def train_together(self) -> None:
        """The whole path from prompt and frame to styled picture."""
        networks, settings = self.networks, self.settings
        optimizer = Optimizer(
            [
                (networks.unet, 1.0),
                (networks.text_encoder, 0.7),
                (networks.autoencoder.decoder, 0.7),
                (networks.autoencoder.encoder, 0.3),
            ],
            settings.joint_rate,
            self.device,
        )
        average = Average(networks, settings.average_decay)
        quarter = max(1, settings.batch // 4)
        sigma = torch.ones(settings.batch, device=self.device)

        def step(
            *, picture: Tensor, target: Tensor, seen: Tensor, noise: Tensor, ids: Tensor, mask: Tensor, weight: Tensor
        ) -> dict[str, Tensor]:
            with self._autocast():
                reference = networks.encode(picture)
                target_latents = networks.encode(target[:quarter])
                embeddings = networks.text_encoder(ids, mask, seen)
                kept = mask[:, -embeddings.shape[1] :]
                sample = networks.predict(noise, reference, embeddings, kept, sigma)
                output = networks.decode(torch.cat([sample.to(reference.dtype), target_latents]))
            output = output.float()
            styled = picture_loss(output[: settings.batch], target)
            rebuilt = picture_loss(output[settings.batch :], target[:quarter])
            latents = F.mse_loss(sample[:quarter].float(), target_latents.float().detach())
            penalty = _latent_penalty(reference.float() / settings.size.autoencoder.scaling)
            optimizer.step(styled + 0.3 * rebuilt + weight * latents + penalty)
            return {"styled": styled.detach(), "rebuilt": rebuilt.detach(), "latents": latents.detach()}

        captured = CapturedStep(step, self.store.device_lock)
        saved = time.monotonic()
        first, last = settings.schedule
        for number, elapsed in self._clock(settings.joint_seconds, "together"):
            progress = first + (last - first) * elapsed
            optimizer.schedule(progress, number)
            weight = torch.tensor(settings.latent_weight * (1.0 - progress), device=self.device)
            figures = captured(**self._joint_inputs(), weight=weight)
            average.update()
            if number % 500 == 0:
                self.log(together=number, **{name: round(value.item(), 4) for name, value in figures.items()})
            if time.monotonic() - saved > settings.checkpoint_seconds:
                save_checkpoint(self.out, networks, average.state())
                saved = time.monotonic()
        save_checkpoint(self.out, networks, average.state())
        networks.load_state_dict(average.state())

    def _joint_inputs(self) -> dict[str, Tensor]:
        settings, batch = self.settings, self.settings.batch
        samples, styles = self.store.draw(batch), self._style_weights.multinomial(batch, replacement=True)
        picture = self.store.pictures(samples, torch.full_like(styles, len(STYLES) - 1))
        seen = self._resize @ picture @ self._resize.T
        neutral = torch.rand(batch, 1, 1, 1, device=self.device) < settings.neutral_share
        noise = torch.randn(batch, *settings.size.latent_shape, device=self.device)
        fixed = torch.rand(batch, 1, 1, 1, device=self.device) < settings.fixed_noise_share
        ids, mask = self.prompts.draw(styles)
        return {
            "picture": picture,
            "target": self.store.pictures(samples, styles),
            "seen": torch.where(neutral, 128.0 / 127.5 - 1.0, seen),
            "noise": torch.where(fixed, self._fixed_noise, noise),
            "ids": ids,
            "mask": mask,
        }


def _latent_penalty(latents: Tensor) -> Tensor:
    """Keeps latents small and inside the range that the decoder does not clamp."""
    return 1e-3 * latents.square().mean() + 0.05 * F.relu(latents.abs() - 3.0).mean()


def train(settings: Settings, data: Path, out: Path, resume: Path | None = None) -> Networks:
    """Runs both stages (only the second with ``resume``), writes checkpoint, log, report and contact sheet to ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    store = SampleStore(data, out / "samples", settings, device)
    networks = load_checkpoint(resume) if resume else Networks(settings.size)
    tokenizer = load_tokenizer(resume) if resume else train_tokenizer(settings.size.text.vocabulary)
    tokenizer.save(str(out / TOKENIZER))
    trainer = Trainer(settings, networks, tokenizer, store, out)
    store.wait_for(min(settings.chunks, 15) * settings.chunk_samples)
    machine = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    trainer.log(stage="start", machine=machine, seed=settings.seed)
    if resume is None:
        trainer.train_autoencoder()
    trainer.train_together()
    earlier = json.loads((resume / "training.json").read_text()) if resume else []
    (out / "training.json").write_text(json.dumps(earlier + trainer.history, indent=1))
    if (data / "held-out").is_dir():
        _report(Stylist(networks, tokenizer, device), data, out)
    return networks


def _report(stylist: Stylist, data: Path, out: Path) -> None:
    clips = held_out_frames(data / "held-out")
    save_png(out / "sheet.png", contact_sheet(stylist, np.stack([clip[20] for clip in clips.values()]), STYLES))
    report = evaluate(stylist, clips)
    (out / "report.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="what impasto_models.data prepared")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", type=Path, help="checkpoint folder; skips the autoencoder stage")
    parser.add_argument("--smoke", action="store_true", help="a tiny model for a few seconds")
    parser.add_argument("--schedule", type=float, nargs=2, metavar=("FROM", "TO"), help="part of the joint schedule, 0 1")
    for name in ("autoencoder_seconds", "joint_seconds", "joint_rate"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float)
    for name in ("batch", "workers", "chunks", "seed"):
        parser.add_argument(f"--{name}", type=int)
    arguments = vars(parser.parse_args())
    settings = SMOKE if arguments["smoke"] else Settings()
    for name, value in arguments.items():
        if value is not None and hasattr(settings, name):
            setattr(settings, name, value)
    train(settings, arguments["data"], arguments["out"], arguments["resume"])


if __name__ == "__main__":
    main()
