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
from pathlib import Path

import onnxruntime
import torch
from torch import nn

from impasto_models.bundle import read_manifest
from impasto_models.graphs import Graph, bundle_graphs, example_inputs
from impasto_models.reference import load_networks
from impasto_models.runtime import BundleSession

PER_FRAME = ("vae_encoder", "denoiser", "vae_decoder")
"""Graphs that every frame passes when its prompt is cached and conditioning is off."""


def bench(folder: Path, threads: int, batch: int, repeats: int) -> dict:
    torch.set_num_threads(threads)
    networks, session = load_networks(folder), BundleSession(folder, threads)
    parts = {
        graph.name: _time_graph(graph, example_inputs(graph, networks.size, batch), session, repeats) for graph in bundle_graphs(networks)
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
def _time_graph(graph: Graph, inputs: dict[str, torch.Tensor], session: BundleSession, repeats: int) -> dict[str, float]:
    """Median milliseconds a frame of each engine; their calls alternate, so that other load falls on both."""
    arrays = {name: value.numpy() for name, value in inputs.items()}
    calls = {
        "onnxruntime": lambda: session.run(graph.name, **arrays),
        "pytorch": lambda: graph.module(*inputs.values()),
        "pytorch_channels_last": lambda: graph.module(*inputs.values()),
    }
    times: dict[str, list[float]] = {engine: [] for engine in calls}
    for repeat in range(repeats + 2):
        for engine, call in calls.items():
            _set_layout(graph.module, torch.channels_last if engine == "pytorch_channels_last" else torch.contiguous_format)
            start = time.perf_counter()
            call()
            if repeat >= 2:
                times[engine].append(time.perf_counter() - start)
    batch = len(next(iter(arrays.values())))
    medians = {engine: round(statistics.median(seconds) * 1e3 / batch, 2) for engine, seconds in times.items()}
    faster = min(medians["pytorch"], medians["pytorch_channels_last"])
    return {"onnxruntime_ms": medians["onnxruntime"], "pytorch_ms": faster}


def _set_layout(module: nn.Module, layout: torch.memory_format) -> None:
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            part.to(memory_format=layout)


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
