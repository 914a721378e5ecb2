"""The golden frame: what a bundle is checked with, wherever it runs."""

from pathlib import Path

import cv2
import numpy as np
from tokenizers import Tokenizer

from impasto_models.bundle import TOKENIZER, read_manifest
from impasto_models.check import restyle
from impasto_models.golden import write_golden
from impasto_models.reference import load_networks
from impasto_models.runtime import BundleSession

NANO = Path(__file__).parents[1] / "nano"


def test_nano_makes_its_golden_frame():
    golden = read_manifest(NANO)["golden"]
    frame, expected = (cv2.cvtColor(cv2.imread(str(NANO / golden[name])), cv2.COLOR_BGR2RGB) for name in ("frame", "output"))
    session, tokenizer = BundleSession(NANO), Tokenizer.from_file(str(NANO / TOKENIZER))
    found = restyle(session, tokenizer, load_networks(NANO).size, frame[None], golden["prompt"])[0]
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert np.abs(frame.astype(int) - expected).mean() > 5


def test_the_golden_frame_stands_in_the_manifest_and_beside_it(bundle: Path):
    frame, output = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    before = read_manifest(bundle)
    write_golden(bundle, frame, "oil painting", output)
    golden = read_manifest(bundle)["golden"]
    assert golden["prompt"] == "oil painting"
    assert (cv2.imread(str(bundle / golden["frame"]))[..., ::-1] == frame).all()
    assert (cv2.imread(str(bundle / golden["output"]))[..., ::-1] == output).all()
    assert {**read_manifest(bundle), "golden": None} == {**before, "golden": None}
