"""The golden frame of a bundle: a picture and what the PyTorch reference makes of it.

``python -m impasto_models.golden --bundle DIR`` writes it for a bundle whose weights `impasto_models.reference` can load;
``impasto bundle verify`` compares what an engine makes of the same picture.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from tokenizers import Tokenizer

from impasto_models.bundle import MANIFEST, TOKENIZER, read_manifest
from impasto_models.evaluate import Stylist
from impasto_models.prompts import CANONICAL
from impasto_models.reference import load_networks
from impasto_models.scenes import street_scene

FOLDER = "golden"
SCENE_SEED = 3
SCENE_SECONDS = 1.0


def write_golden(folder: Path, frame: np.ndarray, prompt: str, output: np.ndarray) -> None:
    """Puts frame and output, uint8 [H, W, 3] RGB, beside the manifest and names them there."""
    pictures = {"frame": frame, "output": output}
    manifest = read_manifest(folder)
    golden = {"frame": f"{FOLDER}/frame.png", "prompt": prompt, "output": f"{FOLDER}/output.png"}
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / golden[name]), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    training = manifest.pop("training")
    manifest |= {"golden": golden, "training": training}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def golden_frame(folder: Path) -> None:
    """Restyles a procedural scene by the first of the canonical prompts."""
    manifest = read_manifest(folder)
    networks = load_networks(folder)
    stylist = Stylist(networks, Tokenizer.from_file(str(folder / TOKENIZER)), seed=manifest["noise"]["default_seed"])
    frame = street_scene(SCENE_SEED, SCENE_SECONDS, networks.size.frame)
    prompt = next(iter(CANONICAL.values()))
    output = stylist.restyle_prompt(torch.from_numpy(frame[None]), prompt)[0].numpy()
    write_golden(folder, frame, prompt, output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, required=True)
    golden_frame(parser.parse_args().bundle)


if __name__ == "__main__":
    main()
