"""The denoiser graph: UNet, adapter and Euler step of `DreamLiteUNetModel`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import Attention
from diffusers.models.unets.unet_dreamlite import DreamLiteUNetModel, ResnetBlock2DDreamLite
from torch import Tensor, nn

from impasto_models.dreamlite.adapter import UNHOOKED, Hook, emit_nothing
from impasto_models.dreamlite.float8 import Bound
from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.dreamlite.weights import Weights
from impasto_models.dreamlite.writer import GraphWriter

MASKED = -10000.0
"""What diffusers adds to the scores of a masked token."""

PIECE = 8192
"""GroupNorm's statistics are summed in pieces of about so many values: a large group alone keeps too little of a GPU busy."""


@dataclass(frozen=True)
class Map:
    """A feature map [B, channels, height, width]."""

    value: str
    channels: int
    height: int
    width: int

    @property
    def tokens(self) -> int:
        return self.height * self.width


@dataclass
class Conditioning:
    """What every block reads beside its input."""

    time: dict[str, str] = field(default_factory=dict)
    """By resnet: a vector to add to its channels, [B or 1, channels]."""
    text_keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By cross-attention: keys and values, [B, L, key-value heads * head size], keys normalised."""
    text: str = ""
    mask_bias: str = ""
    """[B, 1, 1, L]."""
    strength: str = ""
    """[B, 1, 1]."""
    adapter: dict[str, str] = field(default_factory=dict)
    """By hooked linear: its condition [B, left tokens, condition channels], or its share of the adapter's middle layer,
    [B, tokens, inner channels], with the rewrite `joined_projections`."""


class UnetGraph:
    """Emits the blocks of a UNet into a graph."""

    def __init__(
        self, g: GraphWriter, unet: DreamLiteUNetModel, hooks: dict[str, Hook], rewrites: Rewrites, scope: tuple[str, ...] = ("",)
    ):
        """``scope`` limits what is prepared for all blocks to those whose names begin so."""
        self.g = g
        self.unet = unet
        self.hooks = hooks
        self.rewrites = rewrites
        self.names = {module: name for name, module in unet.named_modules()}
        self.scope = scope
        self.side_by_side = True
        self.conditioning = Conditioning()

    def _named(self, kind: type, ending: str = "") -> dict[str, nn.Module]:
        named = {name: module for module, name in self.names.items() if isinstance(module, kind)}
        return {name: module for name, module in named.items() if name.startswith(self.scope) and name.endswith(ending)}

    # Feature maps.

    def to_tokens(self, x: Map) -> str:
        """[B, N, C]."""
        return self.g.reshape(self.g.transpose(x.value, 0, 2, 3, 1), 0, x.tokens, x.channels)

    def from_tokens(self, value: str, like: Map) -> Map:
        value = self.g.reshape(value, 0, like.height, like.width, like.channels)
        return replace(like, value=self.g.transpose(value, 0, 3, 1, 2))

    def add(self, x: Map, y: Map) -> Map:
        return replace(x, value=self.g.op("Add", x.value, y.value))

    def concat(self, x: Map, y: Map) -> Map:
        return replace(x, value=self.g.concat(x.value, y.value, axis=1), channels=x.channels + y.channels)

    def conv(self, x: Map, key: str, conv: nn.Conv2d) -> Map:
        g, (kernel, _), (stride, _), (padding, _) = self.g, conv.kernel_size, conv.stride, conv.padding
        inputs = [x.value, g.weight(f"{key}.weight")] + ([g.weight(f"{key}.bias")] if conv.bias is not None else [])
        y = g.op("Conv", *inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4, group=conv.groups)
        height, width = ((length + 2 * padding - kernel) // stride + 1 for length in (x.height, x.width))
        return Map(y, conv.out_channels, height, width)

    def pointwise(self, x: Map, key: str, conv: nn.Conv2d) -> Map:
        """A 1x1 convolution, with the rewrite as a product from the left, which needs no other order of axes."""
        if not self.rewrites.pointwise_products:
            return self.conv(x, key, conv)
        g = self.g
        weight = g.store(f"{key}.weight.flat", self._weight(f"{key}.weight").flatten(1))
        y = g.matmul(weight, g.reshape(x.value, 0, x.channels, x.tokens))
        if conv.bias is not None:
            y = g.op("Add", y, g.store(f"{key}.bias.column", self._weight(f"{key}.bias")[:, None]))
        return replace(x, value=g.reshape(y, 0, conv.out_channels, x.height, x.width), channels=conv.out_channels)

    def separable(self, x: Map, key: str, conv: nn.Module) -> Map:
        if isinstance(conv, nn.Conv2d):
            return self.conv(x, key, conv)
        return self.pointwise(self.conv(x, f"{key}.depthwise", conv.depthwise), f"{key}.pointwise", conv.pointwise)

    def add_to_channels(self, x: Map, vector: str) -> Map:
        return replace(x, value=self.g.op("Add", x.value, self.g.reshape(vector, -1, x.channels, 1, 1)))

    def group_norm(self, x: Map, key: str, norm: nn.GroupNorm, *, silu: bool, columns: int | None = None) -> Map:
        """Normalises, scales and shifts, then SiLU where asked; of the result only the first ``columns`` where given."""
        instance = self.rewrites.group_norm == "instance"
        y = (self._instance_norm if instance else self._spelled_norm)(x, key, norm, columns)
        return replace(y, value=self.g.silu(y.value)) if silu else y

    def _instance_norm(self, x: Map, key: str, norm: nn.GroupNorm, columns: int | None) -> Map:
        g, groups = self.g, norm.num_groups
        grouped = g.reshape(x.value, 0, groups, -1)
        normal = g.op("InstanceNormalization", grouped, g.constant(torch.ones(groups)), g.constant(torch.zeros(groups)), epsilon=norm.eps)
        y = g.reshape(normal, 0, x.channels, x.height, x.width)
        if columns is not None:
            x, y = replace(x, width=columns), g.slice(y, 3, 0, columns)
        for kind, part in (("Mul", "weight"), ("Add", "bias")):
            y = g.op(kind, y, g.store(f"{key}.{part}.column", self._weight(f"{key}.{part}")[:, None, None]))
        return replace(x, value=y)

    def _spelled_norm(self, x: Map, key: str, norm: nn.GroupNorm, columns: int | None) -> Map:
        """The statistics in float32; the normalisation in the graph's precision, so that no float32 map is ever written."""
        g, groups, size = self.g, norm.num_groups, x.channels // norm.num_groups
        mean, variance = self._statistics(x, groups)
        deviation = g.op("Sqrt", g.op("Add", variance, g.constant(norm.eps, "float32")))
        gain, bias = (
            g.store(f"{key}.{part}.grouped", self._weight(f"{key}.{part}").view(groups, size), "float32") for part in ("weight", "bias")
        )
        centre = g.op("Expand", mean, g.constant(torch.tensor([1, 1, size])))
        by_channel = (g.cast(g.reshape(part, -1, x.channels, 1, 1), g.precision) for part in (centre, g.op("Div", gain, deviation), bias))
        centre, scale, shift = by_channel
        if columns is not None:
            x = replace(x, value=g.slice(x.value, 3, 0, columns), width=columns)
        return replace(x, value=g.op("Add", g.op("Mul", g.op("Sub", x.value, centre), scale), shift))

    def _statistics(self, x: Map, groups: int) -> tuple[str, str]:
        """Mean and variance of every group, [B, groups, 1], float32: of pieces of at most `PIECE` values, then of the pieces'.

        Deviations are from the piece's own mean: mean square minus squared mean cancels, down to below zero.
        """
        g, length, pieces = self.g, x.channels // groups * x.tokens, 1
        while length // pieces > PIECE and length % (2 * pieces) == 0:
            pieces *= 2
        wide = g.cast(g.reshape(x.value, 0, groups * pieces, length // pieces), "float32")
        mean, variance = self._moments(wide)
        if pieces == 1:
            return mean, variance
        mean, variance = (g.reshape(part, 0, groups, pieces) for part in (mean, variance))
        middle, spread = self._moments(mean)
        return middle, g.op("Add", g.reduce_mean(variance, 2), spread)

    def _moments(self, values: str) -> tuple[str, str]:
        """Mean and mean squared deviation over the last of three axes."""
        g = self.g
        mean = g.reduce_mean(values, 2)
        deviation = g.op("Sub", values, mean)
        return mean, g.reduce_mean(g.op("Mul", deviation, deviation), 2)

    def upsample(self, x: Map, key: str, conv: nn.Conv2d) -> Map:
        """Nearest by two, then a 3x3 convolution."""
        g, mode = self.g, self.rewrites.upsampling
        value, bias = x.value, [] if conv.bias is None else [g.weight(f"{key}.bias")]
        if mode == "transposed":
            weight = g.store(f"{key}.weight.upsampling", upsampling_kernel(self._weight(f"{key}.weight")))
            y = g.op("ConvTranspose", value, weight, *bias, kernel_shape=[4, 4], strides=[2, 2], pads=[1] * 4)
        else:
            if mode == "resize":
                scales = g.constant(torch.tensor([1.0, 1.0, 2.0, 2.0]), "float32")
                value = g.op("Resize", value, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
            else:
                value = g.reshape(value, 0, x.channels, x.height, 1, x.width, 1)
                value = g.op("Expand", value, g.constant(torch.tensor([1, 1, 1, 2, 1, 2])))
                value = g.reshape(value, 0, x.channels, 2 * x.height, 2 * x.width)
            y = g.op("Conv", value, g.weight(f"{key}.weight"), *bias, kernel_shape=[3, 3], pads=[1] * 4)
        return Map(y, conv.out_channels, 2 * x.height, 2 * x.width)

    def _weight(self, key: str) -> Tensor:
        return self.g.weights.tensor(key)

    # Blocks.

    def resnet(self, x: Map, block: ResnetBlock2DDreamLite) -> Map:
        name = self.names[block]
        y = self.group_norm(x, f"{name}.norm1", block.norm1, silu=True)
        y = self.separable(y, f"{name}.conv1", block.conv1)
        y = self.add_to_channels(y, self.conditioning.time[name])
        y = self.group_norm(y, f"{name}.norm2", block.norm2, silu=True)
        y = self.separable(y, f"{name}.conv2", block.conv2)
        if block.conv_shortcut is not None:
            x = self.pointwise(x, f"{name}.conv_shortcut", block.conv_shortcut)
        return self.add(x, y)

    def transformer(self, x: Map, transformer: nn.Module) -> Map:
        name = self.names[transformer]
        normal = self.group_norm(x, f"{name}.norm", transformer.norm, silu=False)
        if transformer.use_linear_projection:
            hidden = self.g.linear(self._normal_tokens(normal, f"{name}.norm", transformer.norm), f"{name}.proj_in")
        else:
            hidden = self.to_tokens(self.pointwise(normal, f"{name}.proj_in", transformer.proj_in))
        for block in transformer.transformer_blocks:
            hidden = self.block(hidden, x, block)
        if transformer.use_linear_projection:
            y = self.from_tokens(self.g.linear(hidden, f"{name}.proj_out"), x)
        else:
            y = self.pointwise(self.from_tokens(hidden, x), f"{name}.proj_out", transformer.proj_out)
        return self.add(y, x)

    def _normal_tokens(self, normal: Map, key: str, norm: nn.GroupNorm) -> str:
        """What a GroupNorm made, as tokens."""
        size = normal.channels // norm.num_groups * normal.tokens
        bound = Bound.of_group_normalised(self._weight(f"{key}.weight"), self._weight(f"{key}.bias"), size)
        return self.g.bound(self.to_tokens(normal), bound)

    def block(self, hidden: str, at: Map, block: nn.Module) -> str:
        """One transformer block over tokens [B, N, C]; without self-attention its first norm's output goes on."""
        g, name = self.g, self.names[block]
        normal = g.layer_norm(hidden, f"{name}.norm1", block.norm1.eps)
        hidden = g.op("Add", self.attention(normal, at, block.attn1), hidden) if block.use_self_attention else normal
        normal = g.layer_norm(hidden, f"{name}.norm2", block.norm2.eps)
        hidden = g.op("Add", self.attention(normal, at, block.attn2), hidden)
        normal = g.layer_norm(hidden, f"{name}.norm3", block.norm3.eps)
        return g.op("Add", self.feed_forward(normal, f"{name}.ff", block.ff), hidden)

    def feed_forward(self, x: str, name: str, ff: nn.Module) -> str:
        g, inner = self.g, ff.net[2].in_features
        value, gate = g.split(g.linear(x, f"{name}.net.0.proj"), 2, [inner, inner])
        return g.linear(g.gated(g.op("Mul", value, g.gelu(gate)), value, gate), f"{name}.net.2")

    def attention(self, x: str, at: Map, attention: Attention) -> str:
        g, name = self.g, self.names[attention]
        crossed = name in self.conditioning.text_keys or name.endswith("attn2")
        linears = ["to_q"] if crossed else ["to_q", "to_k", "to_v"]
        query, *rest = self.projections(x, at, name, [(linear, getattr(attention, linear)) for linear in linears])
        head_size = attention.to_q.out_features // attention.heads
        key_heads = attention.to_k.out_features // head_size
        if crossed and name in self.conditioning.text_keys:
            key, value = self.conditioning.text_keys[name]
        else:
            key, value = rest or (
                self._project(self.conditioning.text, f"{name}.{part}", getattr(attention, part)) for part in ("to_k", "to_v")
            )
            key = self._head_norm(g.reshape(key, 0, -1, key_heads, head_size), name, "norm_k", attention)
        mask = self.conditioning.mask_bias if crossed else None
        query = g.reshape(query, 0, -1, attention.heads, head_size)
        query = self._head_norm(query, name, "norm_q", attention)
        if self.rewrites.shared_heads and key_heads == 1:
            mixed = self._shared_head_attention(query, key, value, head_size, mask)
        else:
            mixed = self._many_head_attention(query, key, value, attention=attention, mask=mask)
        mixed = g.no_larger(g.reshape(mixed, 0, at.tokens, attention.heads * head_size), value)
        return g.linear(mixed, f"{name}.to_out.0")

    def _head_norm(self, heads: str, name: str, part: str, attention: Attention) -> str:
        norm = getattr(attention, part)
        return heads if norm is None else self.g.rms_norm(heads, self.g.weight(f"{name}.{part}.weight"), norm.eps)

    def _shared_head_attention(self, query: str, key: str, value: str, head_size: int, mask: str | None) -> str:
        """Query [B, N, heads, D] as N * heads rows: no axis moves."""
        g = self.g
        rows = g.reshape(query, 0, 1, -1, head_size)
        key = g.transpose(g.reshape(key, 0, 1, -1, head_size), 0, 1, 3, 2)
        return self._attend(rows, key, g.reshape(value, 0, 1, -1, head_size), head_size, mask)

    def _many_head_attention(self, query: str, key: str, value: str, *, attention: Attention, mask: str | None) -> str:
        """Query [B, N, heads, D]; keys and values repeat up to that many heads."""
        g, heads = self.g, attention.heads
        head_size = attention.to_q.out_features // heads
        key_heads = attention.to_k.out_features // head_size
        key = g.reshape(key, 0, -1, key_heads, head_size)
        value = g.reshape(value, 0, -1, key_heads, head_size)
        if key_heads != heads:
            key, value = (self._repeat(part, key_heads, heads, head_size) for part in (key, value))
        query, value = g.transpose(query, 0, 2, 1, 3), g.transpose(value, 0, 2, 1, 3)
        mixed = self._attend(query, g.transpose(key, 0, 2, 3, 1), value, head_size, mask)
        return g.transpose(mixed, 0, 2, 1, 3)

    def _repeat(self, part: str, key_heads: int, heads: int, head_size: int) -> str:
        g = self.g
        part = g.reshape(part, 0, -1, key_heads, 1, head_size)
        part = g.op("Expand", part, g.constant(torch.tensor([1, 1, 1, heads // key_heads, 1])))
        return g.reshape(part, 0, -1, heads, head_size)

    def _attend(self, query: str, key: str, value: str, head_size: int, mask: str | None) -> str:
        g = self.g
        scores = g.matmul(g.op("Mul", query, g.constant(head_size**-0.5)), key)
        if mask is not None:
            scores = g.op("Add", scores, mask)
        return g.matmul(g.op("Softmax", scores, axis=-1), value)

    def _project(self, x: str, key: str, linear: nn.Linear) -> str:
        return self.g.linear(x, key, bias=linear.bias is not None)

    # Projections and the adapter before them.

    def projections(self, x: str, at: Map, name: str, linears: list[tuple[str, nn.Linear]]) -> list[str]:
        """The linears of one attention on the same tokens, each behind its adapter hook where it has one."""
        keys = [f"{name}.{part}" for part, _ in linears]
        hooks = [self.hooks.get(key) for key in keys]
        if self.rewrites.joined_projections and all(hook is not None for hook in hooks):
            return self._joined_hooked(x, keys, hooks, [linear for _, linear in linears])
        if self.rewrites.joined_projections and not any(hooks) and len(linears) > 1:
            return self._joined(x, name, keys, [linear for _, linear in linears])
        return [
            self._project(x if hook is None else self._hooked(x, at, hook), key, linear)
            for key, hook, (_, linear) in zip(keys, hooks, linears, strict=True)
        ]

    def _joined(self, x: str, name: str, keys: list[str], linears: list[nn.Linear]) -> list[str]:
        weight = torch.cat([self._weight(f"{key}.weight") for key in keys])
        bias = None if linears[0].bias is None else torch.cat([self._weight(f"{key}.bias") for key in keys])
        return self.g.split(self.g.product(x, f"{name}.joined", weight, bias), 2, [linear.out_features for linear in linears])

    def _hooked(self, x: str, at: Map, hook: Hook) -> str:
        """Adds up(relu(mid(cat(condition, relu(down(x)))))) * strength to x, as the adapter's code has it."""
        g = self.g
        down = g.op("Relu", g.linear(x, f"{hook.key}.down.0"))
        condition = g.reshape(self.conditioning.adapter[hook.target], 0, hook.height, hook.width, hook.condition_channels)
        condition = g.pad(condition, 0, 0, 0, 0, 0, 0, at.width - hook.width, 0)
        condition = g.reshape(condition, 0, at.tokens, hook.condition_channels)
        middle = g.op("Relu", g.linear(g.concat(condition, down, axis=2), f"{hook.key}.mid.0"))
        return g.op("Add", x, g.op("Mul", g.linear(middle, f"{hook.key}.up.0"), self.conditioning.strength))

    def _joined_hooked(self, x: str, keys: list[str], hooks: list[Hook], linears: list[nn.Linear]) -> list[str]:
        """W(x + s up(m)) as W x + s (W up) m: three products for all linears of an attention and their hooks.

        The middle and last layers of several hooks lie on the diagonal of one matrix each.
        """
        g, w, name = self.g, self._weight, f"{keys[0]}.hooked"
        inner = [hook.inner_channels for hook in hooks]
        weights = [w(f"{key}.weight") for key in keys]
        first = torch.cat(weights + [w(f"{hook.key}.down.0.weight") for hook in hooks])
        joined = g.product(x, f"{name}.first", first)
        projected, down = g.split(joined, 2, [len(first) - sum(inner), sum(inner)])
        if linears[0].bias is not None:
            projected = g.op("Add", projected, g.store(f"{name}.bias", torch.cat([w(f"{key}.bias") for key in keys])))
        down_bias = g.store(f"{name}.down.bias", torch.cat([w(f"{hook.key}.down.0.bias") for hook in hooks]))
        down = g.op("Relu", g.op("Add", down, down_bias))
        middle = torch.block_diag(*[w(f"{hook.key}.mid.0.weight")[:, hook.condition_channels :] for hook in hooks])
        mixed = g.matmul(down, g.store(f"{name}.mid.T", middle.T))
        shares = [self.conditioning.adapter[hook.target] for hook in hooks]
        mixed = g.op("Add", mixed, shares[0] if len(shares) == 1 else g.concat(*shares, axis=2))
        mixed = g.op("Mul", g.op("Relu", mixed), self.conditioning.strength)
        ups = [weight @ w(f"{hook.key}.up.0.weight") for weight, hook in zip(weights, hooks, strict=True)]
        biases = [weight @ w(f"{hook.key}.up.0.bias") for weight, hook in zip(weights, hooks, strict=True)]
        added = g.matmul(mixed, g.store(f"{name}.up.T", torch.block_diag(*ups).T))
        constant = g.op("Mul", g.store(f"{name}.up.bias", torch.cat(biases)), self.conditioning.strength)
        y = g.op("Add", g.op("Add", projected, added), constant)
        return g.split(y, 2, [linear.out_features for linear in linears])

    # What all blocks share.

    def prepare_text(self, embeddings: str, mask: str) -> None:
        """Projects the text and, with the rewrite, computes the keys and values of all cross-attentions."""
        g, unet = self.g, self.unet
        text = g.cast(embeddings, g.precision)
        if unet.config.encoder_hid_dim_type == "text_proj_rms":
            text = g.linear(text, "encoder_hid_proj.0")
            weight = g.weight("encoder_hid_proj.1.weight")
            text = g.normalised(g.rms_norm(text, weight, unet.encoder_hid_proj[1].eps), weight)
        elif unet.config.encoder_hid_dim_type is not None:
            raise ValueError(f"encoder_hid_dim_type is {unet.config.encoder_hid_dim_type!r}, expected 'text_proj_rms' or none")
        missing = g.op("Sub", g.constant(1.0), g.cast(mask, g.precision))
        self.conditioning.mask_bias = g.op("Unsqueeze", g.op("Mul", missing, g.constant(MASKED)), g.constant(torch.tensor([1, 2])))
        self.conditioning.text = text
        crossed = self._named(Attention, "attn2")
        if self.rewrites.text_keys_together and _alike(list(crossed.values())):
            self._prepare_text_keys(text, crossed)

    def _prepare_text_keys(self, text: str, crossed: dict[str, Attention]) -> None:
        """All keys, then all values, from one product; the norm of all keys at once."""
        g, first = self.g, next(iter(crossed.values()))
        width = first.to_k.out_features
        head_size = first.to_q.out_features // first.heads
        parts = [f"{name}.{part}" for part in ("to_k", "to_v") for name in crossed]
        weight = torch.cat([self._weight(f"{part}.weight") for part in parts])
        bias = None if first.to_k.bias is None else torch.cat([self._weight(f"{part}.bias") for part in parts])
        y = g.product(text, "text_keys", weight, bias)
        keys, values = g.split(y, 2, [width * len(crossed)] * 2)
        if first.norm_k is not None:
            gains = torch.stack([self._weight(f"{name}.norm_k.weight") for name in crossed])
            gains = gains[:, None].expand(-1, width // head_size, -1).reshape(-1, head_size)
            keys = g.reshape(keys, 0, -1, len(gains), head_size)
            keys = g.rms_norm(keys, g.store("text_keys.norm", gains), first.norm_k.eps)
            keys = g.reshape(keys, 0, -1, width * len(crossed))
        pieces = zip(*(g.split(part, 2, [width] * len(crossed)) for part in (keys, values)), strict=True)
        self.conditioning.text_keys = dict(zip(crossed, pieces, strict=True))

    def prepare_time(self, sigma: str, schedule: list[float], time_ids: tuple[int, int]) -> None:
        """What every resnet adds for the time: rows of a table, or computed for each sample's ``sigma`` [B]."""
        g, unet = self.g, self.unet
        resnets = self._named(ResnetBlock2DDreamLite)
        if self.rewrites.time_table:
            table = time_table(self.g.weights, unet, list(resnets), schedule, time_ids)
            rows = g.store("time_table", table)
            if len(schedule) > 1:
                distance = g.op("Sub", g.reshape(sigma, -1, 1), g.constant(torch.tensor([schedule]), "float32"))
                nearest = g.op("ArgMin", g.op("Abs", distance), axis=1, keepdims=0, element="int64")
                rows = g.op("Gather", rows, nearest, axis=0)
            sizes = [module.time_emb_proj.out_features for module in resnets.values()]
            self.conditioning.time = dict(zip(resnets, g.split(rows, 1, sizes), strict=True))
            return
        config = unet.config
        half = unet.time_embedding.linear_1.in_features // 2
        frequencies = torch.exp(-torch.log(torch.tensor(10000.0)) * torch.arange(half) / (half - config.freq_shift))
        angles = g.op("Mul", g.reshape(sigma, -1, 1), g.constant(1000.0 * frequencies[None], "float32"))
        waves = [g.op("Cos", angles), g.op("Sin", angles)]
        wave = g.cast(g.concat(*(waves if config.flip_sin_to_cos else waves[::-1]), axis=1), g.precision)
        embedding = g.linear(g.silu(g.linear(wave, "time_embedding.linear_1")), "time_embedding.linear_2")
        if (added := size_embedding(self.g.weights, unet, time_ids)) is not None:
            embedding = g.op("Add", embedding, g.store("size_embedding", added))
        for name in resnets:
            self.conditioning.time[name] = g.linear(g.silu(embedding), f"{name}.time_emb_proj")

    def prepare_adapter(self, packed: dict[tuple[int, int], str], strength: str) -> None:
        """Takes apart the packed conditions [B, hooks, left tokens, condition channels], by (height, width of the left half)."""
        g = self.g
        self.conditioning.strength = g.cast(g.op("Unsqueeze", strength, g.constant(torch.tensor([1, 2]))), g.precision)
        for (height, width), value in packed.items():
            hooks = [hook for hook in self.hooks.values() if (hook.height, hook.width) == (height, width)]
            conditions, channels = g.cast(value, g.precision), hooks[0].condition_channels
            if self.rewrites.joined_projections:
                conditions, channels = self._middle_shares(conditions, hooks), hooks[0].inner_channels
            for hook, part in zip(hooks, g.split(conditions, 1, [1] * len(hooks)), strict=True):
                self.conditioning.adapter[hook.target] = g.reshape(part, 0, -1, channels)

    def _middle_shares(self, conditions: str, hooks: list[Hook]) -> str:
        """What the conditions of one resolution add before the ReLU of each hook's middle layer, [B, hooks, tokens, inner].

        The condition is zero over the right half, so only its bias remains there.
        """
        g, (height, width) = self.g, (hooks[0].height, hooks[0].width)
        channels, inner = hooks[0].condition_channels, hooks[0].inner_channels
        middles = torch.stack([self._weight(f"{hook.key}.mid.0.weight")[:, :channels].T for hook in hooks])
        biases = torch.stack([self._weight(f"{hook.key}.mid.0.bias")[None] for hook in hooks])
        left = g.matmul(conditions, g.store(f"adapter.{width}x{height}.mid.T", middles))
        if self.side_by_side:
            left = g.pad(g.reshape(left, 0, len(hooks), height, width, inner), *[0] * 5, *[0, 0, 0, width, 0])
            left = g.reshape(left, 0, len(hooks), 2 * height * width, inner)
        return g.op("Add", left, g.store(f"adapter.{width}x{height}.mid.bias", biases))

    def output(self, latents: str, height: int, width: int) -> str:
        """The whole UNet on noise and reference joined as [B, C, height, width]; of its output the left half if side by side."""
        g, unet = self.g, self.unet
        conv = unet.conv_in
        inputs = g.weight("conv_in.weight"), g.weight("conv_in.bias")
        x = g.op("Conv", latents, *inputs, kernel_shape=[3, 3], pads=[1] * 4)
        x = Map(x, conv.out_channels, height, width)
        skips = [x]
        for block in unet.down_blocks:
            for index, resnet in enumerate(block.resnets):
                x = self.resnet(x, resnet)
                x = self.transformer(x, block.attentions[index]) if hasattr(block, "attentions") else x
                skips.append(x)
            for sampler in block.downsamplers or []:
                x = self.conv(x, f"{self.names[sampler]}.conv", sampler.conv)
                skips.append(x)
        x = self.resnet(x, unet.mid_block.resnets[0])
        for transformer, resnet in zip(unet.mid_block.attentions, unet.mid_block.resnets[1:], strict=True):
            x = self.resnet(self.transformer(x, transformer), resnet)
        for block in unet.up_blocks:
            for index, resnet in enumerate(block.resnets):
                x = self.resnet(self.concat(x, skips.pop()), resnet)
                x = self.transformer(x, block.attentions[index]) if hasattr(block, "attentions") else x
            for sampler in block.upsamplers or []:
                x = self.upsample(x, f"{self.names[sampler]}.conv", sampler.conv)
        columns = width // 2 + 1 if self.side_by_side and self.rewrites.left_half_tail else None
        x = self.group_norm(x, "conv_norm_out", unet.conv_norm_out, silu=True, columns=columns)
        x = self.conv(x, "conv_out", unet.conv_out)
        return g.slice(x.value, 3, 0, width // 2) if self.side_by_side else x.value


def _alike(attentions: list[Attention]) -> bool:
    """Whether the keys of all attentions have one shape, so that they fit into one product."""
    forms = {(a.to_k.out_features, a.to_q.out_features // a.heads, a.to_k.bias is None, a.norm_k is None) for a in attentions}
    return len(forms) == 1


def upsampling_kernel(weight: Tensor) -> Tensor:
    """The 4x4 kernel whose transposed convolution by two is nearest upsampling and then the 3x3 ``weight`` [O, I, 3, 3]."""
    spread = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], dtype=weight.dtype)
    return torch.einsum("ar,oirc,bc->ioab", spread, weight, spread)


def size_embedding(weights: Weights, unet: DreamLiteUNetModel, time_ids: tuple[int, int]) -> Tensor | None:
    """What the picture's size adds to the time embedding, [1, C], or None where the UNet takes no size."""
    if unet.config.addition_embed_type is None:
        return None
    if unet.config.addition_embed_type != "time":
        raise ValueError(f"addition_embed_type is {unet.config.addition_embed_type!r}, expected 'time' or none")
    waves = unet.add_time_proj(torch.tensor(time_ids, dtype=torch.float32)).reshape(1, -1)
    return _two_layers(weights, "add_embedding", waves)


def time_table(weights: Weights, unet: DreamLiteUNetModel, resnets: list[str], sigmas: list[float], time_ids: tuple[int, int]) -> Tensor:
    """What every resnet adds at every sigma, [sigmas, channels of all resnets], in float32."""
    waves = unet.time_proj(1000.0 * torch.tensor(sigmas, dtype=torch.float32))
    embedding = _two_layers(weights, "time_embedding", waves)
    if (added := size_embedding(weights, unet, time_ids)) is not None:
        embedding = embedding + added
    active = F.silu(embedding)
    parts = [f"{name}.time_emb_proj" for name in resnets]
    return torch.cat([F.linear(active, weights.tensor(f"{part}.weight"), weights.tensor(f"{part}.bias")) for part in parts], dim=1)


def _two_layers(weights: Weights, key: str, x: Tensor) -> Tensor:
    first, second = ([weights.tensor(f"{key}.linear_{layer}.weight"), weights.tensor(f"{key}.linear_{layer}.bias")] for layer in (1, 2))
    return F.linear(F.silu(F.linear(x, *first)), *second)


def emit_denoiser(g: GraphWriter, unet: DreamLiteUNetModel, hooks: dict[str, Hook], rewrites: Rewrites, shapes: DenoiserShapes) -> None:
    """Adds inputs, UNet and Euler step to ``g`` and declares the output."""
    channels, height, width = shapes.latents
    latents = ("batch", channels, height, width)
    noise = g.input("noise", "float32", latents)
    reference = g.input("reference_latents", shapes.element, latents)
    embeddings = g.input("embeddings", shapes.element, ("batch", shapes.text_length, shapes.text_dimension))
    mask = g.input("embeddings_mask", "int64", ("batch", shapes.text_length))
    packed = {
        (hook_height, hook_width): g.input(f"condition_{hook_width}x{hook_height}", shapes.element, ("batch", *shape))
        for (hook_height, hook_width), shape in condition_shapes(hooks).items()
    }
    unhooked = None if packed else g.input(UNHOOKED, shapes.element, ("batch", 1, 1, 1))
    strength = g.input("strength", "float32", ("batch",))
    sigmas = g.input("sigmas", "float32", ("batch", 2))
    sigma, following = g.split(sigmas, 1, [1, 1])
    graph = UnetGraph(g, unet, hooks, rewrites)
    graph.side_by_side = shapes.side_by_side
    graph.prepare_text(embeddings, mask)
    graph.prepare_time(sigma, shapes.schedule, shapes.time_ids)
    if packed:
        graph.prepare_adapter(packed, strength)
    joined = g.concat(g.cast(noise, g.precision), g.cast(reference, g.precision), axis=3 if shapes.side_by_side else 1)
    velocity = g.cast(graph.output(joined, height, 2 * width if shapes.side_by_side else width), "float32")
    step = g.op("Sub", following, sigma)
    if shapes.predicts_sample:
        velocity, step = g.op("Sub", noise, velocity), g.op("Div", step, sigma)
    following = g.op("Add", noise, g.op("Mul", g.reshape(step, -1, 1, 1, 1), velocity))
    if unhooked is not None:
        following = g.op("Add", following, emit_nothing(g, unhooked, strength))
    g.output(following, "latents", "float32", latents)


def emit_block(
    g: GraphWriter, unet: DreamLiteUNetModel, hooks: dict[str, Hook], rewrites: Rewrites, shapes: DenoiserShapes, *, level: int
) -> None:
    """One resnet and transformer of a down block at its true shapes, to time a formulation in seconds."""
    block = unet.down_blocks[level]
    scope = (f"down_blocks.{level}.resnets.1", f"down_blocks.{level}.attentions.1")
    if len(block.resnets) < 2:
        scope = (f"down_blocks.{level}.resnets.0", f"down_blocks.{level}.attentions.0")
    within = {name: hook for name, hook in hooks.items() if name.startswith(scope)}
    resnet, transformer = (unet.get_submodule(name) for name in scope)
    height, width, channels = shapes.latents[1] >> level, 2 * shapes.latents[2] >> level, resnet.in_channels
    x = Map(g.input("x", g.precision, ("batch", channels, height, width)), channels, height, width)
    embeddings = g.input("embeddings", shapes.element, ("batch", shapes.text_length, shapes.text_dimension))
    mask = g.input("embeddings_mask", "int64", ("batch", shapes.text_length))
    graph = UnetGraph(g, unet, within, rewrites, scope)
    if within:
        packed = {
            size: g.input(f"condition_{size[1]}x{size[0]}", shapes.element, ("batch", *form))
            for size, form in condition_shapes(within).items()
        }
        graph.prepare_adapter(packed, g.input("strength", "float32", ("batch",)))
    sigmas = g.input("sigmas", "float32", ("batch", 2))
    graph.prepare_text(embeddings, mask)
    graph.prepare_time(g.slice(sigmas, 1, 0, 1), shapes.schedule, shapes.time_ids)
    x = graph.transformer(graph.resnet(x, resnet), transformer)
    g.output(x.value, "y", g.precision, ("batch", x.channels, height, width))


@dataclass(frozen=True)
class DenoiserShapes:
    """What the denoiser's inputs look like. ``element`` is the type of the tensors that other graphs make for it."""

    latents: tuple[int, int, int]
    text_length: int
    text_dimension: int
    element: str
    schedule: list[float]
    """Sigmas at which the graph is run."""
    time_ids: tuple[int, int]
    """The frame's (width, height)."""
    side_by_side: bool = True
    """Noise and reference are joined along width, as DreamLite's; else along channels."""
    predicts_sample: bool = False
    """The UNet's output is the clean sample; else the velocity."""


def condition_shapes(hooks: dict[str, Hook]) -> dict[tuple[int, int], tuple[int, int, int]]:
    """By (height, width) of the left half: [hooks, tokens, condition channels]."""
    shapes: dict[tuple[int, int], tuple[int, int, int]] = {}
    for hook in hooks.values():
        count = shapes.get((hook.height, hook.width), (0, 0, 0))[0]
        shapes[(hook.height, hook.width)] = (count + 1, hook.height * hook.width, hook.condition_channels)
    return shapes
