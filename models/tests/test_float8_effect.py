"""What products in float8 do to nano's pictures."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from impasto_models.bundle import TOKENIZER
from impasto_models.dreamlite.float8_effect import VARIANTS, GraphStylist, effect, markdown
from impasto_models.dreamlite.nano import without_output_hook
from impasto_models.dreamlite.samples import psnr
from impasto_models.evaluate import Stylist
from impasto_models.reference import load_networks
from impasto_models.scenes import street_scene

NANO = Path(__file__).parents[1] / "nano"


def test_nano_written_as_dreamlite_paints_what_nano_paints(tmp_path: Path):
    networks, tokenizer = without_output_hook(load_networks(NANO)), Tokenizer.from_file(str(NANO / TOKENIZER))
    frame = torch.from_numpy(street_scene(2, 1.0, networks.size.frame))
    expected = Stylist(networks, tokenizer).restyle_prompts(frame, ["oil painting"])
    found = GraphStylist(networks, tokenizer, tmp_path).restyle_prompts(frame, ["oil painting"])
    assert psnr(found.numpy(), expected.numpy(), peak=255) > 50


def test_the_effect_is_a_row_for_each_choice_of_graphs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("impasto_models.dreamlite.float8_effect.STYLES", ("oil",))
    monkeypatch.setattr("impasto_models.dreamlite.float8_effect.held_out_prompts", lambda style: ["an oil painting"])
    figures, pictures = effect(NANO, street_scene(2, 1.0, 256)[None])
    assert list(figures) == list(VARIANTS)
    assert pictures["both"].shape == (1, 256, 256, 3)
    assert 25 < figures["both"]["likeness"] < 60
    assert figures["float32"]["likeness"] > figures["denoiser"]["likeness"]
    assert len(markdown(figures).splitlines()) == 2 + len(VARIANTS)
