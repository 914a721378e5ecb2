"""The text encoder graph: `Qwen3VLModel` over one template with one frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import Qwen3VLConfig
from transformers.vision_utils import get_vision_interpolation_indices_and_weights, get_vision_position_ids

from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.dreamlite.weights import Weights
from impasto_models.dreamlite.writer import GraphWriter
from impasto_models.graphs import antialiased_resize_matrix

CAUSAL = -1e4
LANGUAGE, VISION = "model.language_model", "model.visual"


@dataclass(frozen=True)
class TextShapes:
    """What the graph is made for.

    ``prefix_ids`` are the template's tokens before the picture's, ``dropped`` the first tokens whose embeddings are left out.
    """

    frame: tuple[int, int]
    image_pixels: int
    max_tokens: int
    dropped: int
    prefix_ids: tuple[int, ...]
    element: str
    image_mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    image_std: tuple[float, ...] = (0.5, 0.5, 0.5)

    @property
    def length(self) -> int:
        return self.max_tokens - self.dropped


class TextEncoderGraph:
    """Emits the vision tower and the language model into a graph."""

    def __init__(self, g: GraphWriter, config: Qwen3VLConfig, shapes: TextShapes, rewrites: Rewrites):
        self.g = g
        self.text = config.text_config
        self.vision = config.vision_config
        self.shapes = shapes
        self.rewrites = rewrites
        self.grid = shapes.image_pixels // self.vision.patch_size
        self.image_tokens = (self.grid // self.vision.spatial_merge_size) ** 2

    def emit(self) -> None:
        g, shapes = self.g, self.shapes
        ids = g.input("input_ids", "int64", ("batch", shapes.max_tokens))
        mask = g.input("attention_mask", "int64", ("batch", shapes.max_tokens))
        frame = g.input("frame", "uint8", ("batch", *shapes.frame, 3))
        picture = self.picture(frame)
        image, deep = self.encode_image(picture)
        hidden = self.language(ids, image, deep)
        g.output(hidden, "embeddings", shapes.element, ("batch", shapes.length, self.text.hidden_size))
        real = g.slice(mask, 1, shapes.dropped, shapes.max_tokens)
        g.output(real, "embeddings_mask", "int64", ("batch", shapes.length))

    def picture(self, frame: str) -> str:
        """Frame resized as Pillow does (bilinear, antialiased) and normalised as the processor does: [B, 3, S, S]."""
        g, shapes = self.g, self.shapes
        levels = g.transpose(g.cast(frame, "float32"), 0, 3, 1, 2)
        rows, columns = (antialiased_resize_matrix(length, shapes.image_pixels) for length in shapes.frame)
        levels = self._rounded(g.matmul(levels, g.constant(columns.T, "float32")))
        levels = self._rounded(g.matmul(g.constant(rows, "float32"), levels))
        mean, std = (255.0 * torch.tensor(part)[:, None, None] for part in (shapes.image_mean, shapes.image_std))
        picture = g.op("Div", g.op("Sub", levels, g.constant(mean, "float32")), g.constant(std, "float32"))
        return g.cast(picture, g.precision)

    def _rounded(self, levels: str) -> str:
        """To whole levels, halves up, as Pillow does behind each of the two directions."""
        return self.g.op("Floor", self.g.op("Add", levels, self.g.constant(0.5, "float32")))

    # The vision tower.

    def encode_image(self, picture: str) -> tuple[str, list[str]]:
        """Image tokens [B, image tokens, hidden], and those that the first language layers take in behind them."""
        g, vision = self.g, self.vision
        tokens = self._patches(picture)
        x = g.op("Add", tokens, g.store(f"{VISION}.positions", self._positions()))
        cosine, sine = (g.constant(part, "float32") for part in self._vision_rotation())
        deep = []
        for layer in range(vision.depth):
            name = f"{VISION}.blocks.{layer}"
            x = g.op("Add", x, self._vision_attention(g.layer_norm(x, f"{name}.norm1", 1e-6), f"{name}.attn", cosine, sine))
            hidden = g.linear(g.layer_norm(x, f"{name}.norm2", 1e-6), f"{name}.mlp.linear_fc1")
            x = g.op("Add", x, g.linear(self._activation(hidden), f"{name}.mlp.linear_fc2"))
            if layer in vision.deepstack_visual_indexes:
                index = list(vision.deepstack_visual_indexes).index(layer)
                deep.append(self._merge(x, f"{VISION}.deepstack_merger_list.{index}", normalised_behind=True))
        return self._merge(x, f"{VISION}.merger", normalised_behind=False), deep

    def _patches(self, picture: str) -> str:
        """Embedded patches [B, patches, D]; those that one token merges lie together."""
        g, patch, merge = self.g, self.vision.patch_size, self.vision.spatial_merge_size
        kernel = g.weights.tensor(f"{VISION}.patch_embed.proj.weight").sum(dim=2)  # a still picture repeats along time
        blocks = self.grid // merge
        x = g.reshape(picture, -1, 3, blocks, merge, patch, blocks, merge, patch)
        x = g.reshape(g.transpose(x, 0, 2, 5, 3, 6, 1, 4, 7), -1, self.grid**2, 3 * patch * patch)
        x = g.matmul(x, g.store(f"{VISION}.patch_embed.weight.T", kernel.flatten(1).T))
        return g.op("Add", x, g.weight(f"{VISION}.patch_embed.proj.bias"))

    def _positions(self) -> Tensor:
        """The learned position grid at this picture's size, [patches, D]."""
        grid = torch.tensor([[1, self.grid, self.grid]])
        side = int(self.vision.num_position_embeddings**0.5)
        merge = self.vision.spatial_merge_size
        places, shares = get_vision_interpolation_indices_and_weights(
            grid, num_grid_per_side=side, mode="bilinear", align_corners=True, spatial_merge_size=merge
        )
        table = self.g.weights.tensor(f"{VISION}.pos_embed.weight")
        return (table[places] * shares[:, :, None]).sum(1)

    def _vision_rotation(self) -> tuple[Tensor, Tensor]:
        """Cosine and sine of the axial rotary embedding, [patches, head size]."""
        head_size = self.vision.hidden_size // self.vision.num_heads
        positions = get_vision_position_ids(torch.tensor([[1, self.grid, self.grid]]), self.vision.spatial_merge_size)
        theta = self.vision.rope_parameters["rope_theta"]
        frequencies = 1.0 / theta ** (torch.arange(0, head_size // 2, 2, dtype=torch.float32) / (head_size // 2))
        angles = (positions[..., None].float() * frequencies).flatten(1)
        angles = torch.cat([angles, angles], dim=1)
        return angles.cos(), angles.sin()

    def _vision_attention(self, x: str, name: str, cosine: str, sine: str) -> str:
        g, heads = self.g, self.vision.num_heads
        size = self.vision.hidden_size // heads
        parts = g.split(g.linear(x, f"{name}.qkv"), 2, [self.vision.hidden_size] * 3)
        query, key, value = (g.transpose(g.reshape(part, 0, -1, heads, size), 0, 2, 1, 3) for part in parts)
        query, key = self._rotate(query, cosine, sine, size), self._rotate(key, cosine, sine, size)
        scores = g.matmul(g.op("Mul", query, g.constant(size**-0.5)), g.transpose(key, 0, 1, 3, 2))
        mixed = g.transpose(g.matmul(g.op("Softmax", scores, axis=-1), value), 0, 2, 1, 3)
        mixed = g.no_larger(g.reshape(mixed, 0, -1, self.vision.hidden_size), parts[2])
        return g.linear(mixed, f"{name}.proj")

    def _merge(self, x: str, name: str, *, normalised_behind: bool) -> str:
        """The 2x2 patches of a token as one row through two linears."""
        g = self.g
        merged = self.vision.hidden_size * self.vision.spatial_merge_size**2
        if normalised_behind:
            x = g.layer_norm(g.reshape(x, 0, -1, merged), f"{name}.norm", 1e-6)
        else:
            x = g.reshape(g.layer_norm(x, f"{name}.norm", 1e-6), 0, -1, merged)
        return g.linear(g.gelu(g.linear(x, f"{name}.linear_fc1")), f"{name}.linear_fc2")

    def _activation(self, x: str) -> str:
        y = self.g.gelu_tanh(x) if self.vision.hidden_act == "gelu_pytorch_tanh" else self.g.gelu(x)
        return self.g.no_larger(y, x)

    def _rotate(self, heads: str, cosine: str, sine: str, size: int) -> str:
        """Rotary embedding in the half-split layout; ``heads`` [..., tokens, size]."""
        g = self.g
        wide = g.cast(heads, "float32")
        first, second = g.split(wide, 3, [size // 2, size // 2])
        turned = g.concat(g.op("Neg", second), first, axis=-1)
        return g.cast(g.op("Add", g.op("Mul", wide, cosine), g.op("Mul", turned, sine)), g.precision)

    # The language model.

    def language(self, ids: str, image: str, deep: list[str]) -> str:
        """Embeddings of the tokens from ``dropped`` on, [B, L, D]."""
        g, text, shapes = self.g, self.text, self.shapes
        count = len(shapes.prefix_ids)
        constant = count if self.rewrites.prefix else 0
        table = g.weight(f"{LANGUAGE}.embed_tokens.weight")
        behind = g.op("Gather", table, g.slice(ids, 1, count + self.image_tokens, shapes.max_tokens), axis=0, element=g.precision)
        parts = [image, behind]
        if not constant:
            parts.insert(0, g.op("Gather", table, g.slice(ids, 1, 0, count), axis=0, element=g.precision))
        x = g.concat(*parts, axis=1)
        cosine, sine = text_rotation(self.text, token_positions(count, self.grid // self.vision.spatial_merge_size, shapes.max_tokens))
        bias = torch.full((shapes.max_tokens, shapes.max_tokens), CAUSAL).triu(1)[constant:]
        prefix = PrefixStates(g.weights, text, shapes.prefix_ids) if constant else None
        tables = g.constant(cosine[constant:], "float32"), g.constant(sine[constant:], "float32")
        for layer in range(text.num_hidden_layers):
            x = self._layer(x, f"{LANGUAGE}.layers.{layer}", layer, tables=tables, bias=bias, prefix=prefix)
            if layer < len(deep):
                before = count - constant
                after = shapes.max_tokens - constant - before - self.image_tokens
                x = g.op("Add", x, g.pad(deep[layer], 0, before, 0, 0, after, 0))
        x = self._rms_norm(x, f"{LANGUAGE}.norm")
        if constant <= shapes.dropped:
            return g.slice(x, 1, shapes.dropped - constant, shapes.max_tokens - constant) if shapes.dropped > constant else x
        known = self._expand_over_batch(prefix.last()[shapes.dropped :], x)
        return g.concat(known, x, axis=1)

    def _expand_over_batch(self, rows: Tensor, like: str) -> str:
        """Constant rows [N, D] once for every sample of ``like``."""
        g = self.g
        first = g.slice(g.slice(like, 1, 0, 1), 2, 0, 1)
        return g.op("Add", g.op("Mul", first, g.constant(0.0)), g.constant(rows[None]))

    def _rms_norm(self, x: str, name: str) -> str:
        weight = self.g.weight(f"{name}.weight")
        return self.g.normalised(self.g.rms_norm(x, weight, self.text.rms_norm_eps), weight)

    def _layer(self, x: str, name: str, layer: int, *, tables: tuple[str, str], bias: Tensor, prefix: PrefixStates | None) -> str:
        g, joined = self.g, self.rewrites.joined_projections
        normal = self._rms_norm(x, f"{name}.input_layernorm")
        x = g.op("Add", x, self._attention(normal, f"{name}.self_attn", layer, tables=tables, bias=bias, prefix=prefix))
        normal = self._rms_norm(x, f"{name}.post_attention_layernorm")
        parts = [f"{name}.mlp.gate_proj", f"{name}.mlp.up_proj"]
        gate, up = self._joined(normal, f"{name}.mlp", parts) if joined else [g.linear(normal, part, bias=False) for part in parts]
        return g.op("Add", x, g.linear(g.gated(g.op("Mul", g.silu(gate), up), up, gate), f"{name}.mlp.down_proj", bias=False))

    def _joined(self, x: str, name: str, parts: list[str]) -> list[str]:
        weights = [self.g.weights.tensor(f"{part}.weight") for part in parts]
        return self.g.split(self.g.product(x, f"{name}.joined", torch.cat(weights)), 2, [len(weight) for weight in weights])

    def _attention(self, x: str, name: str, layer: int, *, tables: tuple[str, str], bias: Tensor, prefix: PrefixStates | None) -> str:
        """Causal attention with grouped keys: a group's queries are further rows behind its one key and value head."""
        g, text = self.g, self.text
        heads, groups, size = text.num_attention_heads, text.num_key_value_heads, text.head_dim
        parts = [f"{name}.{part}_proj" for part in "qkv"]
        if self.rewrites.joined_projections:
            query, key, value = self._joined(x, name, parts)
        else:
            query, key, value = (g.linear(x, part, bias=False) for part in parts)
        bound = g.bounds.get(value)
        query = g.rms_norm(g.reshape(query, 0, -1, heads, size), g.weight(f"{name}.q_norm.weight"), text.rms_norm_eps)
        key = g.rms_norm(g.reshape(key, 0, -1, groups, size), g.weight(f"{name}.k_norm.weight"), text.rms_norm_eps)
        query, key, value = (g.transpose(part, 0, 2, 1, 3) for part in (query, key, g.reshape(value, 0, -1, groups, size)))
        query, key = self._rotate(query, *tables, size), self._rotate(key, *tables, size)
        if prefix is not None:
            known = prefix.advance(layer)
            key, value = (
                g.concat(self._batched(g.store(f"{name}.prefix_{part}", states[None]), new), new, axis=2)
                for part, states, new in zip(("keys", "values"), known, (key, value), strict=True)
            )
            bound = bound and bound.with_constants(known[1].transpose(0, 1).flatten(1))
        return g.linear(g.bound(self._attend(query, key, value, bias), bound), f"{name}.o_proj", bias=False)

    def _batched(self, constant: str, like: str) -> str:
        """[1, groups, N, size] once for every sample of ``like`` [B, groups, M, size]."""
        g = self.g
        batch = g.slice(g.op("Shape", like, element="int64"), 0, 0, 1)
        return g.op("Expand", constant, g.concat(batch, g.constant(torch.tensor([1, 1, 1])), axis=0))

    def _attend(self, query: str, key: str, value: str, bias: Tensor) -> str:
        g, text = self.g, self.text
        heads, groups, size = text.num_attention_heads, text.num_key_value_heads, text.head_dim
        rows, columns = bias.shape
        query = g.op("Mul", query, g.constant(size**-0.5))
        key = g.transpose(key, 0, 1, 3, 2)
        if self.rewrites.shared_heads:
            query = g.reshape(query, 0, groups, -1, size)
            scores = g.op("Add", g.matmul(query, key), g.constant(bias.repeat(heads // groups, 1)))
        else:
            key = g.reshape(self._repeat(g.reshape(key, 0, groups, 1, size, columns), 2, heads // groups), 0, heads, size, columns)
            value = g.reshape(self._repeat(g.reshape(value, 0, groups, 1, columns, size), 2, heads // groups), 0, heads, columns, size)
            scores = g.op("Add", g.matmul(query, key), g.constant(bias))
        mixed = g.matmul(g.op("Softmax", scores, axis=-1), value)
        mixed = g.reshape(mixed, 0, heads, rows, size)
        return g.reshape(g.transpose(mixed, 0, 2, 1, 3), 0, rows, heads * size)

    def _repeat(self, value: str, axis: int, times: int) -> str:
        shape = [1] * 5
        shape[axis] = times
        return self.g.op("Expand", value, self.g.constant(torch.tensor(shape)))


class PrefixStates:
    """Keys, values and last states of the template's constant beginning, layer by layer, in float32."""

    def __init__(self, weights: Weights, text, ids: tuple[int, ...]):
        self._weights = weights
        self._text = text
        positions = torch.arange(len(ids)).expand(3, -1)
        self._cosine, self._sine = text_rotation(text, positions)
        self._hidden = weights.tensor(f"{LANGUAGE}.embed_tokens.weight")[list(ids)]
        self._next = 0

    def advance(self, layer: int) -> tuple[Tensor, Tensor]:
        """Rotated keys and values [groups, N, head size] of ``layer``; layers are asked for in order."""
        if layer != self._next:
            raise ValueError(f"layer {layer} asked for, expected {self._next}")
        self._next += 1
        name, text = f"{LANGUAGE}.layers.{layer}", self._text
        normal = self._norm(self._hidden, f"{name}.input_layernorm")
        heads = {part: self._heads(normal, f"{name}.self_attn.{part}_proj") for part in "qkv"}
        for part in "qk":
            heads[part] = self._rotate(self._norm(heads[part], f"{name}.self_attn.{part}_norm"))
        query, key, value = (heads[part].transpose(0, 1) for part in "qkv")
        repeats = text.num_attention_heads // text.num_key_value_heads
        wide_key, wide_value = key.repeat_interleave(repeats, 0), value.repeat_interleave(repeats, 0)
        mixed = F.scaled_dot_product_attention(query[None], wide_key[None], wide_value[None], is_causal=True)[0]
        hidden = self._hidden + self._linear(mixed.transpose(0, 1).flatten(1), f"{name}.self_attn.o_proj")
        normal = self._norm(hidden, f"{name}.post_attention_layernorm")
        gated = F.silu(self._linear(normal, f"{name}.mlp.gate_proj")) * self._linear(normal, f"{name}.mlp.up_proj")
        self._hidden = hidden + self._linear(gated, f"{name}.mlp.down_proj")
        return key, value

    def last(self) -> Tensor:
        """What the whole model makes of the prefix, [N, D]."""
        return self._norm(self._hidden, f"{LANGUAGE}.norm")

    def _linear(self, x: Tensor, key: str) -> Tensor:
        return F.linear(x, self._weights.tensor(f"{key}.weight"))

    def _heads(self, x: Tensor, key: str) -> Tensor:
        return self._linear(x, key).unflatten(1, (-1, self._text.head_dim))

    def _norm(self, x: Tensor, key: str) -> Tensor:
        return F.rms_norm(x, x.shape[-1:], self._weights.tensor(f"{key}.weight"), self._text.rms_norm_eps)

    def _rotate(self, heads: Tensor) -> Tensor:
        first, second = heads.chunk(2, dim=-1)
        return heads * self._cosine[:, None] + torch.cat([-second, first], dim=-1) * self._sine[:, None]


def token_positions(prefix: int, side: int, tokens: int) -> Tensor:
    """Multimodal rotary positions (time, height, width) with ``side`` ** 2 image tokens behind the prefix, int64 [3, tokens]."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    image = prefix + torch.stack([torch.zeros_like(rows), rows, columns]).flatten(1)
    behind = prefix + side + torch.arange(tokens - prefix - side * side)
    return torch.cat([torch.arange(prefix).expand(3, -1), image, behind.expand(3, -1)], dim=1)


def text_rotation(text, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of the interleaved multimodal rotary embedding, [tokens, head size]."""
    theta, sections = text.rope_parameters["rope_theta"], text.rope_parameters.get("mrope_section", [24, 20, 20])
    frequencies = 1.0 / theta ** (torch.arange(0, text.head_dim, 2, dtype=torch.float32) / text.head_dim)
    angles = positions[..., None].float() * frequencies
    mixed = angles[0].clone()
    for axis in (1, 2):
        taken = slice(axis, 3 * sections[axis], 3)
        mixed[:, taken] = angles[axis][:, taken]
    mixed = torch.cat([mixed, mixed], dim=1)
    return mixed.cos(), mixed.sin()
