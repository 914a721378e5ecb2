"""Exports a DreamLite-mobile pipeline as a bundle.

``python -m impasto_models.dreamlite --from PATH --lllite FILE --out DIR`` takes published weights on disk,
``--random SEED`` makes the same architecture with weights from a seed: for throughput only, its output is noise.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import torch

from impasto_models.dreamlite.adapter import SUBSETS
from impasto_models.dreamlite.export import FLOAT8, GRAPHS, BundleExporter, ExportOptions
from impasto_models.dreamlite.pipeline import SIZES, Pipeline, open_pipeline, random_pipeline
from impasto_models.dreamlite.reference import Reference
from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.dreamlite.samples import golden, sample, write_sample
from impasto_models.golden import write_golden

PRECISIONS = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
DEFAULT_PRECISIONS = {"default": "float16", "text_encoder": "bfloat16"}
"""Activations of the text encoder exceed what float16 holds."""


def main() -> None:
    arguments = _arguments()
    try:
        _export(arguments)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"error: {error}")


def _export(arguments: argparse.Namespace) -> None:
    options = _options(arguments)
    exporter = BundleExporter(_pipeline(arguments, options.frame), options, arguments.out)
    if arguments.block is not None:
        for level in arguments.block:
            exporter.export_block(level, report=_report)
        return
    graphs = tuple(arguments.graphs)
    described = exporter.export(graphs, report=_report)
    if set(graphs) == set(GRAPHS):
        exporter.write_manifest(described, **_about(arguments, exporter))
        _report(f"bundle written to {arguments.out}")
        if arguments.golden:
            write_golden(arguments.out, *golden(Reference(exporter.pipeline, exporter.hooks, arguments.device), exporter))
            _report("golden frame written")
    if arguments.samples:
        _write_samples(exporter, graphs, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m impasto_models.dreamlite", description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="folder", type=Path, metavar="PATH", help="a DreamLiteMobilePipeline in diffusers' layout")
    source.add_argument("--random", type=int, metavar="SEED", help="weights from a seed instead")
    parser.add_argument("--size", choices=SIZES, help="with --random: which architecture (default published)")
    parser.add_argument("--lllite", type=Path, metavar="FILE", help="adapter weights, safetensors of otanl/dreamlite-lllite")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--frame", default="512x512", metavar="WxH", help="frame size in pixels (default %(default)s)")
    parser.add_argument("--steps", type=int, default=1, metavar="K", help="Euler steps (default %(default)s)")
    parser.add_argument("--max-tokens", type=int, default=192, help="tokens of template, picture and prompt (default %(default)s)")
    parser.add_argument("--text-buckets", type=int, nargs="+", default=[], metavar="T", help="text encoders for shorter prompts too")
    parser.add_argument("--hooks", choices=SUBSETS, help="which adapter hooks (default down_blocks, none without an adapter)")
    parser.add_argument("--max-batch", type=int, default=16, help="what the manifest allows (default %(default)s)")
    parser.add_argument(
        "--precision",
        nargs="*",
        default=[],
        metavar="[GRAPH=]P",
        help="fp32, fp16 or bf16, for all graphs or for one (default fp16, text_encoder=bf16)",
    )
    parser.add_argument(
        "--float8", nargs="+", choices=FLOAT8, default=[], metavar="GRAPH", help="multiply in float8 in the linear layers of these graphs"
    )
    parser.add_argument("--naive", action="store_true", help="start from no rewrites at all")
    parser.add_argument("--rewrite", nargs="*", default=[], metavar="NAME=VALUE", help="e.g. shared_heads=off group_norm=instance")
    parser.add_argument("--graphs", nargs="*", choices=GRAPHS, default=list(GRAPHS), help="write only these, and no manifest")
    parser.add_argument("--block", type=int, nargs="+", metavar="LEVEL", help="write one block of the denoiser for each level only")
    parser.add_argument("--samples", type=int, metavar="BATCH", help="also write inputs and PyTorch's outputs of every graph")
    parser.add_argument(
        "--golden", action="store_true", help="restyle a frame in PyTorch, for 'impasto bundle verify' (10 GiB at full size)"
    )
    parser.add_argument("--device", default="cpu", help="where PyTorch runs for --samples and --golden (default %(default)s)")
    parser.add_argument("--name", help="the bundle's name")
    return parser.parse_args()


def _options(arguments: argparse.Namespace) -> ExportOptions:
    width, _, height = arguments.frame.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ValueError(f"--frame {arguments.frame}, expected WIDTHxHEIGHT")
    for name in ("steps", "max_batch", "samples"):
        if (number := getattr(arguments, name)) is not None and number < 1:
            raise ValueError(f"--{name.replace('_', '-')} {number}, expected at least 1")
    _check_together(arguments)
    adapted = arguments.random is not None or arguments.lllite is not None
    precisions = _precisions(arguments.precision)
    shipped = Rewrites.default(precisions.get("denoiser", precisions.get("default", "")))
    return ExportOptions(
        frame=(int(height), int(width)),
        steps=arguments.steps,
        max_tokens=arguments.max_tokens,
        text_buckets=tuple(arguments.text_buckets),
        hooks=arguments.hooks or ("down_blocks" if adapted else "none"),
        max_batch=arguments.max_batch,
        precisions=precisions,
        float8=frozenset(arguments.float8),
        rewrites=_rewrites(Rewrites.naive() if arguments.naive else shipped, arguments.rewrite),
    )


def _check_together(arguments: argparse.Namespace) -> None:
    """Refuses options that would otherwise be passed over in silence."""
    if arguments.random is not None and arguments.lllite is not None:
        raise ValueError(f"--lllite {arguments.lllite} with --random, expected it with --from: adapter weights are drawn from the seed too")
    if arguments.folder is not None and arguments.size is not None:
        raise ValueError(f"--size {arguments.size} with --from, expected it with --random: the weights on disk have their own size")
    if arguments.golden and (arguments.block is not None or set(arguments.graphs) != set(GRAPHS)):
        found = "--block" if arguments.block is not None else f"--graphs {' '.join(arguments.graphs)}"
        raise ValueError(f"--golden with {found}, expected all graphs: the golden frame belongs to a whole bundle")


def _precisions(given: list[str]) -> dict[str, str]:
    precisions = dict(DEFAULT_PRECISIONS)
    if any("=" not in part for part in given):
        precisions.clear()
    for part in given:
        graph, _, precision = part.rpartition("=")
        if precision not in PRECISIONS or (graph and graph not in GRAPHS):
            raise ValueError(f"--precision {part}, expected [GRAPH=]P with P of {', '.join(PRECISIONS)} and GRAPH of {', '.join(GRAPHS)}")
        precisions[graph or "default"] = PRECISIONS[precision]
    return precisions


def _rewrites(start: Rewrites, changes: list[str]) -> Rewrites:
    known = {field.name: field.type for field in dataclasses.fields(Rewrites)}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in known:
            raise ValueError(f"--rewrite {change}, expected one of {', '.join(known)}")
        if known[name] == "bool" and value not in ("on", "off"):
            raise ValueError(f"--rewrite {change}, expected {name}=on or {name}=off")
        start = dataclasses.replace(start, **{name: value == "on" if known[name] == "bool" else value})
    return start


def _pipeline(arguments: argparse.Namespace, frame: tuple[int, int]) -> Pipeline:
    if arguments.folder is not None:
        return open_pipeline(arguments.folder, arguments.lllite, frame)
    return random_pipeline(arguments.random, **SIZES[arguments.size or "published"], frame=frame)


def _about(arguments: argparse.Namespace, exporter: BundleExporter) -> dict:
    random = arguments.random is not None
    source = f"weights from seed {arguments.random}" if random else f"weights from {arguments.folder.name}"
    return {
        "name": arguments.name or ("shape" if random else "dreamlite-mobile"),
        "version": "1",
        "licence": "Apache-2.0" if random else "CC-BY-NC-4.0",
        "description": "DreamLite-mobile's architecture with random weights: for throughput only, its output is noise"
        if random
        else "DreamLite-mobile",
        "training": {
            "source": source,
            "adapter": f"{exporter.options.hooks}, {len(exporter.hooks)} hooks",
            "precision": {graph: exporter.options.precision(graph) for graph in GRAPHS},
            **({"float8": sorted(exporter.options.float8)} if exporter.options.float8 else {}),
        },
    }


def _write_samples(exporter: BundleExporter, graphs: tuple[str, ...], arguments: argparse.Namespace) -> None:
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    reference = Reference(exporter.pipeline, exporter.hooks, arguments.device)
    for graph in graphs:
        write_sample(arguments.out / "samples" / graph, *sample(exporter, reference, graph, arguments.samples))
        reference.forget({"text_encoder": "text_encoder", "denoiser": "unet"}.get(graph, ""))
        _report(f"samples of {graph} written")


def _report(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
