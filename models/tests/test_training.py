from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch

from impasto_models.checkpoints import load_checkpoint, load_tokenizer
from impasto_models.scenes import street_scene
from impasto_models.training import SMOKE, picture_loss, train


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Prepared data with drawn pictures in place of photographs and clips."""
    for pool in ("photographs", "clips"):
        (tmp_path / "data" / pool).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "data" / pool / "000.jpg"), street_scene(1, 0.0, 320))
    return tmp_path / "data"


def test_a_tiny_model_trains_and_resumes(data: Path, tmp_path: Path):
    settings = replace(SMOKE, autoencoder_seconds=0.5, joint_seconds=1.0, prompts_per_style=4)
    trained = train(settings, data, tmp_path / "first")
    loaded = load_checkpoint(tmp_path / "first")
    for name, tensor in trained.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor)
    train(settings, data, tmp_path / "second", resume=tmp_path / "first")
    assert load_tokenizer(tmp_path / "second").to_str() == load_tokenizer(tmp_path / "first").to_str()


def test_the_loss_is_zero_for_equal_pictures_and_grows_with_blur():
    picture = torch.rand(1, 3, 32, 32)
    blurred = torch.nn.functional.avg_pool2d(picture, 3, stride=1, padding=1)
    assert picture_loss(picture, picture) == 0.0
    assert picture_loss(blurred, picture) > 0.1
