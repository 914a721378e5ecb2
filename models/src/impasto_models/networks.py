"""The networks of a DreamLite-family model, at any size.

The classes are those of the published model (`DreamLiteUNetModel` and `AutoencoderTiny` of diffusers, `Qwen3VLModel` of
transformers); the forward passes here do the same arithmetic with fixed shapes and a free batch dimension, so that they
export to static graphs. Pictures are float [B, 3, H, W] in -1..1, latents float [B, C, h, w].
"""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import Attention
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_dreamlite import DreamLiteUNetModel
from torch import Tensor, nn
from transformers import Qwen3VLConfig, Qwen3VLModel

logging.getLogger("transformers.modeling_rope_utils").setLevel(logging.ERROR)

PREFIX_TOKENS = 2
"""Constant tokens before the image, ``<|im_start|><|vision_start|>``; their embeddings are dropped."""


@dataclass(frozen=True)
class AutoencoderSize:
    """`AutoencoderTiny`: one entry of ``*_blocks`` per resolution, so the picture shrinks by 2 ** (entries - 1)."""

    channels: int = 32
    latent_channels: int = 16
    encoder_blocks: tuple[int, ...] = (0, 1, 1)
    decoder_blocks: tuple[int, ...] = (3, 1, 0)
    scaling: float = 4.0

    @property
    def downsampling(self) -> int:
        return 2 ** (len(self.encoder_blocks) - 1)


@dataclass(frozen=True)
class TextSize:
    """The Qwen3-VL text encoder: a causal language model that reads ``image_tokens_per_side`` ** 2 tokens of the frame."""

    vocabulary: int = 2048
    max_tokens: int = 64
    hidden: int = 128
    layers: int = 4
    heads: int = 4
    key_value_heads: int = 2
    feed_forward: int = 256
    vision_hidden: int = 64
    vision_layers: int = 2
    vision_heads: int = 2
    image_tokens_per_side: int = 4
    patch_pixels: int = 8

    @property
    def image_tokens(self) -> int:
        return self.image_tokens_per_side**2

    @property
    def image_pixels(self) -> int:
        """Side of the picture that the vision tower sees: 2x2 patches are merged into one token."""
        return 2 * self.image_tokens_per_side * self.patch_pixels

    @property
    def embedding_length(self) -> int:
        return self.max_tokens - PREFIX_TOKENS


@dataclass(frozen=True)
class DenoiserSize:
    """`DreamLiteUNetModel`; ``attention`` names each resolution's blocks, finest first: none, cross or full."""

    channels: tuple[int, ...] = (48, 96, 128, 160)
    heads: tuple[int, ...] = (2, 3, 4, 5)
    attention: tuple[str, ...] = ("none", "cross", "full", "full")
    layers_per_block: int = 1
    feed_forward: int = 2
    norm_groups: int = 16


@dataclass(frozen=True)
class AdapterSize:
    """ControlNet-LLLite on the down blocks: channels of a hook's condition and of its inner layer.

    ``output``: whether there is a hook on the UNet's output too.
    """

    condition: int = 16
    inner: int = 32
    output: bool = False


@dataclass(frozen=True)
class ModelSize:
    """Everything that decides the shapes of a bundle."""

    frame: int = 256
    autoencoder: AutoencoderSize = field(default_factory=AutoencoderSize)
    text: TextSize = field(default_factory=TextSize)
    denoiser: DenoiserSize = field(default_factory=DenoiserSize)
    adapter: AdapterSize = field(default_factory=AdapterSize)

    @property
    def latent_side(self) -> int:
        return self.frame // self.autoencoder.downsampling

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        return self.autoencoder.latent_channels, self.latent_side, self.latent_side

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)

    @staticmethod
    def from_dict(values: dict) -> "ModelSize":
        parts = {
            "autoencoder": AutoencoderSize,
            "text": TextSize,
            "denoiser": DenoiserSize,
            "adapter": AdapterSize,
        }
        return ModelSize(frame=values["frame"], **{name: part(**_tuples(values[name])) for name, part in parts.items()})


def _tuples(values: dict) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def make_autoencoder(size: AutoencoderSize) -> AutoencoderTiny:
    return AutoencoderTiny(
        encoder_block_out_channels=(size.channels,) * len(size.encoder_blocks),
        decoder_block_out_channels=(size.channels,) * len(size.decoder_blocks),
        num_encoder_blocks=size.encoder_blocks,
        num_decoder_blocks=size.decoder_blocks,
        latent_channels=size.latent_channels,
        scaling_factor=size.scaling,
    )


def make_unet(model: ModelSize) -> DreamLiteUNetModel:
    """The UNet; noise and reference latents enter joined along channels, as the family's joining by width costs 2x."""
    size = model.denoiser
    kinds = {"none": "DreamLite", "cross": "DreamLiteCrossAttnNoSelfAttn", "full": "DreamLiteCrossAttn"}
    blocks = [kinds[attention] for attention in size.attention]
    unet = DreamLiteUNetModel(
        sample_size=model.latent_side,
        in_channels=2 * model.autoencoder.latent_channels,
        out_channels=model.autoencoder.latent_channels,
        down_block_types=tuple(f"{block}DownBlock2D" for block in blocks),
        up_block_types=tuple(f"{block}UpBlock2D" for block in reversed(blocks)),
        block_out_channels=size.channels,
        attention_head_dim=size.heads,
        layers_per_block=size.layers_per_block,
        norm_num_groups=size.norm_groups,
        cross_attention_dim=model.text.hidden,
        ff_mult=size.feed_forward,
        use_linear_projection=True,
        use_sep_conv=False,
        qk_norm=None,
    )
    unet.set_attn_processor(BroadcastMaskAttention())
    return unet


class BroadcastMaskAttention:
    """Attention whose mask and shared key-value heads broadcast, where diffusers' processor repeats them."""

    def __call__(
        self,
        attention: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Tokens [B, N, C] attend to themselves or to [B, L, D]; the mask is an additive bias [B, 1, L]."""
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query = _split_heads(attention.to_q(hidden_states), attention.heads)
        head_size = query.shape[-1]
        key = _split_heads(attention.to_k(context), attention.to_k.out_features // head_size)
        value = _split_heads(attention.to_v(context), attention.to_v.out_features // head_size)
        scores = (query * attention.scale) @ key.transpose(-1, -2)
        if attention_mask is not None:
            scores = scores + attention_mask.unsqueeze(1)
        mixed = (scores.softmax(dim=-1) @ value).transpose(1, 2).flatten(2)
        return attention.to_out[0](mixed)


def _split_heads(tokens: Tensor, heads: int) -> Tensor:
    return tokens.unflatten(2, (heads, -1)).transpose(1, 2)


def _rotate(heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary position embedding in the half-split layout."""
    first, second = heads.chunk(2, dim=-1)
    return heads * cosine + torch.cat([-second, first], dim=-1) * sine


class LowLevelAdapter(nn.Module):
    """One ControlNet-LLLite hook: adds up(relu(mid(concat(condition, relu(down(x)))))) to a linear's input x.

    Layout and names follow ``lllite.py`` of otanl/dreamlite-lllite; ``up`` starts at zero, so an untrained hook is silent.
    """

    def __init__(self, channels: int, stride: int, size: AdapterSize):
        super().__init__()
        self.conditioning1 = _condition_encoder(stride, size.condition)
        self.down = nn.Sequential(nn.Linear(channels, size.inner), nn.ReLU())
        self.mid = nn.Sequential(nn.Linear(size.inner + size.condition, size.inner), nn.ReLU())
        self.up = nn.Sequential(nn.Linear(size.inner, channels))
        nn.init.zeros_(self.up[0].weight)
        nn.init.zeros_(self.up[0].bias)

    def forward(self, tokens: Tensor, condition: Tensor, strength: Tensor) -> Tensor:
        """Tokens [B, N, C], condition [B, N, condition channels], strength [B, 1, 1] -> tokens."""
        return tokens + self.up(self.mid(torch.cat([condition, self.down(tokens)], dim=2))) * strength


def _condition_encoder(stride: int, channels: int) -> nn.Sequential:
    """Strided convolutions without overlap, by 4 while possible, from 3 channels through half to ``channels``."""
    strides = []
    while stride > 1:
        strides.append(4 if stride % 4 == 0 else 2)
        stride //= strides[-1]
    layers: list[nn.Module] = []
    width = 3
    for index, step in enumerate(strides):
        last = index == len(strides) - 1
        layers.append(nn.Conv2d(width, channels if last else channels // 2, step, stride=step))
        width = channels // 2
        if not last:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class OutputAdapter(nn.Module):
    """A hook on the UNet's output: predicted latents follow those of the anchor where the two nearly agree.

    Hooks of ControlNet-LLLite sit on the inputs of attention, at tokens too coarse for the details that flicker. Following is
    an average, so it would blur: the detail of every channel is scaled back to the energy that it had in the prediction.
    """

    def __init__(self, latents: int, share: float = 0.0, tolerance: float = 0.45):
        """Latents follow by ``share`` where they agree, and by a third of that where they differ by ``tolerance`` (root mean square)."""
        super().__init__()
        self.share = nn.Parameter(torch.full((latents,), share))
        self.tolerance = nn.Parameter(torch.tensor([tolerance]))

    def forward(self, sample: Tensor, anchor: Tensor, reference: Tensor, strength: Tensor) -> Tensor:
        """Predicted, anchor's and input frame's latents [B, C, h, w], strength [B, 1, 1, 1] -> latents."""
        change = anchor - sample
        disagreement = _smooth(change.square().mean(dim=1, keepdim=True))
        trust = torch.exp(-disagreement / self.tolerance.square()) * _is_another(anchor, reference)
        followed = sample + self.share[:, None, None] * trust * strength * change
        detail = followed - _smooth(followed)
        gain = ((_energy(sample - _smooth(sample)) + _LEAST_ENERGY) / (_energy(detail) + _LEAST_ENERGY)).sqrt()
        return followed + (gain.clamp(1.0, _MOST_GAIN) - 1.0) * detail


_LEAST_ENERGY = 1e-4
_MOST_GAIN = 1.4
_ANOTHER_PICTURE = 1e-3
"""Mean squared difference of latents; nano's own outputs lie 0.006 and more from the input's, those of ``unchanged`` nearest."""


def _smooth(latents: Tensor) -> Tensor:
    return F.avg_pool2d(latents, 3, stride=1, padding=1, count_include_pad=False)


def _energy(latents: Tensor) -> Tensor:
    return latents.square().mean(dim=(2, 3), keepdim=True)


def _is_another(anchor: Tensor, reference: Tensor) -> Tensor:
    """0 where a stream's first group has the input frame itself for an anchor, whose look is not to be followed; else near 1."""
    difference = (anchor - reference).square().mean(dim=(1, 2, 3), keepdim=True)
    return 1.0 - torch.exp(-difference / _ANOTHER_PICTURE)


class TemporalAdapter(nn.Module):
    """All hooks of a UNet's down blocks: cross-attention queries, and self-attention query, key and value; and the output's.

    Conditions are packed per resolution: a float [B, N, hooks * condition channels] under its side in tokens.
    """

    def __init__(self, unet: DreamLiteUNetModel, model: ModelSize, to_latents: Callable[[Tensor], Tensor]):
        """``to_latents`` encodes the anchor for the hook on the output; its parameters belong to the caller."""
        super().__init__()
        self.size = model.adapter
        self.targets: dict[int, list[str]] = {}
        self.hooks = nn.ModuleDict()
        for level, _ in enumerate(model.denoiser.channels):
            side = model.latent_side // 2**level
            for name, linear in unet.down_blocks[level].named_modules():
                if isinstance(linear, nn.Linear) and name.endswith(("attn1.to_q", "attn1.to_k", "attn1.to_v", "attn2.to_q")):
                    target = f"down_blocks.{level}.{name}"
                    self.targets.setdefault(side, []).append(target)
                    self.hooks[_key(target)] = LowLevelAdapter(linear.in_features, model.frame // side, model.adapter)
        self.output_side = model.latent_side if model.adapter.output else 0
        if self.output_side in self.targets:
            raise ValueError(f"hooks on attention at {self.output_side}x{self.output_side} leave no room for one on the output there")
        if self.output_side:
            self._to_latents = to_latents
            self._latent_channels = model.autoencoder.latent_channels
            self.output = OutputAdapter(self._latent_channels)

    @property
    def sides(self) -> list[int]:
        """Sides in tokens at which there are hooks, finest first."""
        return ([self.output_side] if self.output_side else []) + list(self.targets)

    @property
    def warp_mode(self) -> str:
        """How the anchor is resampled: the hook on the output hands its detail on from frame to frame, bilinear would blur it."""
        return "bicubic" if self.output_side else "bilinear"

    def condition_channels(self, side: int) -> int:
        """Channels of the packed conditions at one resolution."""
        return self._latent_channels if side == self.output_side else len(self.targets[side]) * self.size.condition

    def encode(self, picture: Tensor, side: int) -> Tensor:
        """Packs the conditions of every hook at one resolution: float [B, side * side, hooks * condition channels]."""
        if side == self.output_side:
            return self._to_latents(picture).flatten(2).transpose(1, 2)
        encoded = [self.hooks[_key(target)].conditioning1(picture) for target in self.targets[side]]
        return torch.cat(encoded, dim=1).flatten(2).transpose(1, 2)

    @contextlib.contextmanager
    def applied(self, unet: DreamLiteUNetModel, conditions: dict[int, Tensor], strength: Tensor, reference: Tensor) -> Iterator[None]:
        """While open, ``unet`` runs with these packed conditions at ``strength`` [B] on frames with latents ``reference``."""
        handles = [
            unet.get_submodule(target).register_forward_pre_hook(self._input_hook(target, condition, strength[:, None, None]))
            for side, targets in self.targets.items()
            for target, condition in zip(targets, conditions[side].split(self.size.condition, dim=2), strict=True)
        ]
        if self.output_side:
            handles.append(unet.conv_out.register_forward_hook(self._output_hook(conditions[self.output_side], strength, reference)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _input_hook(self, target: str, condition: Tensor, strength: Tensor):
        hook = self.hooks[_key(target)]
        return lambda _linear, inputs: (hook(inputs[0], condition, strength),)

    def _output_hook(self, condition: Tensor, strength: Tensor, reference: Tensor):
        def change(_module: nn.Module, _inputs: tuple[Tensor], sample: Tensor) -> Tensor:
            anchor = condition.transpose(1, 2).unflatten(2, sample.shape[2:])
            return self.output(sample, anchor, reference, strength[:, None, None, None])

        return change


def _key(target: str) -> str:
    return target.replace(".", "__")


def make_qwen(size: TextSize) -> Qwen3VLModel:
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": size.vocabulary,
            "hidden_size": size.hidden,
            "intermediate_size": size.feed_forward,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.key_value_heads,
            "head_dim": size.hidden // size.heads,
            "max_position_embeddings": 256,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": _rotary_sections(size.hidden // size.heads),
                "mrope_interleaved": True,
            },
        },
        vision_config={
            "depth": size.vision_layers,
            "hidden_size": size.vision_hidden,
            "intermediate_size": 2 * size.vision_hidden,
            "num_heads": size.vision_heads,
            "out_hidden_size": size.hidden,
            "patch_size": size.patch_pixels,
            "spatial_merge_size": 2,
            "num_position_embeddings": (2 * size.image_tokens_per_side) ** 2,
            "deepstack_visual_indexes": [],
        },
        image_token_id=size.vocabulary - 1,
        video_token_id=size.vocabulary - 2,
        vision_start_token_id=size.vocabulary - 3,
        vision_end_token_id=size.vocabulary - 4,
    )
    config._attn_implementation = "eager"
    return Qwen3VLModel(config)


def _rotary_sections(head_size: int) -> list[int]:
    """Rotary frequencies that time, height and width share; time takes what does not divide by three."""
    third = head_size // 2 // 3
    return [head_size // 2 - 2 * third, third, third]


class VisionAwareTextEncoder(nn.Module):
    """`Qwen3VLModel` over one fixed template: two tokens, the image's tokens, then the prompt.

    Equal to the model's own forward pass, with positions and masks as constants and the images as a batch.
    """

    def __init__(self, size: TextSize):
        super().__init__()
        self.size = size
        self.model = make_qwen(size)
        self._add_vision_constants()
        self._add_language_constants()

    def _add_vision_constants(self) -> None:
        side = 2 * self.size.image_tokens_per_side
        rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        positions = torch.stack([self._merged(rows[None])[0, :, 0], self._merged(columns[None])[0, :, 0]], dim=1)
        order = self._merged(torch.arange(side * side).view(1, side, side))[0, :, 0]
        cosine, sine = self.model.visual.rotary_pos_emb(torch.zeros(1), positions)
        self.register_buffer("vision_order", order, persistent=False)
        self.register_buffer("vision_cosine", cosine, persistent=False)
        self.register_buffer("vision_sine", sine, persistent=False)

    def _add_language_constants(self) -> None:
        positions = prompt_positions(self.size)
        cosine, sine = self.model.language_model.rotary_emb(torch.zeros(1), positions[:, None])
        length = self.size.max_tokens
        causal = torch.full((length, length), -1e4).triu(1)
        self.register_buffer("text_cosine", cosine, persistent=False)
        self.register_buffer("text_sine", sine, persistent=False)
        self.register_buffer("causal_bias", causal, persistent=False)

    def _merged(self, grid: Tensor) -> Tensor:
        """Patches [B, (D,) side, side] -> [B, side * side, D] in Qwen3-VL's order: the 2x2 patches of a token together."""
        grid = grid.unsqueeze(1) if grid.dim() == 3 else grid
        side = self.size.image_tokens_per_side
        blocks = grid.unflatten(3, (side, 2)).unflatten(2, (side, 2))
        return blocks.permute(0, 2, 4, 3, 5, 1).flatten(1, 4)

    def encode_image(self, picture: Tensor) -> Tensor:
        """Picture [B, 3, image_pixels, image_pixels] in -1..1 -> image tokens [B, image_tokens, hidden]."""
        visual = self.model.visual
        projection = visual.patch_embed.proj
        kernel = projection.weight.sum(dim=2)  # a still picture repeats along the kernel's time axis
        patches = F.conv2d(picture, kernel, projection.bias, stride=self.size.patch_pixels)
        tokens = self._merged(patches) + visual.pos_embed.weight[self.vision_order]
        for block in visual.blocks:
            tokens = tokens + self._attend(block.attn, block.norm1(tokens))
            tokens = tokens + block.mlp(block.norm2(tokens))
        merger = visual.merger
        merged = merger.norm(tokens).unflatten(1, (self.size.image_tokens, 4)).flatten(2)
        return merger.linear_fc2(merger.act_fn(merger.linear_fc1(merged)))

    def _attend(self, attention: nn.Module, tokens: Tensor) -> Tensor:
        """Full attention of the vision tower over tokens [B, N, D]."""
        query, key, value = (_split_heads(part, attention.num_heads) for part in attention.qkv(tokens).chunk(3, dim=2))
        query = _rotate(query, self.vision_cosine, self.vision_sine)
        key = _rotate(key, self.vision_cosine, self.vision_sine)
        scores = (query * attention.scaling) @ key.transpose(-1, -2)
        return attention.proj((scores.softmax(dim=-1) @ value).transpose(1, 2).flatten(2))

    def _attend_causally(self, attention: nn.Module, tokens: Tensor) -> Tensor:
        """Grouped-query attention of the language model over tokens [B, T, D]; groups share keys by broadcasting."""
        groups = self.size.key_value_heads
        query = attention.q_norm(_split_heads(attention.q_proj(tokens), self.size.heads))
        key = attention.k_norm(_split_heads(attention.k_proj(tokens), groups))
        value = _split_heads(attention.v_proj(tokens), groups)
        query = _rotate(query, self.text_cosine, self.text_sine).unflatten(1, (groups, -1))
        key = _rotate(key, self.text_cosine, self.text_sine)
        scores = (query * attention.scaling) @ key.transpose(-1, -2).unsqueeze(2) + self.causal_bias
        mixed = scores.softmax(dim=-1) @ value.unsqueeze(2)
        return attention.o_proj(mixed.flatten(1, 2).transpose(1, 2).flatten(2))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, picture: Tensor) -> Tensor:
        """Token ids and mask int64 [B, T], picture as for `encode_image` -> embeddings [B, T - 2, hidden].

        Padding lies on the right, where causal attention cannot look, so it needs no mask inside.
        """
        language = self.model.language_model
        embedded = language.embed_tokens(input_ids)
        image_end = PREFIX_TOKENS + self.size.image_tokens
        hidden = torch.cat([embedded[:, :PREFIX_TOKENS], self.encode_image(picture), embedded[:, image_end:]], dim=1)
        for layer in language.layers:
            hidden = hidden + self._attend_causally(layer.self_attn, layer.input_layernorm(hidden))
            hidden = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
        hidden = language.norm(hidden) * attention_mask[..., None].to(hidden.dtype)
        return hidden[:, PREFIX_TOKENS:]


def prompt_positions(size: TextSize) -> Tensor:
    """Multimodal rotary positions (time, height, width) of the template's tokens, int64 [3, T]."""
    side = size.image_tokens_per_side
    prefix = torch.arange(PREFIX_TOKENS).expand(3, -1)
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    image = PREFIX_TOKENS + torch.stack([torch.zeros_like(rows), rows, columns]).flatten(1)
    rest = size.max_tokens - PREFIX_TOKENS - size.image_tokens
    return torch.cat([prefix, image, (PREFIX_TOKENS + side + torch.arange(rest)).expand(3, -1)], dim=1)


class Networks(nn.Module):
    """The four trained parts of a model."""

    def __init__(self, size: ModelSize):
        super().__init__()
        self.size = size
        self.autoencoder = make_autoencoder(size.autoencoder)
        self.text_encoder = VisionAwareTextEncoder(size.text)
        self.unet = make_unet(size)
        self.adapter = TemporalAdapter(self.unet, size, self.encode)

    def encode(self, picture: Tensor) -> Tensor:
        """Picture -> latents, scaled to a deviation near one."""
        return self.autoencoder.encoder(picture) * self.size.autoencoder.scaling

    def decode(self, latents: Tensor) -> Tensor:
        """Latents -> picture, not clamped."""
        return self.autoencoder.decoder(latents / self.size.autoencoder.scaling)

    def predict(self, noise: Tensor, reference: Tensor, embeddings: Tensor, mask: Tensor, sigma: Tensor) -> Tensor:
        """The clean latents that the UNet sees behind noise of level ``sigma`` [B], guided by reference and text.

        The UNet predicts the sample, not the velocity: nothing of a one-step model's capacity goes into copying noise.
        """
        return self.unet(
            torch.cat([noise, reference], dim=1),
            sigma * 1000.0,
            embeddings,
            encoder_attention_mask=mask,
            return_dict=False,
        )[0]
