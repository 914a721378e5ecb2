"""The paper's streaming pipeline (arXiv 2606.05981) in PyTorch, to measure Impasto against on the same machine.

``python -m impasto_models.paper --random 1 --mode compiled --json FILE``: batches of frames from JPEG to JPEG. The text encoder
and the VAE encoder of the next batch run on a side stream while the main stream denoises and decodes this one; the adapter's
conditions come from earlier output, warped by optical flow, and are refreshed every few batches.

``released`` runs eagerly, as the published code does. ``compiled`` runs every part through torch.compile and, on a GPU,
captures each as a CUDA graph; its text encoder has static shapes, as the original synchronises with the host.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from impasto_models.dreamlite.adapter import SUBSETS, Hook, subset_of
from impasto_models.dreamlite.pipeline import SIZES, Pipeline, open_pipeline, random_pipeline
from impasto_models.dreamlite.reference import MAX_TOKENS, Reference
from impasto_models.dreamlite.text_encoder import token_positions

MODES = ("released", "compiled")
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
PROMPT = "transfer this to oil painting style, vibrant colors"
FLOW = {"pyr_scale": 0.5, "levels": 3, "winsize": 15, "iterations": 3, "poly_n": 5, "poly_sigma": 1.2, "flags": 0}
SEED = 42


@dataclass(frozen=True)
class Settings:
    """What is measured. ``text_every`` is in batches, 0 for a prompt encoded once; ``refresh_every`` counts batches too."""

    mode: str = "released"
    precision: str = "bf16"
    device: str = "cuda"
    frame: tuple[int, int] = (512, 512)
    batch: int = 8
    steps: int = 1
    hooks: str = "down_blocks"
    refresh_every: int = 8
    text_every: int = 1
    max_tokens: int = MAX_TOKENS
    compile_mode: str = "default"
    threads: int = 8
    jpeg_quality: int = 90


class AdaptedUnet(nn.Module):
    """A UNet whose hooked linears take their conditions as inputs, so that UNet and adapter are one static graph."""

    def __init__(self, reference: Reference):
        super().__init__()
        self.unet = reference.unet
        self.conditions: list[Tensor] = []
        for index, hook in enumerate(reference.hooks.values()):
            parent, _, name = hook.target.rpartition(".")
            block = self.unet.get_submodule(parent)
            setattr(block, name, HookedLinear(getattr(block, name), reference, hook, self.conditions, index))

    def forward(self, latents: Tensor, timestep: Tensor, text: Tensor, mask: Tensor, time_ids: Tensor, *conditions: Tensor) -> Tensor:
        """Noise and reference side by side -> velocity of the left half; one condition [B, tokens, channels] a hook."""
        self.conditions[:] = conditions
        output = self.unet(
            latents, timestep, text, encoder_attention_mask=mask, added_cond_kwargs={"time_ids": time_ids}, return_dict=False
        )[0]
        return output[..., : latents.shape[-1] // 2]


class HookedLinear(nn.Module):
    """A linear behind its ControlNet-LLLite module at full strength."""

    def __init__(self, linear: nn.Linear, reference: Reference, hook: Hook, conditions: list[Tensor], index: int):
        super().__init__()
        self.linear = linear
        self.out_features = linear.out_features
        self.in_features = linear.in_features
        self._conditions = conditions
        self._index = index
        for part in ("down", "mid", "up"):
            for kind in ("weight", "bias"):
                self.register_buffer(f"{part}_{kind}", reference.adapter_tensor(f"{hook.key}.{part}.0.{kind}"))

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(F.linear(x, self.down_weight, self.down_bias))
        inner = F.relu(F.linear(torch.cat([self._conditions[self._index], inner], dim=2), self.mid_weight, self.mid_bias))
        return self.linear(x + F.linear(inner, self.up_weight, self.up_bias))


class StaticTextEncoder(nn.Module):
    """`Qwen3VLModel` over one template: positions and masks are constants, so nothing waits for the host."""

    def __init__(self, reference: Reference, max_tokens: int):
        super().__init__()
        pipeline, model = reference.pipeline, reference.text_encoder
        self.model = model
        self.dropped = pipeline.dropped_tokens
        self.prefix, self.image_tokens = len(pipeline.prefix_ids), pipeline.image_tokens
        vision = pipeline.text_config.vision_config
        side = pipeline.image_pixels // vision.patch_size
        grid = torch.tensor([[1, side, side]])
        self._add_vision_constants(grid.to(reference.device), vision, reference)
        positions = token_positions(self.prefix, int(self.image_tokens**0.5), max_tokens).to(reference.device)
        sample = torch.zeros(1, dtype=reference.dtype, device=reference.device)
        cosine, sine = model.language_model.rotary_emb(sample, positions[:, None])
        self.register_buffer("text_cosine", cosine[:, None])
        self.register_buffer("text_sine", sine[:, None])

    def _add_vision_constants(self, grid: Tensor, vision, reference: Reference) -> None:
        from transformers.vision_utils import (  # noqa: PLC0415
            get_vision_interpolation_indices_and_weights,
            get_vision_position_ids,
        )

        visual = self.model.visual
        places, shares = get_vision_interpolation_indices_and_weights(
            grid, num_grid_per_side=visual.num_grid_per_side, align_corners=True, spatial_merge_size=vision.spatial_merge_size
        )
        table = (visual.pos_embed(places) * shares[:, :, None]).sum(1).to(reference.dtype)
        cosine, sine = visual.rotary_pos_emb(table, get_vision_position_ids(grid, vision.spatial_merge_size))
        self.register_buffer("positions", table)
        self.register_buffer("vision_cosine", cosine.to(reference.dtype))
        self.register_buffer("vision_sine", sine.to(reference.dtype))

    def forward(self, ids: Tensor, pixel_values: Tensor) -> Tensor:
        """Ids [B, T], patches [B * N, values] -> embeddings [B, T - dropped, D]."""
        visual, language = self.model.visual, self.model.language_model
        x = visual.patch_embed(pixel_values).unflatten(0, (len(ids), -1)) + self.positions
        deep = []
        for layer, block in enumerate(visual.blocks):
            x = x + self._see(block.attn, block.norm1(x))
            x = x + block.mlp(block.norm2(x))
            if layer in visual.deepstack_visual_indexes:
                merger = visual.deepstack_merger_list[list(visual.deepstack_visual_indexes).index(layer)]
                deep.append(merger(x.flatten(0, 1)).unflatten(0, (len(ids), -1)))
        image = visual.merger(x.flatten(0, 1)).unflatten(0, (len(ids), -1))
        embedded, end = language.embed_tokens(ids), self.prefix + self.image_tokens
        hidden = torch.cat([embedded[:, : self.prefix], image, embedded[:, end:]], dim=1)
        for layer, block in enumerate(language.layers):
            hidden = hidden + self._read(block.self_attn, block.input_layernorm(hidden))
            hidden = hidden + block.mlp(block.post_attention_layernorm(hidden))
            if layer < len(deep):
                hidden = hidden + F.pad(deep[layer], (0, 0, self.prefix, hidden.shape[1] - end))
        return language.norm(hidden)[:, self.dropped :]

    def _see(self, attention: nn.Module, x: Tensor) -> Tensor:
        query, key, value = attention.qkv(x).unflatten(2, (3, attention.num_heads, -1)).permute(2, 0, 3, 1, 4)
        query, key = (_rotate(part, self.vision_cosine, self.vision_sine) for part in (query, key))
        return attention.proj(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))

    def _read(self, attention: nn.Module, x: Tensor) -> Tensor:
        heads = {part: getattr(attention, f"{part}_proj")(x).unflatten(2, (-1, attention.head_dim)) for part in "qkv"}
        query, key = attention.q_norm(heads["q"]).transpose(1, 2), attention.k_norm(heads["k"]).transpose(1, 2)
        query, key = (_rotate(part, self.text_cosine, self.text_sine) for part in (query, key))
        mixed = F.scaled_dot_product_attention(query, key, heads["v"].transpose(1, 2), is_causal=True, enable_gqa=True)
        return attention.o_proj(mixed.transpose(1, 2).flatten(2))


def _rotate(heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = heads.chunk(2, dim=-1)
    return heads * cosine + torch.cat([-second, first], dim=-1) * sine


class Parts:
    """The five parts as functions of tensors on the device, eager or compiled."""

    def __init__(self, reference: Reference, settings: Settings):
        self.reference = reference
        self.settings = settings
        self.device, self.dtype = reference.device, reference.dtype
        pipeline, (height, width) = reference.pipeline, settings.frame
        self.sigmas = pipeline.sigmas(settings.steps, settings.frame)
        self.latents = pipeline.latents(settings.frame)
        self._time_ids = torch.tensor([[width, height]], device=self.device, dtype=self.dtype).expand(settings.batch, -1)
        generator = torch.Generator().manual_seed(SEED)
        self._noise = torch.randn(settings.batch, *self.latents, generator=generator).to(self.device, self.dtype)
        self._vae = reference.vae
        config = self._vae.config
        self._scaling, self._shift = config.scaling_factor, config.shift_factor or 0.0
        self._condition_layers = [
            [
                (*(reference.adapter_tensor(f"{key}.{kind}") for kind in ("weight", "bias")), stride)
                for key, _, _, stride in hook.convolutions
            ]
            for hook in reference.hooks.values()
        ]
        self._unet = AdaptedUnet(reference)
        self._static_text = StaticTextEncoder(reference, settings.max_tokens) if settings.mode == "compiled" else None
        self._compiled: dict[str, Callable] = {}

    def text(self, ids: Tensor, mask: Tensor, pixel_values: Tensor, grid: Tensor) -> Tensor:
        if self._static_text is not None:
            return self._part("text", self._static_text, ids, pixel_values)
        return self.reference.text_encoder(
            input_ids=ids,
            attention_mask=mask,
            pixel_values=pixel_values,
            image_grid_thw=grid,
            mm_token_type_ids=(ids == self.reference.pipeline.text_config.image_token_id).int(),
            use_cache=False,
        ).last_hidden_state[:, self.reference.pipeline.dropped_tokens :]

    def encode(self, frames: Tensor) -> Tensor:
        """Frames uint8 [B, H, W, 3] -> latents."""
        return self._part("encode", self._encode, frames)

    def _encode(self, frames: Tensor) -> Tensor:
        return self._vae.encoder(self._picture(frames))

    def _picture(self, frames: Tensor) -> Tensor:
        return (frames.permute(0, 3, 1, 2).float() / 127.5 - 1.0).to(self.dtype)

    def condition(self, frames: Tensor) -> tuple[Tensor, ...]:
        """Conditioning frames uint8 -> one condition a hook, zero over the right half."""
        return self._part("condition", self._condition, frames) if self._condition_layers else ()

    def _condition(self, frames: Tensor) -> tuple[Tensor, ...]:
        picture, conditions = self._picture(frames), []
        for layers in self._condition_layers:
            x = picture
            for index, (weight, bias, stride) in enumerate(layers):
                x = F.conv2d(F.relu(x) if index else x, weight, bias, stride=stride)
            conditions.append(F.pad(x, (0, x.shape[3])).flatten(2).transpose(1, 2).contiguous())
        return tuple(conditions)

    def denoise(self, latents: Tensor, text: Tensor, mask: Tensor, conditions: Sequence[Tensor]) -> Tensor:
        x = self._noise
        for sigma, following in zip(self.sigmas, self.sigmas[1:], strict=False):
            timestep = torch.full((len(x),), 1000.0 * sigma, device=self.device, dtype=self.dtype)
            joined = torch.cat([x, latents], dim=3)
            velocity = self._part("denoise", self._unet, joined, timestep, text, mask, self._time_ids, *conditions)
            x = (x.float() + (following - sigma) * velocity.float()).to(self.dtype)
        return x

    def decode(self, latents: Tensor) -> Tensor:
        """Latents -> frames uint8 [B, H, W, 3]."""
        return self._part("decode", self._decode, latents)

    def _decode(self, latents: Tensor) -> Tensor:
        picture = self._vae.decoder(latents / self._scaling + self._shift)
        return (picture.float().clamp(-1, 1) * 127.5 + 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    def _part(self, name: str, function: Callable, *inputs: Tensor):
        if self.settings.mode == "released":
            return function(*inputs)
        if name not in self._compiled:
            mode = None if self.settings.compile_mode == "default" else self.settings.compile_mode
            compiled = torch.compile(function, fullgraph=True, dynamic=False, mode=mode)
            self._compiled[name] = Captured(compiled, inputs) if self.device.type == "cuda" else compiled
        return self._compiled[name](*inputs)


class Captured:
    """A function captured as a CUDA graph: inputs are copied in, outputs out, on the calling stream.

    A tensor that was given the last time too is not copied again: nobody changes one in place.
    """

    def __init__(self, function: Callable, inputs: Sequence[Tensor]):
        self._inputs = [value.clone() for value in inputs]
        self._given = list(inputs)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                function(*self._inputs)
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._outputs = function(*self._inputs)

    def __call__(self, *inputs: Tensor):
        for place, value, before in zip(self._inputs, inputs, self._given, strict=True):
            if value is not before:
                place.copy_(value)
        self._given = list(inputs)
        self._graph.replay()
        if isinstance(self._outputs, tuple):
            return tuple(value.clone() for value in self._outputs)
        return self._outputs.clone()


@dataclass
class Prepared:
    """A batch whose side work has been started."""

    frames: np.ndarray
    latents: Tensor
    text: Tensor
    mask: Tensor
    conditioning: Future | None
    ready: torch.cuda.Event | None
    started: float


class PaperPipeline:
    """Restyles batches of JPEG frames, one batch's side work ahead."""

    def __init__(self, pipeline: Pipeline, settings: Settings):
        self.settings = settings
        reference = Reference(pipeline, subset_of(pipeline.hooks, settings.hooks), settings.device, DTYPES[settings.precision])
        self.parts = Parts(reference, settings)
        self._reference = reference
        self._pool = ThreadPoolExecutor(settings.threads)
        self._cuda = reference.device.type == "cuda"
        self._side = torch.cuda.Stream() if self._cuda else None
        self._ids, self._mask = reference.tokenize([PROMPT] * settings.batch, settings.max_tokens)
        self._text: tuple[Tensor, Tensor] | None = None
        self._conditions: tuple[Tensor, ...] = ()
        self._last: tuple[np.ndarray, np.ndarray] | None = None
        self._batches = 0

    @torch.no_grad()
    def restyle(self, batches: Sequence[Sequence[bytes]]) -> tuple[list[list[bytes]], list[tuple[float, float]]]:
        """JPEG batches -> JPEG batches, and when each was started and finished."""
        results, times = [], []
        following = self._prepare(batches[0]) if batches else None
        pending: tuple[list[Future], float] | None = None
        for index in range(len(batches)):
            current = following
            output = self._start(current)
            following = self._prepare(batches[index + 1]) if index + 1 < len(batches) else None
            frames = self._finish(output)
            self._last = current.frames[-1], frames[-1]
            if pending is not None:
                self._collect(pending, results, times)
            pending = [self._pool.submit(self._encode_jpeg, frame) for frame in frames], current.started
        if pending is not None:
            self._collect(pending, results, times)
        return results, times

    @staticmethod
    def _collect(pending: tuple[list[Future], float], results: list, times: list) -> None:
        results.append([future.result() for future in pending[0]])
        times.append((pending[1], time.perf_counter()))

    def _prepare(self, jpegs: Sequence[bytes]) -> Prepared:
        started = time.perf_counter()
        frames = np.stack(list(self._pool.map(self._decode_jpeg, jpegs)))
        conditioning = None
        if self._reference.hooks and self._batches % self.settings.refresh_every == 0:
            conditioning = self._pool.submit(self._conditioning_frames, frames, self._last)
        with torch.cuda.stream(self._side) if self._cuda else torch.no_grad():
            due = self.settings.text_every and self._batches % self.settings.text_every == 0
            if self._text is None or due:
                self._text = self._encode_text(frames)
            latents = self.parts.encode(self._to_device(frames))
            ready = torch.cuda.Event() if self._cuda else None
            if ready is not None:
                ready.record()
        self._batches += 1
        return Prepared(frames, latents, *self._text, conditioning, ready, started)

    def _encode_text(self, frames: np.ndarray) -> tuple[Tensor, Tensor]:
        reference = self._reference
        pixel_values, grid = reference.pixel_values(frames)
        ids, mask = self._to_device(self._ids.numpy()), self._to_device(self._mask.numpy())
        return self.parts.text(ids, mask, pixel_values, grid).to(reference.dtype), mask[:, reference.pipeline.dropped_tokens :]

    def _to_device(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(array)
        return tensor.pin_memory().to(self._reference.device, non_blocking=True) if self._cuda else tensor

    @staticmethod
    def _conditioning_frames(frames: np.ndarray, last: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
        """The last finished output warped to each frame; the frames themselves where there is none yet.

        While a batch is prepared the one before it is still being made, so, as published, this is the output before that.
        """
        return frames if last is None else np.stack([warp_by_flow(*last, frame) for frame in frames])

    def _start(self, batch: Prepared) -> Tensor:
        if batch.ready is not None:
            stream = torch.cuda.current_stream()
            stream.wait_event(batch.ready)
            for tensor in (batch.latents, batch.text, batch.mask):
                tensor.record_stream(stream)
        if batch.conditioning is not None:
            self._conditions = self.parts.condition(self._to_device(batch.conditioning.result()))
        return self.parts.decode(self.parts.denoise(batch.latents, batch.text, batch.mask, self._conditions))

    def _finish(self, output: Tensor) -> np.ndarray:
        return output.cpu().numpy()

    def _decode_jpeg(self, jpeg: bytes) -> np.ndarray:
        frame = cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        height, width = self.settings.frame
        return frame if frame.shape[:2] == (height, width) else cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)

    def _encode_jpeg(self, frame: np.ndarray) -> bytes:
        return cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, self.settings.jpeg_quality])[
            1
        ].tobytes()

    @torch.no_grad()
    def time_parts(self, frames: np.ndarray, repeats: int) -> dict[str, float]:
        """Median milliseconds a batch of each part by itself, on the device alone: on a GPU between CUDA events."""
        parts, device_frames = self.parts, self._to_device(frames)
        pixel_values, grid = self._reference.pixel_values(frames)
        ids, mask = self._to_device(self._ids.numpy()), self._to_device(self._mask.numpy())
        text, latents, conditions = parts.text(ids, mask, pixel_values, grid), parts.encode(device_frames), parts.condition(device_frames)
        real = mask[:, self._reference.pipeline.dropped_tokens :]
        calls = {
            "text_encoder": lambda: parts.text(ids, mask, pixel_values, grid),
            "vae_encoder": lambda: parts.encode(device_frames),
            "condition_encoder": lambda: parts.condition(device_frames),
            "denoiser": lambda: parts.denoise(latents, text, real, conditions),
            "vae_decoder": lambda: parts.decode(latents),
        }
        return {name: self._median_ms(call, repeats) for name, call in calls.items()}

    def _median_ms(self, call: Callable, repeats: int) -> float:
        time_once = self._device_ms if self._cuda else self._host_ms
        return round(float(np.median([time_once(call) for _ in range(repeats + 1)][1:])), 3)

    @staticmethod
    def _device_ms(call: Callable) -> float:
        """What lies between two events on the stream, time in which the device waits for the host included."""
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        end.synchronize()
        return start.elapsed_time(end)

    @staticmethod
    def _host_ms(call: Callable) -> float:
        start = time.perf_counter()
        call()
        return 1e3 * (time.perf_counter() - start)


def warp_by_flow(source: np.ndarray, stylized: np.ndarray, target: np.ndarray) -> np.ndarray:
    """``stylized``, which belongs to ``source``, moved to ``target``; all uint8 [H, W, 3]."""
    before, after = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (source, target))
    flow = cv2.calcOpticalFlowFarneback(before, after, None, *FLOW.values())
    rows, columns = np.indices(before.shape, dtype=np.float32)
    return cv2.remap(stylized, columns - flow[..., 0], rows - flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def read_clip(file: Path | None, frame: tuple[int, int], count: int) -> list[bytes]:
    """The clip's frames, cropped to a square or to the frame's form, as JPEG, repeated up to ``count``; noise without a clip."""
    height, width = frame
    frames = []
    if file is None:
        rng = np.random.default_rng(0)
        coarse = rng.integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        frames = [np.roll(picture, 4 * step, axis=1) for step in range(min(count, 24))]
    else:
        video = cv2.VideoCapture(str(file))
        while (read := video.read())[0] and len(frames) < count:
            frames.append(_cropped(read[1], height, width))
        if not frames:
            raise ValueError(f"{file} holds no frames that OpenCV can read")
    jpegs = [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes() for picture in frames]
    return [jpegs[index % len(jpegs)] for index in range(count)]


def _cropped(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    scale = min(picture.shape[0] / height, picture.shape[1] / width)
    rows, columns = int(height * scale), int(width * scale)
    top, left = (picture.shape[0] - rows) // 2, (picture.shape[1] - columns) // 2
    return cv2.resize(picture[top : top + rows, left : left + columns], (width, height), interpolation=cv2.INTER_AREA)


def measure(pipeline: Pipeline, settings: Settings, jpegs: Sequence[bytes], warm_up: int, repeats: int) -> dict:
    """Frames per second and latency of the whole pipeline behind ``warm_up`` batches, and milliseconds by part."""
    batches = [jpegs[start : start + settings.batch] for start in range(0, len(jpegs) - settings.batch + 1, settings.batch)]
    if not batches:
        raise ValueError(f"{len(jpegs)} frames, expected at least one batch of {settings.batch}")
    paper = PaperPipeline(pipeline, settings)
    started = time.perf_counter()
    frames = np.stack([paper._decode_jpeg(jpeg) for jpeg in batches[0]])
    parts = paper.time_parts(frames, repeats)
    paper.restyle([batches[index % len(batches)] for index in range(warm_up)])
    ready = time.perf_counter() - started
    processor, start = time.process_time(), time.perf_counter()
    _, times = paper.restyle(batches)
    seconds = time.perf_counter() - start
    latencies = 1e3 * np.array([end - begin for begin, end in times])
    return {
        "settings": asdict(settings),
        "machine": machine(settings.device),
        "frames": settings.batch * len(batches),
        "fps": round(settings.batch * len(batches) / seconds, 2),
        "latency_ms": {f"p{rank}": round(float(np.percentile(latencies, rank)), 1) for rank in (50, 95, 99)},
        "cores_used": round((time.process_time() - processor) / seconds, 2),
        "parts_ms": parts,
        "start_seconds": round(ready, 1),
    }


def machine(device: str) -> dict:
    gpu = torch.cuda.get_device_name() if device.startswith("cuda") else None
    return {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "gpu": gpu, "torch": torch.__version__}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m impasto_models.paper", description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="folder", type=Path, metavar="PATH", help="a DreamLiteMobilePipeline in diffusers' layout")
    source.add_argument("--random", type=int, metavar="SEED")
    parser.add_argument("--size", choices=SIZES, default="published", help="with --random")
    parser.add_argument("--lllite", type=Path, metavar="FILE", help="adapter weights")
    parser.add_argument("--clip", type=Path, help="a video to read; moving noise if not given")
    parser.add_argument("--frames", type=int, default=480)
    parser.add_argument("--mode", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--precision", choices=DTYPES, default="bf16")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--frame", default="512x512", metavar="WxH")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--hooks", choices=SUBSETS, default="down_blocks")
    parser.add_argument("--refresh-every", type=int, default=8, metavar="BATCHES")
    parser.add_argument("--text-every", type=int, nargs="+", default=[1, 0], metavar="BATCHES", help="0: the prompt is encoded once")
    parser.add_argument("--max-tokens", type=int, default=MAX_TOKENS)
    parser.add_argument("--compile-mode", default="default", choices=("default", "max-autotune-no-cudagraphs"))
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--warm-up", type=int, default=4, metavar="BATCHES")
    parser.add_argument("--repeats", type=int, default=10, help="of each part by itself")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    width, height = (int(side) for side in arguments.frame.split("x"))
    frame = height, width
    if arguments.folder is not None:
        pipeline = open_pipeline(arguments.folder, arguments.lllite, frame)
    else:
        pipeline = random_pipeline(arguments.random, **SIZES[arguments.size], frame=frame)
    jpegs = read_clip(arguments.clip, frame, arguments.frames)
    results = []
    for mode in arguments.mode:
        for text_every in arguments.text_every:
            chosen = {name: getattr(arguments, name) for name in ("precision", "device", "batch", "steps", "hooks", "refresh_every")}
            chosen |= {name: getattr(arguments, name) for name in ("max_tokens", "compile_mode", "threads")}
            settings = Settings(mode=mode, text_every=text_every, frame=frame, **chosen)
            results.append(measure(pipeline, settings, jpegs, arguments.warm_up, arguments.repeats))
            print(
                json.dumps({key: results[-1][key] for key in ("fps", "latency_ms", "parts_ms")} | {"mode": mode, "text_every": text_every}),
                flush=True,
            )
            if arguments.json is not None:
                arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
