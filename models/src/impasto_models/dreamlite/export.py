"""Writes a pipeline as a bundle, graph by graph."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from impasto_models.bundle import DEFAULT_SEED, MANIFEST, NEUTRAL_RGB, TOKENIZER
from impasto_models.dreamlite.adapter import Hook, emit_condition_encoder, find_hooks, subset_of
from impasto_models.dreamlite.autoencoder import emit_vae_decoder, emit_vae_encoder
from impasto_models.dreamlite.pipeline import PAD, Pipeline
from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.dreamlite.text_encoder import TextEncoderGraph, TextShapes
from impasto_models.dreamlite.unet import DenoiserShapes, emit_block, emit_denoiser
from impasto_models.dreamlite.weights import Weights
from impasto_models.dreamlite.writer import GraphWriter, WeightFile
from impasto_models.prompts import CANONICAL, STYLES, TITLES

GRAPHS = ("text_encoder", "vae_encoder", "condition_encoder", "denoiser", "vae_decoder")
FLOAT8 = ("text_encoder", "denoiser")
"""Those with linear layers that are worth it."""


@dataclass(frozen=True)
class ExportOptions:
    """How a pipeline becomes a bundle.

    ``frame`` is (height, width); ``precisions`` by graph, ``default`` for the others; ``text_buckets`` are lengths below
    ``max_tokens`` for which there are text encoders of their own.
    """

    frame: tuple[int, int] = (512, 512)
    steps: int = 1
    max_tokens: int = 192
    text_buckets: tuple[int, ...] = ()
    hooks: str = "down_blocks"
    max_batch: int = 16
    precisions: dict[str, str] = field(default_factory=dict)
    rewrites: Rewrites = field(default_factory=Rewrites)
    float8: frozenset[str] = frozenset()
    """Graphs of `FLOAT8` whose linear layers multiply in float8."""

    def precision(self, graph: str) -> str:
        return self.precisions.get(graph) or self.precisions.get("default", "float32")

    @property
    def element(self) -> str:
        """The type of the tensors that one graph makes for another."""
        return "float32" if all(self.precision(graph) == "float32" for graph in GRAPHS) else "float16"


class BundleExporter:
    """Emits the graphs of one pipeline into ``folder``."""

    def __init__(self, pipeline: Pipeline, options: ExportOptions, folder: Path):
        self.pipeline = pipeline
        self.options = options
        self.folder = folder
        self.hooks: dict[str, Hook] = subset_of(pipeline.hooks, options.hooks)
        self.sigmas = pipeline.sigmas(options.steps, options.frame)
        self.latents = pipeline.latents(options.frame)
        _check(pipeline, options)

    def export(self, graphs: tuple[str, ...] = GRAPHS, report: Callable[[str], None] = print) -> dict[str, dict]:
        """Writes these graphs; returns what the manifest says of each."""
        self.folder.mkdir(parents=True, exist_ok=True)
        described = {}
        for name in graphs:
            started = time.monotonic()
            writers = [self._writer(name, name)]
            getattr(self, f"_emit_{name}")(writers[0])
            if name == "text_encoder":
                writers += self._emit_buckets(writers[0])
            described |= {g.name: g.finish() for g in writers}
            files = {self.folder / g.file for g in writers} | {writers[0].data.file}
            size = sum(file.stat().st_size for file in files if file.exists()) / 2**20
            nodes = ", ".join(f"{g.name} {g.node_count} nodes" for g in writers)
            seconds = time.monotonic() - started
            precision = writers[0].precision + (", products in float8" if writers[0].float8 else "")
            report(f"{nodes}, {precision}, {size:.1f} MiB, {seconds:.1f} s, peak memory so far {_peak():.2f} GiB")
        return described

    def _emit_buckets(self, full: GraphWriter) -> list[GraphWriter]:
        """Text encoders for fewer tokens, their weights in the file of the ``full`` one."""
        writers = []
        for tokens in sorted(self.options.text_buckets):
            g = self._writer(f"{full.name}_{tokens}", full.name, full.data)
            self._emit_text_encoder(g, tokens)
            writers.append(g)
        return writers

    def _writer(self, name: str, graph: str, data: WeightFile | None = None) -> GraphWriter:
        """A writer of ``graph``, or of a part or variant of it."""
        options = self.options
        return GraphWriter(name, options.precision(graph), self._weights(graph), self.folder, data, float8=graph in options.float8)

    def _weights(self, graph: str) -> Weights:
        pipeline = self.pipeline
        if graph == "text_encoder":
            return pipeline.text_weights
        if graph == "denoiser":
            return _Joined(pipeline.unet_weights, pipeline.adapter_weights)
        return pipeline.adapter_weights if graph == "condition_encoder" else pipeline.vae_weights

    def _emit_text_encoder(self, g: GraphWriter, tokens: int | None = None) -> None:
        pipeline, options = self.pipeline, self.options
        shapes = TextShapes(
            frame=options.frame,
            image_pixels=pipeline.image_pixels,
            max_tokens=tokens or options.max_tokens,
            dropped=pipeline.dropped_tokens,
            prefix_ids=pipeline.prefix_ids,
            element=options.element,
            image_mean=pipeline.image_mean,
            image_std=pipeline.image_std,
        )
        TextEncoderGraph(g, pipeline.text_config, shapes, options.rewrites).emit()

    def _emit_vae_encoder(self, g: GraphWriter) -> None:
        emit_vae_encoder(g, self.pipeline.vae, self.options.frame, self.latents, self.options.element)

    def _emit_condition_encoder(self, g: GraphWriter) -> None:
        together = self.options.rewrites.joined_projections
        emit_condition_encoder(g, self.hooks, self.options.frame, self.options.element, together=together)

    def _emit_denoiser(self, g: GraphWriter) -> None:
        emit_denoiser(g, self.pipeline.unet, self.hooks, self.options.rewrites, self.denoiser_shapes())

    def export_block(self, level: int, report: Callable[[str], None] = print) -> dict:
        """Writes ``block<level>.onnx``: one resnet and transformer of the down block at that level, to time formulations."""
        levels = [index for index, block in enumerate(self.pipeline.unet.down_blocks) if hasattr(block, "attentions")]
        if level not in levels:
            raise ValueError(f"block {level}, expected one of {', '.join(map(str, levels))}: the down blocks with attention")
        self.folder.mkdir(parents=True, exist_ok=True)
        g = self._writer(f"block{level}", "denoiser")
        emit_block(g, self.pipeline.unet, self.hooks, self.options.rewrites, self.denoiser_shapes(), level=level)
        described = g.finish()
        report(f"{g.name}: {g.node_count} nodes, {g.precision}")
        return described

    def denoiser_shapes(self) -> DenoiserShapes:
        options = self.options
        return DenoiserShapes(
            latents=self.latents,
            text_length=options.max_tokens - self.pipeline.dropped_tokens,
            text_dimension=self.pipeline.text_config.text_config.hidden_size,
            element=options.element,
            schedule=self.sigmas[:-1],
            time_ids=(options.frame[1], options.frame[0]),
        )

    def _emit_vae_decoder(self, g: GraphWriter) -> None:
        emit_vae_decoder(g, self.pipeline.vae, self.options.frame, self.latents, self.options.rewrites.upsampling)

    def write_manifest(self, graphs: dict[str, dict], *, name: str, version: str, licence: str, description: str, training: dict) -> dict:
        """Writes ``pipeline.json`` and the tokenizer for all five graphs."""
        pipeline, options = self.pipeline, self.options
        channels, height, width = self.latents
        manifest = {
            "format": 1,
            "name": name,
            "version": version,
            "family": "dreamlite",
            "licence": licence,
            "description": description,
            "frame": {"width": options.frame[1], "height": options.frame[0]},
            "latents": {"channels": channels, "height": height, "width": width},
            "text": {
                "template": pipeline.template,
                "max_tokens": options.max_tokens,
                **({"buckets": sorted(options.text_buckets)} if options.text_buckets else {}),
                "pad_token_id": pipeline.tokenizer.token_to_id(PAD) or 0,
                "embedding": {
                    "length": options.max_tokens - pipeline.dropped_tokens,
                    "dimension": pipeline.text_config.text_config.hidden_size,
                },
                "neutral_frame": {"rgb": list(NEUTRAL_RGB)},
            },
            "sampling": {"sigmas": self.sigmas},
            "noise": {"generator": "philox4x32-10", "default_seed": DEFAULT_SEED},
            "batch": {"max": options.max_batch},
            "graphs": graphs,
            "styles": [{"name": TITLES[style], "prompt": CANONICAL[style]} for style in STYLES[:-1]],
            "training": training,
        }
        pipeline.tokenizer.save(str(self.folder / TOKENIZER))
        (self.folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        return manifest


def _check(pipeline: Pipeline, options: ExportOptions) -> None:
    unit = pipeline.downsampling << (len(pipeline.unet.down_blocks) - 1)
    if any(side % unit for side in options.frame):
        raise ValueError(f"frame {options.frame[1]}x{options.frame[0]}, expected multiples of {unit}")
    needed = len(pipeline.tokenizer.encode(pipeline.template.replace("{prompt}", ""), add_special_tokens=False).ids)
    if options.max_tokens <= needed:
        raise ValueError(f"{options.max_tokens} tokens, expected more than the {needed} of the template without a prompt")
    for tokens in options.text_buckets:
        if not needed < tokens < options.max_tokens:
            raise ValueError(
                f"text bucket of {tokens} tokens, expected more than the {needed} of the template without a prompt"
                f" and fewer than the largest {options.max_tokens}"
            )
    if len(set(options.text_buckets)) < len(options.text_buckets):
        raise ValueError(f"text buckets {list(options.text_buckets)}, expected each once")
    if options.hooks != "none" and not pipeline.hooks:
        raise ValueError(f"hooks {options.hooks!r} without adapter weights, expected 'none' or an adapter file")
    expected = subset_of(find_hooks(pipeline.unet, pipeline.latents(options.frame)[1:], pipeline.downsampling), options.hooks)
    missing = [target for target in expected if target not in pipeline.hooks]
    if missing:
        held = len(expected) - len(missing)
        raise ValueError(f"hooks {options.hooks!r}: the adapter holds {held} of them and not {missing[0]}, expected all {len(expected)}")
    refused = (("denoiser", "group_norm", "instance"), ("denoiser", "upsampling", "resize"), ("vae_decoder", "upsampling", "resize"))
    for graph, name, value in refused:
        if options.precision(graph) == "bfloat16" and getattr(options.rewrites, name) == value:
            wrong = f"{graph} in bfloat16 with {name}={value}, for which TensorRT has no kernel"
            raise ValueError(f"{wrong}: expected another {name} or precision")
    embedded = pipeline.text_config.text_config.hidden_size
    wanted = pipeline.unet.config.encoder_hid_dim or pipeline.unet.config.cross_attention_dim
    if embedded != wanted:
        raise ValueError(f"the text encoder's embeddings have {embedded} channels, the UNet expects {wanted}")


def _peak() -> float:
    """The process's largest resident memory so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class _Joined:
    """UNet and adapter weights as one."""

    def __init__(self, unet: Weights, adapter: Weights | None):
        self._unet = unet
        self._adapter = adapter

    def tensor(self, key: str):
        return (self._adapter if key.startswith("modules_dict.") else self._unet).tensor(key)
