"""The released code's path in PyTorch, around the unmodified networks of diffusers and transformers.

It follows ``encode_prompt_edit_batch``, ``encode_image_to_latent_batch`` and ``denoise`` of the streaming code of arXiv
2606.05981: the frame is resized to 256x256 by Pillow, the text padded on the right, the last hidden states behind the first 64
tokens go to the UNet, noise and reference latents lie side by side.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import grid_sample, relu
from transformers import Qwen3VLForConditionalGeneration

from impasto_models.dreamlite.adapter import Hook, pixel_grid
from impasto_models.dreamlite.pipeline import PAD, Pipeline, shapes_of, text_encoder_shapes
from impasto_models.dreamlite.weights import Weights

MAX_TOKENS = 256


def _filled(module: nn.Module, weights: Weights, keys, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """A module made on the meta device with its weights, one tensor at a time."""
    state = {key: weights.tensor(key).to(device, dtype) for key in keys}
    missing, unexpected = module.load_state_dict(state, strict=False, assign=True)
    if unexpected or set(missing) - {"lm_head.weight"}:
        raise ValueError(f"missing {missing}, unexpected {unexpected}")
    return module.eval().requires_grad_(False)


class Reference:
    """A pipeline's networks with their weights; each is made when first used."""

    def __init__(self, pipeline: Pipeline, hooks: dict[str, Hook], device: str = "cpu", dtype: torch.dtype = torch.float32):
        self.pipeline = pipeline
        self.hooks = hooks
        self.device = torch.device(device)
        self.dtype = dtype
        self._made: dict[str, nn.Module] = {}
        self._adapter_tensors: dict[str, Tensor] = {}

    def _network(self, name: str) -> nn.Module:
        if name not in self._made:
            self._made[name] = getattr(self, f"_make_{name}")()
        return self._made[name]

    def forget(self, name: str) -> None:
        """Gives a network's memory back."""
        self._made.pop(name, None)

    def _make_unet(self) -> nn.Module:
        with torch.device("meta"):
            unet = type(self.pipeline.unet).from_config(self.pipeline.unet.config)
        return _filled(unet, self.pipeline.unet_weights, shapes_of(unet), self.device, self.dtype)

    def _make_vae(self) -> nn.Module:
        with torch.device("meta"):
            vae = type(self.pipeline.vae).from_config(self.pipeline.vae.config)
        return _filled(vae, self.pipeline.vae_weights, shapes_of(vae), self.device, self.dtype)

    def _make_text_encoder(self) -> nn.Module:
        config = self.pipeline.text_config
        with torch.device("meta"):
            model = Qwen3VLForConditionalGeneration(config).model
        keys = [key.removeprefix("model.") for key in text_encoder_shapes(config)]
        weights = _Prefixed(self.pipeline.text_weights, "model.")
        model = _filled(model, weights, keys, self.device, self.dtype)
        # Rotary frequencies are no weights: make them again outside the meta device.
        model.visual.rotary_pos_emb = type(model.visual.rotary_pos_emb)(config.vision_config).to(self.device)
        model.language_model.rotary_emb = type(model.language_model.rotary_emb)(config.text_config).to(self.device)
        return model

    @property
    def unet(self) -> nn.Module:
        return self._network("unet")

    @property
    def vae(self) -> nn.Module:
        return self._network("vae")

    @property
    def text_encoder(self) -> nn.Module:
        return self._network("text_encoder")

    # Text.

    def tokenize(self, prompts: Sequence[str], max_tokens: int = MAX_TOKENS) -> tuple[Tensor, Tensor]:
        """Ids and mask, int64 [B, max_tokens]."""
        pad = self.pipeline.tokenizer.token_to_id(PAD) or 0
        ids = torch.full((len(prompts), max_tokens), pad, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            encoded = self.pipeline.tokenizer.encode(self.pipeline.template.replace("{prompt}", prompt), add_special_tokens=False).ids
            if len(encoded) > max_tokens:
                raise ValueError(f"prompt {prompt!r} makes {len(encoded)} tokens, expected at most {max_tokens}")
            ids[row, : len(encoded)] = torch.tensor(encoded)
            mask[row, : len(encoded)] = 1
        return ids, mask

    def pixel_values(self, frames: np.ndarray) -> tuple[Tensor, Tensor]:
        """Frames uint8 [B, H, W, 3] as Qwen's image processor hands them on: rows of patches, and the grids."""
        pipeline, vision = self.pipeline, self.pipeline.text_config.vision_config
        pixels, patch, merge = pipeline.image_pixels, vision.patch_size, vision.spatial_merge_size
        small = [np.asarray(Image.fromarray(frame).resize((pixels, pixels), Image.Resampling.BILINEAR)) for frame in frames]
        levels = torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).double() / 255.0
        mean, std = (torch.tensor(part, dtype=torch.float64)[:, None, None] for part in (pipeline.image_mean, pipeline.image_std))
        picture = ((levels - mean) / std).float()[:, None].expand(-1, vision.temporal_patch_size, -1, -1, -1)
        blocks = pixels // patch // merge
        rows = picture.reshape(len(frames), vision.temporal_patch_size, 3, blocks, merge, patch, blocks, merge, patch)
        rows = rows.permute(0, 3, 6, 4, 7, 2, 1, 5, 8).reshape(-1, 3 * vision.temporal_patch_size * patch * patch)
        grid = torch.tensor([[1, pixels // patch, pixels // patch]]).expand(len(frames), -1)
        return rows.to(self.device, self.dtype), grid.to(self.device)

    @torch.no_grad()
    def encode_tokens(self, ids: Tensor, mask: Tensor, frames: np.ndarray) -> tuple[Tensor, Tensor]:
        """Embeddings [B, tokens - 64, D] and their mask."""
        pixel_values, grid = self.pixel_values(frames)
        ids, mask = ids.to(self.device), mask.to(self.device)
        hidden = self.text_encoder(
            input_ids=ids,
            attention_mask=mask,
            pixel_values=pixel_values,
            image_grid_thw=grid,
            mm_token_type_ids=(ids == self.pipeline.text_config.image_token_id).int(),
            use_cache=False,
        ).last_hidden_state
        dropped = self.pipeline.dropped_tokens
        return hidden[:, dropped:], mask[:, dropped:]

    def encode_prompts(self, prompts: Sequence[str], frames: np.ndarray, max_tokens: int = MAX_TOKENS) -> tuple[Tensor, Tensor]:
        return self.encode_tokens(*self.tokenize(prompts, max_tokens), frames)

    # Pictures.

    def _picture(self, frames: np.ndarray) -> Tensor:
        picture = torch.from_numpy(frames).to(self.device).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        return picture.to(self.dtype)

    @torch.no_grad()
    def encode_frames(self, frames: np.ndarray) -> Tensor:
        """Frames uint8 [B, H, W, 3] -> latents."""
        return self.vae.encode(self._picture(frames)).latents

    @torch.no_grad()
    def decode_latents(self, latents: Tensor) -> np.ndarray:
        """Latents -> frames uint8 [B, H, W, 3]."""
        config = self.vae.config
        picture = self.vae.decode((latents / config.scaling_factor + (config.shift_factor or 0.0)).to(self.dtype)).sample.float()
        return (picture.clamp(-1, 1) * 127.5 + 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()

    # The adapter.

    def warped(self, anchors: np.ndarray, flow: np.ndarray) -> Tensor:
        """Anchors uint8 [B, H, W, 3] at x - flow [B, H, W, 2] in pixels, as a picture."""
        height, width = anchors.shape[1:3]
        pixels = (pixel_grid(height, width) - torch.from_numpy(flow)).to(self.device, torch.float32)
        last = torch.tensor([width - 1, height - 1], dtype=torch.float32, device=self.device)
        return grid_sample(self._picture(anchors).float(), pixels * (2.0 / last) - 1.0, padding_mode="border", align_corners=True).to(
            self.dtype
        )

    @torch.no_grad()
    def encode_conditions(self, anchors: np.ndarray, flow: np.ndarray) -> dict[str, Tensor]:
        """Anchors warped by flow -> the condition [B, left tokens, channels] of every hook."""
        picture = self.warped(anchors, flow)
        encoded = {}
        for target, hook in self.hooks.items():
            x = picture
            for layer, (key, _, _, stride) in enumerate(hook.convolutions):
                x = relu(x) if layer else x
                x = nn.functional.conv2d(x, self.adapter_tensor(f"{key}.weight"), self.adapter_tensor(f"{key}.bias"), stride=stride)
            encoded[target] = x.flatten(2).transpose(1, 2)
        return encoded

    def adapter_tensor(self, key: str) -> Tensor:
        """A weight of the adapter, kept for the next time."""
        if key not in self._adapter_tensors:
            self._adapter_tensors[key] = self.pipeline.adapter_weights.tensor(key).to(self.device, self.dtype)
        return self._adapter_tensors[key]

    @contextlib.contextmanager
    def adapted(self, conditions: dict[str, Tensor], strength: Tensor) -> Iterator[None]:
        """While open, the UNet runs with these conditions, zero over the right half, at ``strength`` [B]."""
        handles = []
        for target, condition in conditions.items():
            hook = self.hooks[target]
            left = condition.to(self.device, self.dtype).unflatten(1, (hook.height, hook.width))
            whole = nn.functional.pad(left, (0, 0, 0, hook.width)).flatten(1, 2)
            handles.append(self.unet.get_submodule(target).register_forward_pre_hook(self._input_hook(hook, whole, strength)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _input_hook(self, hook: Hook, condition: Tensor, strength: Tensor):
        down, middle, up = (
            [self.adapter_tensor(f"{hook.key}.{part}.0.{kind}") for kind in ("weight", "bias")] for part in ("down", "mid", "up")
        )
        scale = strength.to(self.device, self.dtype)[:, None, None]

        def adapt(_linear: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            x = inputs[0]
            inner = relu(nn.functional.linear(x, *down))
            inner = relu(nn.functional.linear(torch.cat([condition, inner], dim=2), *middle))
            return (x + nn.functional.linear(inner, *up) * scale,)

        return adapt

    # Sampling.

    @torch.no_grad()
    def step(
        self,
        latents: Tensor,
        reference: Tensor,
        embeddings: Tensor,
        mask: Tensor,
        *,
        sigmas: Tensor,
        conditions: dict[str, Tensor],
        strength: Tensor,
    ) -> Tensor:
        """One Euler step from ``sigmas`` [B, 2]: the UNet on both latents side by side, its left half as velocity."""
        latents, sigmas = latents.to(self.device), sigmas.to(self.device)
        height, width = latents.shape[2:]
        joined = torch.cat([latents.to(self.dtype), reference.to(self.device, self.dtype)], dim=3)
        scale = self.pipeline.downsampling
        with self.adapted(conditions, strength):
            velocity = self.unet(
                joined,
                sigmas[:, 0] * 1000.0,
                embeddings.to(self.device, self.dtype),
                encoder_attention_mask=mask.to(self.device),
                added_cond_kwargs={"time_ids": torch.tensor([[width * scale, height * scale]], device=self.device)},
                return_dict=False,
            )[0][..., :width]
        return latents + (sigmas[:, 1] - sigmas[:, 0])[:, None, None, None] * velocity.float()


class _Prefixed:
    def __init__(self, weights: Weights, prefix: str):
        self._weights = weights
        self._prefix = prefix

    def tensor(self, key: str) -> Tensor:
        return self._weights.tensor(self._prefix + key)
