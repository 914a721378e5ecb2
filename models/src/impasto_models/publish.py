"""Turns a trained checkpoint into the bundle nano: graphs, tokenizer, thumbnails and manifest.

``python -m impasto_models.publish --checkpoint DIR --out DIR`` expects the training's ``report.json`` and
``training.json`` beside the weights.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import torch

from impasto_models.checkpoints import load_checkpoint, load_tokenizer
from impasto_models.data import TRAINING_CLIPS, sources
from impasto_models.evaluate import Stylist
from impasto_models.export import export_bundle, half_precision
from impasto_models.prompts import CANONICAL, STYLES, TITLES
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
    return export_bundle(
        networks,
        tokenizer,
        out,
        styles=styles,
        name="nano",
        version=version,
        description=DESCRIPTION,
        training=describe_training(checkpoint),
    )


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default=f"{date.today():%Y.%m.%d}")
    arguments = parser.parse_args()
    publish(arguments.checkpoint, arguments.out, arguments.version)


if __name__ == "__main__":
    main()
