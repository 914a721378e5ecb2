"""Times a bundle's graphs in ONNX Runtime against PyTorch eager on the same weights and the same threads.

``python -m impasto_models.bench --bundle DIR --json FILE``: milliseconds a frame by part, and frames per second with the
prompt encoded once. JPEG decoding and encoding are not included. Each PyTorch part runs in the faster memory format.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import torch

from impasto_models.bundle import read_manifest
from impasto_models.graphs import Graph, bundle_graphs, example_inputs
from impasto_models.reference import load_networks
from impasto_models.runtime import BundleSession

PER_FRAME = ("vae_encoder", "denoiser", "vae_decoder")
"""Graphs that every frame passes when its prompt is cached and conditioning is off."""


def bench(folder: Path, threads: int, batch: int, repeats: int) -> dict:
    torch.set_num_threads(threads)
    networks, session = load_networks(folder), BundleSession(folder, threads)
    parts = {}
    for graph in bundle_graphs(networks):
        inputs = example_inputs(graph, networks.size, batch)
        arrays = {name: value.numpy() for name, value in inputs.items()}
        parts[graph.name] = {
            "onnxruntime_ms": _milliseconds(lambda name=graph.name, arrays=arrays: session.run(name, **arrays), batch, repeats),
            "pytorch_ms": _pytorch_milliseconds(graph, list(inputs.values()), batch, repeats),
        }
    return {
        "bundle": {key: read_manifest(folder)[key] for key in ("name", "version")},
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "threads": threads},
        "versions": {"onnxruntime": onnxruntime.__version__, "torch": torch.__version__},
        "batch": batch,
        "parts": parts,
        "fps": {engine: round(1e3 / sum(parts[part][f"{engine}_ms"] for part in PER_FRAME), 2) for engine in ("onnxruntime", "pytorch")},
    }


@torch.inference_mode()
def _pytorch_milliseconds(graph: Graph, inputs: list[torch.Tensor], batch: int, repeats: int) -> float:
    times = []
    for layout in (torch.contiguous_format, torch.channels_last):
        module = graph.module.to(memory_format=layout)
        times.append(_milliseconds(lambda module=module: module(*inputs), batch, repeats))
    return min(times)


def _milliseconds(call: Callable[[], object], batch: int, repeats: int) -> float:
    """Median time of a call divided by the batch, after two calls to warm up."""
    times = []
    for repeat in range(repeats + 2):
        start = time.perf_counter()
        call()
        if repeat >= 2:
            times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1e3 / batch, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    result = bench(arguments.bundle, arguments.threads, arguments.batch, arguments.repeats)
    arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
