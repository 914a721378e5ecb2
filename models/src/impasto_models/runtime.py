"""A bundle's graphs in ONNX Runtime on CPU threads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from impasto_models.bundle import read_manifest


class BundleSession:
    """The graphs of a bundle, loaded for one process."""

    def __init__(self, folder: Path, threads: int = 2, graphs: Sequence[str] = ()):
        """``graphs``: those to load; without any, all."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.manifest = read_manifest(folder)
        self._graphs = {
            name: onnxruntime.InferenceSession(str(folder / graph["file"]), options, providers=["CPUExecutionProvider"])
            for name, graph in self.manifest["graphs"].items()
            if not graphs or name in graphs
        }

    def run(self, graph: str, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Runs one graph on named inputs and returns its named outputs."""
        session = self._graphs[graph]
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, inputs), strict=True))
