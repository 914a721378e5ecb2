"""The table of rewrites: node count, equality with the PyTorch reference, and time in ONNX Runtime on the CPU.

``python -m impasto_models.dreamlite.compare --size tiny`` compares the denoiser of the published architecture, whole or tiny,
``--bundle nano`` that of the bundle nano, whose graph this package does not write otherwise, without a hook on the output.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from impasto_models.dreamlite import nano
from impasto_models.dreamlite.export import BundleExporter, ExportOptions
from impasto_models.dreamlite.pipeline import SIZES, random_pipeline
from impasto_models.dreamlite.reference import Reference
from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.dreamlite.samples import psnr, sample
from impasto_models.graphs import bundle_graphs, example_inputs
from impasto_models.reference import load_networks


def formulations() -> dict[str, Rewrites]:
    """From nothing to everything: each rewrite added to those before it, then the ones that exclude each other."""
    steps: list[tuple[str, dict]] = [
        ("time_table", {"time_table": True}),
        ("text_keys_together", {"text_keys_together": True}),
        ("joined_projections", {"joined_projections": True}),
        ("shared_heads", {"shared_heads": True}),
        ("upsampling=transposed", {"upsampling": "transposed"}),
        ("left_half_tail", {"left_half_tail": True}),
        ("pointwise_products", {"pointwise_products": True}),
    ]
    rewrites = Rewrites.naive()
    table = {"naive": rewrites}
    for name, change in steps:
        rewrites = dataclasses.replace(rewrites, **change)
        table[f"+ {name}"] = rewrites
    table["all, group_norm=two_pass"] = dataclasses.replace(rewrites, group_norm="two_pass")
    return table


@dataclass(frozen=True)
class Subject:
    """A denoiser to formulate: writes its graph into a folder, and inputs with the reference's output."""

    name: str
    write: Callable[[Rewrites, Path], None]
    inputs: dict[str, np.ndarray]
    expected: np.ndarray


def dreamlite_subject(size: str, frame: tuple[int, int], batch: int, steps: int) -> Subject:
    pipeline = random_pipeline(1, **SIZES[size], frame=frame)

    def exporter(rewrites: Rewrites, folder: Path) -> BundleExporter:
        return BundleExporter(pipeline, ExportOptions(frame=frame, steps=steps, rewrites=rewrites), folder)

    some = exporter(Rewrites(), Path())
    inputs, outputs = sample(some, Reference(pipeline, some.hooks), "denoiser", batch)
    write = lambda rewrites, folder: exporter(rewrites, folder).export(("denoiser",), report=lambda _: None)  # noqa: E731
    return Subject(f"{size} denoiser, {frame[1]}x{frame[0]}, batch {batch}", write, inputs, outputs["latents"])


@torch.no_grad()
def nano_subject(folder: Path, batch: int) -> Subject:
    networks = nano.without_output_hook(load_networks(folder))
    graph = next(graph for graph in bundle_graphs(networks) if graph.name == "denoiser")
    inputs = example_inputs(graph, networks.size, batch)
    inputs["sigmas"] = torch.tensor([[1.0, 0.0]]).repeat(batch, 1)
    expected = graph.module(*inputs.values()).numpy()
    channels = networks.size.adapter.condition
    for name, value in inputs.items():
        if name.startswith("condition_"):
            inputs[name] = value.unflatten(2, (-1, channels)).transpose(1, 2)
    size, hooked = networks.size, nano.hooks(networks)

    def write(rewrites: Rewrites, into: Path) -> None:
        nano.write_denoiser(networks, into, rewrites, hooked=hooked)

    arrays = {name: value.contiguous().numpy() for name, value in inputs.items()}
    return Subject(f"nano denoiser, {size.frame}x{size.frame}, batch {batch}", write, arrays, expected)


def compare(subject: Subject, threads: int, repeats: int) -> list[dict]:
    """One row for each formulation, whose runs alternate with the first's, so that other load falls on both.

    No more than these two are on disk and in memory at a time.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    rows, first = [], None
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, rewrites) in enumerate(formulations().items()):
            into = Path(folder) / str(index)
            into.mkdir()
            subject.write(rewrites, into)
            file = into / "denoiser.onnx"
            nodes = len(onnx.load(file, load_external_data=False).graph.node)
            session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
            first = first or session
            found = session.run(None, subject.inputs)[0]
            rows.append({"formulation": name, "nodes": nodes, "psnr_db": round(psnr(found, subject.expected), 1)})
            rows[-1]["largest_difference"] = float(np.abs(found - subject.expected).max())
            rows[-1]["naive_ms"], rows[-1]["onnxruntime_ms"] = _alternate([first, session], subject.inputs, repeats)
            if session is not first:
                del session
                shutil.rmtree(into)
    return rows


def _alternate(sessions: list[onnxruntime.InferenceSession], inputs: dict[str, np.ndarray], repeats: int) -> list[float | None]:
    """Median milliseconds of each session's runs; None without any."""
    times: list[list[float]] = [[] for _ in sessions]
    for _ in range(repeats):
        for session, taken in zip(sessions, times, strict=True):
            start = time.perf_counter()
            session.run(None, inputs)
            taken.append(1e3 * (time.perf_counter() - start))
    return [round(statistics.median(taken), 2) if taken else None for taken in times]


def markdown(subject: Subject, rows: list[dict]) -> str:
    lines = [
        f"{subject.name}, ONNX Runtime {onnxruntime.__version__}",
        "",
        "| formulation | nodes | PSNR, dB | largest difference | ms | naive beside it, ms |",
    ]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for row in rows:
        taken, naive = ("-" if row[name] is None else f"{row[name]:.2f}" for name in ("onnxruntime_ms", "naive_ms"))
        lines.append(f"| {row['formulation']} | {row['nodes']} | {row['psnr_db']} | {row['largest_difference']:.1e} | {taken} | {naive} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m impasto_models.dreamlite.compare", description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--bundle", type=Path, help="the folder of nano instead")
    parser.add_argument("--frame", default="128x128", metavar="WxH", help="default %(default)s; not for nano")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    width, height = (int(side) for side in arguments.frame.split("x"))
    if arguments.bundle is not None:
        subject = nano_subject(arguments.bundle, arguments.batch)
    else:
        subject = dreamlite_subject(arguments.size, (height, width), arguments.batch, arguments.steps)
    rows = compare(subject, arguments.threads, arguments.repeats)
    print(markdown(subject, rows))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({"subject": subject.name, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
