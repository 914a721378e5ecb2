"""A DreamLite-mobile pipeline: its configurations, weights and tokenizer, read from a folder or made from a seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, DreamLiteUNetModel, FlowMatchEulerDiscreteScheduler
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from impasto_models.dreamlite.adapter import Hook, find_hooks, hook_shapes
from impasto_models.dreamlite.weights import RandomWeights, SafetensorsWeights, Shapes, Weights, read_json, safetensors_files, stored_shapes

PIPELINE_CLASSES = ("DreamLiteMobilePipeline",)
DROPPED_TOKENS = 64
"""Embeddings of the template's first tokens that the UNet does not see (``prompt_template_encode_edit_start_idx``)."""
TEMPLATE = (
    "<|im_start|>system\nDescribe the key features of the input image (color, shape, size, texture, objects, background), then "
    "explain how the user's text instruction should alter or modify the image. Generate a new image that meets the user's "
    "requirements while maintaining consistency with the original input where appropriate.<|im_end|>\n<|im_start|>user\n"
    "<|vision_start|>{image}<|vision_end|>[Edit]: A diptych with two side-by-side images of the same scene. Compared to the right "
    "side, the left one has {prompt}<|im_end|>\n<|im_start|>assistant\n"
)
"""The edit template of diffusers' `DreamLiteMobilePipeline`, filled with its instruction."""
IMAGE, PAD = "<|image_pad|>", "<|endoftext|>"
SPECIAL_TOKENS = [PAD, "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", IMAGE, "<|video_pad|>"]
IMAGE_PIXELS = 256
"""Side of the picture that the vision tower sees in the released streaming code."""

PUBLISHED_UNET = {
    "sample_size": 128,
    "block_out_channels": (256, 512, 896),
    "layers_per_block": 2,
    "transformer_layers_per_block": (1, 2, 4),
    "attention_head_dim": (4, 8, 14),
    "cross_attention_dim": 2304,
    "encoder_hid_dim": 2048,
    "encoder_hid_dim_type": "text_proj_rms",
    "addition_embed_type": "time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 512,
    "use_linear_projection": True,
    "ff_mult": 3,
}
PUBLISHED_TEXT_ENCODER = {
    "text_config": {
        "vocab_size": 151936,
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "max_position_embeddings": 262144,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [24, 20, 20], "mrope_interleaved": True},
        "tie_word_embeddings": True,
    },
    "vision_config": {
        "depth": 24,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_heads": 16,
        "out_hidden_size": 2048,
        "patch_size": 16,
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": [5, 11, 17],
    },
    "tie_word_embeddings": True,
}
TINY = {
    "unet": PUBLISHED_UNET
    | {
        "sample_size": 8,
        "block_out_channels": (32, 64, 96),
        "layers_per_block": 1,
        "transformer_layers_per_block": (1, 1, 2),
        "attention_head_dim": (2, 4, 6),
        "cross_attention_dim": 48,
        "encoder_hid_dim": 64,
        "addition_time_embed_dim": 16,
        "projection_class_embeddings_input_dim": 32,
        "norm_num_groups": 8,
    },
    "vae": {
        "encoder_block_out_channels": (16,) * 4,
        "decoder_block_out_channels": (16,) * 4,
        "num_encoder_blocks": (1,) * 4,
        "num_decoder_blocks": (1,) * 4,
        "scaling_factor": 0.8,
        "shift_factor": 0.1,
    },
    "text_encoder": {
        "text_config": {
            "vocab_size": 4096,
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "max_position_embeddings": 512,
            "rope_parameters": {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [4, 2, 2], "mrope_interleaved": True},
            "tie_word_embeddings": True,
        },
        "vision_config": {
            "depth": 4,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 16,
            "num_position_embeddings": 36,
            "deepstack_visual_indexes": [1, 2],
        },
        "tie_word_embeddings": True,
    },
}
"""The published architecture with every feature of its structure and next to no weights."""
SIZES = {"published": {}, "tiny": TINY}
SCHEDULER = {
    "num_train_timesteps": 1000,
    "use_dynamic_shifting": True,
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
    "base_shift": 0.5,
    "max_shift": 1.16,
}


@dataclass(frozen=True)
class Pipeline:
    """The networks lie on PyTorch's meta device: configuration and shapes without weights."""

    unet: DreamLiteUNetModel
    vae: AutoencoderTiny
    text_config: Qwen3VLConfig
    scheduler: FlowMatchEulerDiscreteScheduler
    tokenizer: Tokenizer
    unet_weights: Weights
    vae_weights: Weights
    text_weights: Weights
    hooks: dict[str, Hook]
    adapter_weights: Weights | None
    image_mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    image_std: tuple[float, ...] = (0.5, 0.5, 0.5)
    image_pixels: int = IMAGE_PIXELS
    dropped_tokens: int = DROPPED_TOKENS

    @property
    def downsampling(self) -> int:
        return 2 ** (len(self.vae.config.encoder_block_out_channels) - 1)

    def latents(self, frame: tuple[int, int]) -> tuple[int, int, int]:
        """Shape of the latents of frames of (height, width)."""
        return self.vae.config.latent_channels, frame[0] // self.downsampling, frame[1] // self.downsampling

    @property
    def image_tokens(self) -> int:
        vision = self.text_config.vision_config
        return (self.image_pixels // vision.patch_size // vision.spatial_merge_size) ** 2

    @property
    def template(self) -> str:
        """The text around a prompt, with ``{prompt}`` in its place."""
        return TEMPLATE.replace("{image}", IMAGE * self.image_tokens)

    @property
    def prefix_ids(self) -> tuple[int, ...]:
        """The template's tokens before the picture's."""
        return tuple(self.tokenizer.encode(self.template.split(IMAGE, 1)[0], add_special_tokens=False).ids)

    def sigmas(self, steps: int, frame: tuple[int, int]) -> list[float]:
        """The scheduler's noise levels with its shift for this frame size, then 0."""
        config = self.scheduler.config
        _, height, width = self.latents(frame)
        low, high = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
        base, top = config.get("base_shift", 0.5), config.get("max_shift", 1.16)
        shift = base + (height * width // 4 - low) * (top - base) / (high - low)
        levels = np.linspace(1.0, 1.0 / steps, steps)
        self.scheduler.set_timesteps(sigmas=levels, mu=shift)
        return [float(sigma) for sigma in self.scheduler.sigmas]


def on_meta(make):
    """Runs ``make`` so that the modules it builds have shapes and no weights."""
    with torch.device("meta"):
        return make().eval()


def shapes_of(module: torch.nn.Module) -> Shapes:
    """Shapes of a module's weights, tied ones left out."""
    tied = getattr(module, "_tied_weights_keys", None) or {}
    return {key: tuple(value.shape) for key, value in module.state_dict().items() if key not in tied}


def text_encoder_shapes(config: Qwen3VLConfig) -> Shapes:
    """The weights that the embeddings depend on; the language model's head is none of them."""
    shapes = shapes_of(on_meta(lambda: Qwen3VLForConditionalGeneration(config)))
    return {key: shape for key, shape in shapes.items() if key != "lm_head.weight"}


def random_pipeline(
    seed: int,
    *,
    unet: dict = PUBLISHED_UNET,
    vae: dict | None = None,
    text_encoder: dict = PUBLISHED_TEXT_ENCODER,
    frame: tuple[int, int] = (512, 512),
    image_pixels: int = IMAGE_PIXELS,
    dropped_tokens: int = DROPPED_TOKENS,
    condition_channels: int = 32,
    inner_channels: int = 64,
) -> Pipeline:
    """The published architecture, or another of its kind, with weights from a seed."""
    tokenizer = generated_tokenizer()
    special = {f"{name}_token_id": tokenizer.token_to_id(token) for name, token in (("image", IMAGE), ("video", "<|video_pad|>"))}
    special |= {f"vision_{end}_token_id": tokenizer.token_to_id(f"<|vision_{end}|>") for end in ("start", "end")}
    text_config = Qwen3VLConfig(**text_encoder, **special)
    networks = on_meta(lambda: DreamLiteUNetModel(**unet)), on_meta(lambda: AutoencoderTiny(**(vae or {})))
    downsampling = 2 ** (len(networks[1].config.encoder_block_out_channels) - 1)
    size = frame[0] // downsampling, frame[1] // downsampling
    hooks = find_hooks(networks[0], size, downsampling, condition_channels, inner_channels)
    return Pipeline(
        unet=networks[0],
        vae=networks[1],
        text_config=text_config,
        scheduler=FlowMatchEulerDiscreteScheduler(**SCHEDULER),
        tokenizer=tokenizer,
        unet_weights=RandomWeights(shapes_of(networks[0]), seed),
        vae_weights=RandomWeights(shapes_of(networks[1]), seed),
        text_weights=RandomWeights(text_encoder_shapes(text_config), seed),
        hooks=hooks,
        adapter_weights=RandomWeights(hook_shapes(hooks), seed),
        image_pixels=image_pixels,
        dropped_tokens=dropped_tokens,
    )


def generated_tokenizer() -> Tokenizer:
    """A byte-level tokenizer with Qwen's special tokens that knows the template's words, the same every time."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4096,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEMPLATE] * 2, trainer)
    return tokenizer


def open_pipeline(folder: Path, adapter: Path | None, frame: tuple[int, int]) -> Pipeline:
    """Reads a `DreamLiteMobilePipeline` in diffusers' layout; ``adapter`` is a safetensors file of otanl/dreamlite-lllite.

    Raises `FileNotFoundError` or `ValueError` that says what was found and what was expected.
    """
    index = read_json(folder / "model_index.json")
    if index.get("_class_name") not in PIPELINE_CLASSES:
        raise ValueError(f"{folder / 'model_index.json'} is for a {index.get('_class_name')}, expected {' or '.join(PIPELINE_CLASSES)}")
    unet = on_meta(lambda: DreamLiteUNetModel.from_config(read_json(folder / "unet" / "config.json")))
    vae = on_meta(lambda: AutoencoderTiny.from_config(read_json(folder / "vae" / "config.json")))
    text_config = Qwen3VLConfig(**read_json(folder / "text_encoder" / "config.json"))
    processor = read_json(_first(folder / "processor", "preprocessor_config.json", "processor_config.json"))
    image = processor.get("image_processor", processor)
    downsampling = 2 ** (len(vae.config.encoder_block_out_channels) - 1)
    size = frame[0] // downsampling, frame[1] // downsampling
    hooks, adapter_weights = {}, None
    if adapter is not None:
        hooks, adapter_weights = _open_adapter(adapter, unet, size, downsampling)
    return Pipeline(
        unet=unet,
        vae=vae,
        text_config=text_config,
        scheduler=FlowMatchEulerDiscreteScheduler.from_config(read_json(folder / "scheduler" / "scheduler_config.json")),
        tokenizer=_tokenizer(_first(folder / "tokenizer", "tokenizer.json")),
        unet_weights=SafetensorsWeights(safetensors_files(folder / "unet"), shapes_of(unet)),
        vae_weights=SafetensorsWeights(safetensors_files(folder / "vae"), shapes_of(vae)),
        text_weights=SafetensorsWeights(
            safetensors_files(folder / "text_encoder"), text_encoder_shapes(text_config), ignored=("lm_head.weight",)
        ),
        hooks=hooks,
        adapter_weights=adapter_weights,
        image_mean=tuple(image.get("image_mean", (0.5, 0.5, 0.5))),
        image_std=tuple(image.get("image_std", (0.5, 0.5, 0.5))),
    )


def _open_adapter(file: Path, unet: DreamLiteUNetModel, size: tuple[int, int], downsampling: int) -> tuple[dict[str, Hook], Weights]:
    """The hooks whose weights ``file`` holds; it may leave out whole hooks, not parts of one.

    Their channels are those that most hooks have, so that an odd one is named and not all others.
    """
    found = stored_shapes(file)
    layers = [(shape, found.get(key.replace(".down.", ".mid."), ())) for key, shape in found.items() if key.endswith(".down.0.weight")]
    sizes = Counter((down[0], mid[1]) for down, mid in layers if len(down) == len(mid) == 2 and mid[1] > down[0])
    if not sizes:
        expected = "modules_dict.<linear>.down.0.weight [inner, channels] and .mid.0.weight [inner, inner and condition channels]"
        raise ValueError(f"weights in {file}: found keys like {sorted(found)[:2]}, expected {expected}")
    inner, merged = sizes.most_common(1)[0][0]
    every = find_hooks(unet, size, downsampling, merged - inner, inner)
    hooks = {name: hook for name, hook in every.items() if any(key.startswith(f"{hook.key}.") for key in found)}
    return hooks, SafetensorsWeights([file], hook_shapes(hooks))


def _tokenizer(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ValueError(f"{file} is no tokenizer in Hugging Face's format: {error}") from error


def _first(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    found = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else "no such folder"
    raise FileNotFoundError(f"{folder}: found {found}, expected {' or '.join(names)}")
