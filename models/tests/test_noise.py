import json
from pathlib import Path

import numpy as np
import pytest

from impasto_models.noise import normal_noise, philox_words

GOLDEN = json.loads((Path(__file__).parent / "golden" / "noise.json").read_text())


def test_words_are_those_of_random123():
    """Known answer of Random123's kat_vectors for philox4x32, ten rounds, all zero."""
    assert [f"{word:08x}" for word in philox_words(0, 1)[0]] == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: str(case["seed"]))
def test_normals_are_the_golden_ones(case):
    noise = normal_noise(case["seed"], (8,))
    np.testing.assert_array_equal(noise, np.array(case["first"], np.float32))


def test_noise_is_standard_normal_and_filled_in_row_major_order():
    noise = normal_noise(42, (4, 64, 64))
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 1.0) < 0.02
    np.testing.assert_array_equal(noise.reshape(-1)[:8], normal_noise(42, (8,)))
