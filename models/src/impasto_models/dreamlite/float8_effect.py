"""What products in float8 do to the pictures of a model that was trained, nano.

``python -m impasto_models.dreamlite.float8_effect --bundle nano --clips CLIPS``: its denoiser and text encoder are written as
DreamLite's are, in float32 and with `--float8`, and its figures measured with either.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer
from torch import Tensor

from impasto_models.bundle import TOKENIZER
from impasto_models.data import HELD_OUT_CLIPS, centre_square, read_clip
from impasto_models.dreamlite import nano
from impasto_models.dreamlite.export import FLOAT8
from impasto_models.dreamlite.rewrites import Rewrites
from impasto_models.evaluate import Stylist, nearest_style, paraphrase_accuracy, psnr, save_png, teach
from impasto_models.networks import Networks
from impasto_models.prompts import CANONICAL, STYLES, held_out_prompts
from impasto_models.reference import load_networks
from impasto_models.tokenization import encode_prompts

PROMPTS = 8
"""Held-out prompts of each style."""

VARIANTS = {"float32": (), **{graph: (graph,) for graph in FLOAT8}, "both": FLOAT8}
"""Graphs that multiply in float8, by name."""


class GraphStylist(Stylist):
    """Restyles with text encoder and denoiser as ONNX graphs, the autoencoder in PyTorch; without conditioning."""

    def __init__(self, networks: Networks, tokenizer: Tokenizer, folder: Path, float8: Sequence[str] = ()):
        """Writes the graphs into ``folder``; those of ``float8`` multiply in it."""
        super().__init__(networks, tokenizer)
        nano.write_denoiser(networks, folder, Rewrites(), float8="denoiser" in float8)
        nano.write_text_encoder(networks, tokenizer, folder, float8="text_encoder" in float8)
        self._sessions = {graph: float8_session(str(folder / f"{graph}.onnx")) for graph in FLOAT8}

    def embed(self, prompts: Sequence[str], frames: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """As `Stylist.embed`."""
        ids, mask = encode_prompts(self._tokenizer, prompts, self.networks.size.text)
        seen = self.neutral.expand(len(prompts), -1, -1, -1) if frames is None else frames
        inputs = {"input_ids": ids, "attention_mask": mask, "frame": seen.numpy()}
        embeddings, real = (torch.from_numpy(part) for part in self._sessions["text_encoder"].run(None, inputs))
        return embeddings * real[..., None], real

    def restyle(self, frames: Tensor, embeddings: Tensor, mask: Tensor, condition: Tensor | None = None) -> Tensor:
        """As `Stylist.restyle`, without a condition."""
        if condition is not None:
            raise ValueError("a condition, expected none: these graphs have no hooks")
        return super().restyle(frames, embeddings, mask)

    def predict(self, noise: Tensor, reference: Tensor, embeddings: Tensor, mask: Tensor, sigma: Tensor) -> Tensor:
        """As `Networks.predict`: a step from ``sigma`` to zero ends at the sample."""
        batch = len(noise)
        tensors = {"noise": noise, "reference_latents": reference, "embeddings": embeddings, "embeddings_mask": mask}
        arrays = {name: tensor.contiguous().numpy() for name, tensor in tensors.items()}
        arrays["sigmas"] = torch.stack([sigma, torch.zeros(batch)], dim=1).numpy()
        arrays |= {"condition_1x1": np.zeros((batch, 1, 1, 1), np.float32), "strength": np.zeros(batch, np.float32)}
        return torch.from_numpy(self._sessions["denoiser"].run(None, arrays)[0])


def float8_session(model: str | bytes) -> onnxruntime.InferenceSession:
    """A file's or a serialised graph. ONNX Runtime's fusions around quantised values know no float8, so they are off."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def effect(folder: Path, frames: np.ndarray) -> tuple[dict[str, dict], dict[str, Tensor]]:
    """Figures of nano by variant on frames uint8 [N, H, W, 3], and the first frame in every style, [styles, H, W, 3].

    ``likeness`` is the mean peak signal-to-noise ratio to the pictures in float32, ``least_likeness`` that of the worst style,
    ``psnr`` to the teachers' pictures; ``accuracy`` the share of pictures that are nearest to the teacher of their style, and
    ``held_out`` the same for the first frame by `PROMPTS` prompts of each style that training never saw.
    """
    networks, tokenizer = nano.without_output_hook(load_networks(folder)), Tokenizer.from_file(str(folder / TOKENIZER))
    inputs, targets = torch.from_numpy(frames), torch.from_numpy(teach(frames))
    figures, exact, sheet = {}, {}, {}
    for name, graphs in VARIANTS.items():
        rows = []
        with tempfile.TemporaryDirectory() as into:
            stylist = GraphStylist(networks, tokenizer, Path(into), graphs)
            for index, style in enumerate(STYLES):
                outputs = stylist.restyle_prompt(inputs, CANONICAL[style])
                exact.setdefault(style, outputs)
                rows.append(
                    {
                        "likeness": psnr(outputs, exact[style]),
                        "psnr": psnr(outputs, targets[:, index]),
                        "accuracy": float((nearest_style(outputs, targets) == index).float().mean()),
                        "held_out": paraphrase_accuracy(stylist, inputs[:1], targets[:1], index, held_out_prompts(style)[:PROMPTS])[0],
                    }
                )
                sheet.setdefault(name, []).append(outputs[0])
        figures[name] = {key: round(float(np.mean([row[key] for row in rows])), 3) for key in rows[0]}
        figures[name]["least_likeness"] = round(min(row["likeness"] for row in rows), 3)
    return figures, {name: torch.stack(pictures) for name, pictures in sheet.items()}


def _clip(file: Path) -> np.ndarray:
    """Its frames as nano sees them, RGB uint8 [frames, H, W, 3]."""
    return np.stack([centre_square(frame) for frame in read_clip(file)])[..., ::-1].copy()


def markdown(figures: dict[str, dict]) -> str:
    """The table of `effect`."""
    lines = ["| products in float8 | likeness, dB | the worst style | to the teachers, dB | style | by held-out prompts |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, row in figures.items():
        likeness = "- | -" if name == "float32" else f"{row['likeness']:.1f} | {row['least_likeness']:.1f}"
        title = {"float32": "none", "both": " and ".join(FLOAT8)}.get(name, name).replace("_", " ")
        shares = f"{100 * row['accuracy']:.1f} % | {100 * row['held_out']:.1f} %"
        lines.append(f"| {title} | {likeness} | {row['psnr']:.2f} | {shares} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True, help="folder with the clips, NAME.mp4")
    parser.add_argument("--names", nargs="+", default=list(HELD_OUT_CLIPS), help="default %(default)s")
    parser.add_argument("--spaced", type=int, default=8, help="every so manieth frame (default %(default)s)")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheet", type=Path, help="PNG: a frame in every style, without float8 above, with it below")
    arguments = parser.parse_args()
    frames = np.concatenate([_clip(arguments.clips / f"{name}.mp4")[:: arguments.spaced] for name in arguments.names])
    figures, pictures = effect(arguments.bundle, frames)
    print(markdown(figures))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    if arguments.sheet is not None:
        rows = [np.concatenate(list(pictures[name].numpy()), axis=1) for name in ("float32", "both")]
        save_png(arguments.sheet, np.concatenate(rows))


if __name__ == "__main__":
    main()
