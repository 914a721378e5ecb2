import numpy as np
import pytest

from impasto_models.prompts import STYLES
from impasto_models.scenes import graphic_scene, street_scene
from impasto_models.teachers import SIDE, TEACHERS, TILE

STYLED = [style for style in STYLES if style != "unchanged"]


@pytest.fixture(scope="module")
def street() -> np.ndarray:
    return street_scene(6, 18.0)


def test_there_is_one_teacher_for_every_style_of_the_prompts():
    assert list(TEACHERS) == STYLES


@pytest.mark.parametrize("style", STYLES)
def test_a_teacher_returns_a_picture_of_the_same_shape_and_leaves_its_input_alone(style, street):
    before = street.copy()
    styled = TEACHERS[style](street)
    assert styled.shape == (SIDE, SIDE, 3)
    assert styled.dtype == np.uint8
    np.testing.assert_array_equal(street, before)
    np.testing.assert_array_equal(styled, TEACHERS[style](street))


@pytest.mark.parametrize("style", STYLED)
def test_styles_are_far_apart(style, street):
    styled = {name: teacher(street).astype(float) for name, teacher in TEACHERS.items()}
    nearest = min(np.abs(styled[style] - other).mean() for name, other in styled.items() if name != style)
    assert nearest > 5.0


@pytest.mark.parametrize("style", STYLED)
def test_a_slightly_brighter_picture_gives_a_slightly_different_style(style, street):
    brighter = np.clip(street.astype(int) + 2, 0, 255).astype(np.uint8)
    change = np.abs(TEACHERS[style](brighter).astype(float) - TEACHERS[style](street)).mean()
    assert change < 12.0


@pytest.mark.parametrize("style", ["popart", "pointillism", "bricks", "stained", "pencil", "blueprint", "night"])
def test_patterns_repeat_with_the_tile(style):
    grey = np.full((SIDE, SIDE, 3), 100, np.uint8)
    styled = TEACHERS[style](grey)[TILE:-TILE, TILE:-TILE].astype(int)
    assert np.abs(styled[TILE:] - styled[:-TILE]).max() <= 2
    assert np.abs(styled[:, TILE:] - styled[:, :-TILE]).max() <= 2


@pytest.mark.parametrize("draw", [street_scene, graphic_scene])
def test_scenes_are_repeatable_and_move(draw):
    first = draw(5, 1.0)
    assert first.shape == (256, 256, 3)
    np.testing.assert_array_equal(first, draw(5, 1.0))
    assert np.abs(first.astype(int) - draw(5, 2.0)).mean() > 0.1
