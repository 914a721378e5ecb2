"""Turns a trained checkpoint into the bundle nano, puts a trained adapter into a bundle, or writes its graphs anew.

``python -m impasto_models.publish --checkpoint DIR --out DIR`` writes graphs, tokenizer, thumbnails and manifest; it expects
the training's ``report.json`` and ``training.json`` beside the weights. ``--adapter DIR --out DIR`` replaces the two graphs
of the bundle in ``--out`` that hold the adapter. ``--again --out DIR`` writes its graphs anew from the weights that they hold.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from impasto_models.adapter import RECORD, WEIGHTS, with_output_hook
from impasto_models.bundle import describe_graphs, read_manifest, write_manifest
from impasto_models.checkpoints import load_checkpoint, load_tokenizer
from impasto_models.data import TRAINING_CLIPS, sources
from impasto_models.evaluate import Stylist
from impasto_models.export import export_bundle, export_graph, half_precision
from impasto_models.golden import golden_frame
from impasto_models.graphs import bundle_graphs
from impasto_models.networks import Networks
from impasto_models.prompts import CANONICAL, STYLES, TITLES
from impasto_models.reference import load_networks
from impasto_models.scenes import street_scene

THUMBNAIL_SIDE = 128
SCENE = (6, 18.0)
"""Seed and seconds of the procedural street on thumbnails and contact sheet."""
SHEET_COLUMNS = 6

DESCRIPTION = (
    "A small instruction-following restyling model of the DreamLite family for CPUs: 256x256, one step, "
    "16 styles and unchanged, chosen by free text."
)


def publish(checkpoint: Path, out: Path, version: str) -> dict:
    """Writes the bundle to ``out`` and returns its manifest."""
    networks = half_precision(load_checkpoint(checkpoint))
    tokenizer = load_tokenizer(checkpoint)
    styles = _pictures(Stylist(networks, tokenizer), out)
    export_bundle(
        networks,
        tokenizer,
        out,
        styles=styles,
        name="nano",
        version=version,
        description=DESCRIPTION,
        training=describe_training(checkpoint),
    )
    golden_frame(out)
    return read_manifest(out)


def _pictures(stylist: Stylist, out: Path) -> list[dict]:
    """Writes a thumbnail of every style and the contact sheet, made by the model itself; returns the manifest's ``styles``."""
    (out / "thumbnails").mkdir(parents=True, exist_ok=True)
    scene = street_scene(*SCENE)
    styles, tiles = [], [scene]
    for style in STYLES:
        styled = stylist.restyle_prompt(torch.from_numpy(scene[None]), CANONICAL[style])[0].numpy()
        tiles.append(styled)
        file = f"thumbnails/{style}.jpg"
        _save_jpeg(out / file, cv2.resize(styled, (THUMBNAIL_SIDE, THUMBNAIL_SIDE), interpolation=cv2.INTER_AREA))
        styles.append({"name": TITLES[style], "prompt": CANONICAL[style], "thumbnail": file})
    rows = [np.hstack(tiles[start : start + SHEET_COLUMNS]) for start in range(0, len(tiles), SHEET_COLUMNS)]
    _save_jpeg(out / "contact-sheet.jpg", np.vstack(rows))
    return styles


def _save_jpeg(file: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(file), np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 88])


def describe_training(checkpoint: Path) -> dict:
    """The manifest's ``training``: data, licences, seeds, time, machine and quality."""
    report = json.loads((checkpoint / "report.json").read_text())
    runs = json.loads((checkpoint / "training.json").read_text())
    return {
        "data": [
            {
                "what": "photographs",
                "source": source["package"],
                "file": source["file"],
                "author": source["author"],
                "licence": source["licence"],
            }
            for source in sources()
        ]
        + [
            {"what": "clips", "source": "DAVIS 2017", "file": ", ".join(TRAINING_CLIPS), "licence": "CC-BY-4.0"},
            {"what": "procedural scenes", "source": "impasto_models.scenes", "licence": "Apache-2.0"},
        ],
        "targets": "procedural filters, impasto_models.teachers",
        "seeds": sorted({entry["seed"] for entry in runs if "seed" in entry}),
        "machine": sorted({entry["machine"] for entry in runs if "machine" in entry}),
        "stages": [
            {"stage": entry["stage"], "steps": entry["steps"], "seconds": entry["seconds"], "batch": entry["batch"]}
            for entry in runs
            if "steps" in entry
        ],
        "quality": {
            "measured_on": f"{report['frames']} frames of clips that training never saw",
            "psnr_to_teacher": {style: row["psnr"] for style, row in report["styles"].items()},
            "style_accuracy": report["mean_accuracy"],
            "paraphrase_accuracy": report["mean_paraphrase_accuracy"],
        },
    }


def publish_again(bundle: Path, version: str) -> dict:
    """Writes all graphs of ``bundle`` as this package formulates them today, with the weights that they hold."""
    networks, manifest = load_networks(bundle), read_manifest(bundle)
    graphs = bundle_graphs(networks)
    for graph in graphs:
        export_graph(graph, networks.size, bundle / manifest["graphs"][graph.name]["file"])
    manifest["graphs"] = describe_graphs(graphs)
    manifest["version"] = version
    write_manifest(bundle, manifest)
    golden_frame(bundle)
    return read_manifest(bundle)


ADAPTER_PARTS = ("adapter.hooks.", "adapter.output.")
ADAPTER_GRAPHS = ("condition_encoder", "denoiser")


def publish_adapter(adapter: Path, bundle: Path, version: str) -> dict:
    """Puts the weights that `impasto_models.adapter` wrote into the graphs of ``bundle`` and returns its manifest."""
    before, manifest = load_networks(bundle), read_manifest(bundle)
    networks = half_precision(load_adapter(before, load_file(adapter / WEIGHTS))).eval()
    graphs = bundle_graphs(networks)
    for graph in graphs:
        if graph.name in ADAPTER_GRAPHS or networks.size != before.size:  # every graph names the sizes
            export_graph(graph, networks.size, bundle / manifest["graphs"][graph.name]["file"])
    manifest["graphs"] = describe_graphs(graphs)
    manifest["version"] = version
    record = json.loads((adapter / RECORD).read_text())
    manifest["training"]["hooks" if record["settings"].get("train") == "hooks" else "adapter"] = describe_adapter(record)
    write_manifest(bundle, manifest)
    golden_frame(bundle)
    return read_manifest(bundle)


def load_adapter(networks: Networks, state: dict[str, Tensor]) -> Networks:
    """``networks`` with weights of the hooks in the down blocks, of the one on the output, or of both.

    A bundle without hook on the output gets one for its weights. Raises `ValueError` where names or shapes do not fit.
    """
    parts = tuple(part for part in ADAPTER_PARTS if any(name.startswith(part) for name in state))
    if not parts:
        raise ValueError(f"no weights of an adapter, {'* or '.join(ADAPTER_PARTS)}*, among {sorted(state)}")
    if "adapter.output." in parts:
        networks = with_output_hook(networks)
    expected = {name: tuple(tensor.shape) for name, tensor in networks.state_dict().items() if name.startswith(parts)}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise ValueError(f"adapter weight {name}: found {found.get(name, 'none')}, the bundle expects {expected.get(name, 'none')}")
    networks.load_state_dict(state, strict=False)
    return networks


FIXED_RULE = (
    "not trained: the hook on the output as it starts, its share and tolerance chosen by hand with a look at all clips, "
    "those outside the training data too"
)


def describe_adapter(record: dict) -> dict:
    """The manifest's ``training.adapter`` or ``training.hooks``: seed, machine, time and effect."""
    start = next(entry for entry in record["training"] if entry.get("stage") == "start")
    trained = next(entry for entry in record["training"] if entry.get("stage") == "adapter")
    learned = {
        "data": f"{trained['sequences']} sequences of the clips, photographs and procedural scenes above",
        "targets": "the model's own outputs, blended along the optical flow",
    }
    return (learned if trained["steps"] else {"rule": FIXED_RULE}) | {
        "seed": start["seed"],
        "machine": start["machine"],
        "steps": trained["steps"],
        "seconds": trained["seconds"],
        "batch": trained["batch"],
        "effect": record["report"]["mean"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    trained = parser.add_mutually_exclusive_group(required=True)
    trained.add_argument("--checkpoint", type=Path, help="what impasto_models.training wrote")
    trained.add_argument("--adapter", type=Path, help="what impasto_models.adapter wrote, for the bundle in --out")
    trained.add_argument("--again", action="store_true", help="write the graphs of the bundle in --out anew, with its own weights")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default=f"{date.today():%Y.%m.%d}")
    arguments = parser.parse_args()
    if arguments.checkpoint:
        publish(arguments.checkpoint, arguments.out, arguments.version)
    elif arguments.again:
        publish_again(arguments.out, arguments.version)
    else:
        publish_adapter(arguments.adapter, arguments.out, arguments.version)


if __name__ == "__main__":
    main()
