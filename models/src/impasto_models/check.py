"""Compares every graph of a bundle with PyTorch on the same weights and inputs, and the whole way of a frame.

``python -m impasto_models.check --bundle DIR`` exits with 1 if any output differs by more than 1e-3, or a frame by more
than one level.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from impasto_models.bundle import DEFAULT_SEED, TOKENIZER, read_manifest, sha256
from impasto_models.evaluate import Stylist
from impasto_models.graphs import Graph, bundle_graphs, example_inputs
from impasto_models.networks import ModelSize, Networks
from impasto_models.noise import normal_noise
from impasto_models.reference import load_networks
from impasto_models.runtime import BundleSession
from impasto_models.scenes import street_scene
from impasto_models.tokenization import encode_prompts

TOLERANCE = 1e-3
LEVELS = 1.0
BATCHES = (1, 2, 3)


def check(folder: Path) -> dict[str, float]:
    """Largest absolute difference by graph and for ``end_to_end``; raises `ValueError` where a file's hash is wrong."""
    for name, graph in read_manifest(folder)["graphs"].items():
        if sha256(folder / graph["file"]) != graph["sha256"]:
            raise ValueError(f"the SHA-256 of {folder / graph['file']} is not the one in the manifest for {name}")
    networks, session = load_networks(folder), BundleSession(folder)
    differences = {graph.name: compare_graph(graph, networks.size, session) for graph in bundle_graphs(networks)}
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    return differences | {"end_to_end": compare_frames(networks, tokenizer, session)}


@torch.no_grad()
def compare_graph(graph: Graph, size: ModelSize, session: BundleSession) -> float:
    """Largest difference over a few batch sizes; a rounded frame counts as equal within one level."""
    worst = 0.0
    for batch in BATCHES:
        inputs = example_inputs(graph, size, batch, seed=batch)
        expected = graph.module.eval()(*inputs.values())
        expected = expected if isinstance(expected, tuple) else (expected,)
        found = session.run(graph.name, **{name: value.numpy() for name, value in inputs.items()})
        for spec, tensor in zip(graph.outputs, expected, strict=True):
            difference = float(np.abs(found[spec.name].astype(np.float64) - tensor.numpy()).max())
            worst = max(worst, _beyond_rounding(difference) if spec.type == "uint8" else difference)
    return worst


def _beyond_rounding(levels: float) -> float:
    return 0.0 if levels <= LEVELS else levels


def compare_frames(networks: Networks, tokenizer: Tokenizer, session: BundleSession) -> float:
    """The way of two frames from prompt to picture; largest difference in levels beyond rounding."""
    size, prompt = networks.size, "oil painting, vibrant colours"
    frames = np.stack([street_scene(seed, 1.0, size.frame) for seed in (1, 2)])
    expected = Stylist(networks, tokenizer).restyle_prompt(torch.from_numpy(frames), prompt).numpy()
    found = restyle(session, tokenizer, size, frames, prompt)
    return _beyond_rounding(float(np.abs(found.astype(np.int16) - expected).max()))


def restyle(session: BundleSession, tokenizer: Tokenizer, size: ModelSize, frames: np.ndarray, prompt: str) -> np.ndarray:
    """Frames uint8 [B, H, W, 3] through the graphs as a job runs them, without conditioning."""
    batch = len(frames)
    ids, mask = encode_prompts(tokenizer, [prompt], size.text)
    neutral = np.full((1, size.frame, size.frame, 3), session.manifest["text"]["neutral_frame"]["rgb"], np.uint8)
    text = session.run("text_encoder", input_ids=ids, attention_mask=mask, frame=neutral)
    flow = np.zeros((*frames.shape[:3], 2), np.float32)
    conditions = session.run("condition_encoder", anchor=frames, flow=flow)
    latents = session.run(
        "denoiser",
        noise=np.repeat(normal_noise(DEFAULT_SEED, size.latent_shape)[None], batch, axis=0),
        reference_latents=session.run("vae_encoder", frame=frames)["latents"],
        embeddings=np.repeat(text["embeddings"], batch, axis=0),
        embeddings_mask=np.repeat(text["embeddings_mask"], batch, axis=0),
        strength=np.zeros(batch, np.float32),
        sigmas=np.tile(np.array([session.manifest["sampling"]["sigmas"]], np.float32), (batch, 1)),
        **conditions,
    )
    return session.run("vae_decoder", latents=latents["latents"])["frame"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    differences = check(parser.parse_args().bundle)
    for name, difference in differences.items():
        print(f"{name:20s} {difference:.2e} {'ok' if difference <= TOLERANCE else 'DIFFERS'}")
    sys.exit(int(max(differences.values()) > TOLERANCE))


if __name__ == "__main__":
    main()
