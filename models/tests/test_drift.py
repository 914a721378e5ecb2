"""What the schedule ``adaptive`` looks at, beside the drift of the embeddings."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from impasto_models import drift
from impasto_models.drift import Clip, mean_colours, mean_difference, measure_clip, motion, rank_correlation, read_frames, report
from impasto_models.runtime import BundleSession
from impasto_models.scenes import street_scene
from impasto_models.showcase import write_video


def plain(level: int) -> np.ndarray:
    return np.full((128, 128, 3), level, np.uint8)


def pattern(factor: int) -> np.ndarray:
    """As in FrameSignatureTest: 50 x 40 pixels, cells of one to four of them."""
    index = np.arange(3 * 50 * 40)
    return (index * index % 251 * factor % 256).astype(np.uint8).reshape(40, 50, 3)


def test_equal_ranks_correlate_whatever_the_values_and_ties_share_theirs():
    assert rank_correlation(np.array([1.0, 2.0, 3.0, 50.0]), np.array([0.1, 0.2, 0.4, 0.5])) == pytest.approx(1.0)
    assert rank_correlation(np.array([1.0, 2.0, 3.0, 4.0]), np.array([9.0, 7.0, 5.0, 1.0])) == pytest.approx(-1.0)
    # Ranks 1, 2, 3, 4, 5 and 2, 1, 4, 3, 5: 1 - 6 * 4 / (5 * 24).
    assert rank_correlation(np.array([1, 2, 3, 4, 5]), np.array([20, 10, 40, 30, 50])) == pytest.approx(0.8)
    # Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    assert rank_correlation(np.array([1, 2, 2, 3]), np.array([1, 2, 3, 4])) == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    assert rank_correlation(np.array([3, 3, 3]), np.array([1, 2, 3])) is None


def test_cells_are_those_of_the_java_frame_signature():
    assert mean_difference(mean_colours(plain(100)), mean_colours(plain(104))) == 4.0
    # FrameSignatureTest has the same value.
    assert mean_difference(mean_colours(pattern(37)), mean_colours(pattern(58))) == pytest.approx(186819 / 3072, abs=1e-9)


def test_a_cells_mean_is_rounded_and_a_half_upwards():
    frame, black = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8)
    frame[0, 0, 0] = 1  # a quarter of a level in its cell of four pixels
    assert mean_difference(mean_colours(frame), mean_colours(black)) == 0.0
    frame[1, 0, 0] = 1
    frame[62:, 62:, 2] = 5
    assert mean_difference(mean_colours(frame), mean_colours(black)) == (1 + 5) / 3072


def test_a_moved_picture_has_its_shift_for_flow_and_little_residual():
    scene = street_scene(3, 0.0, 128)
    first, second = scene[:, :120], scene[:, 4:124]
    residual, flow = motion(np.ascontiguousarray(first), np.ascontiguousarray(second))
    assert flow == pytest.approx(4.0, abs=1.5)
    assert residual < 0.5 * np.abs(first.astype(float) - second).mean()


@pytest.fixture(scope="module")
def session(bundle: Path) -> BundleSession:
    return BundleSession(bundle, 1, ["condition_encoder"])


@pytest.fixture(scope="module")
def frames(session: BundleSession) -> np.ndarray:
    """A street there and back, every frame twice: the last is the first again."""
    side = session.manifest["frame"]["width"]
    return np.stack([street_scene(3, time / 4, side) for time in (0, 0, 1, 1, 2, 2, 1, 1, 0, 0)])


def test_equal_frames_do_not_drift_and_others_do(session: BundleSession, frames: np.ndarray):
    clip = measure_clip(session, frames)
    assert clip.pairs.tolist()[:2] == [[0, 1], [1, 2]]
    assert (clip.differences[:, 0, 1] == 0).all()
    assert (clip.differences[:, 0, 9] == 0).all()
    assert clip.cells[0, 9] == 0
    assert (clip.motions[0] < 0.05).all()  # Farneback of equal frames is not quite zero
    assert (clip.differences[:, 0, 2] > 0).all()
    assert clip.cells[0, 2] == mean_difference(mean_colours(frames[0]), mean_colours(frames[2]))


def test_differences_are_those_of_the_condition_encoders_outputs(session: BundleSession, frames: np.ndarray):
    clip = measure_clip(session, frames)
    still = np.zeros((1, *frames.shape[1:3], 2), np.float32)
    first, fifth = (session.run("condition_encoder", anchor=frames[[place]], flow=still) for place in (0, 4))
    expected = [np.abs(first[name] - fifth[name]).mean() for name in first]
    np.testing.assert_allclose(clip.differences[:, 0, 4], expected, rtol=1e-4)


def hand_made() -> Clip:
    """Three frames and two outputs, the second ten times the size of the first: both drift by 0.1, 0.2 and 0.4 in parts of theirs."""
    steps = np.array([[0.0, 1.0, 4.0], [1.0, 0.0, 2.0], [4.0, 2.0, 0.0]])
    return Clip(
        differences=np.stack([0.1 * steps, steps]),
        sizes=np.array([1.0, 10.0]),
        cells=steps * 3,
        pairs=np.array([[0, 1], [1, 2], [0, 2]]),
        motions=np.array([[5.0, 9.0], [3.0, 9.0], [1.0, 9.0]]),
    )


def test_a_report_by_hand():
    result = report({"one": hand_made()}, finest=1)
    assert result["over_all_pairs"]["all"] == {"cells": pytest.approx(1.0), "residual": pytest.approx(-1.0), "flow": None}
    near, far = result["distances"]
    assert (near["pairs"], near["cells"], near["finest"]) == (2, 4.5, pytest.approx(0.15))
    assert (far["distance"], far["all"]) == (2, pytest.approx(0.4))
    # Over 4: after frame 0 only frame 2 (12), after frame 1 frame 2 (6).
    bound = next(row for row in result["bounds"] if row["bound"] == 4)
    assert (bound["reached"], bound["frames"]) == (1.0, 1.5)
    assert bound["all"] == pytest.approx([0.22, 0.3, 0.38])
    # Over 6: frame 2 after frame 0 alone.
    assert next(row for row in result["bounds"] if row["bound"] == 6)["reached"] == 0.5
    assert next(row for row in result["bounds"] if row["bound"] == 24)["all"] is None


def test_outputs_have_one_scale_for_all_clips():
    pale = dataclasses.replace(hand_made(), sizes=np.array([0.5, 5.0]))
    result = report({"one": hand_made(), "pale": pale}, finest=0)
    assert result["distances"][1]["finest"] == pytest.approx(0.4 / 0.75)


def test_the_command_prints_and_writes_what_it_measured(
    bundle: Path, frames: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    write_video(tmp_path / "street.mp4", frames)
    write_video(tmp_path / "still.mp4", np.repeat(frames[:1], 3, axis=0))
    file = tmp_path / "drift.json"
    monkeypatch.setattr(
        sys, "argv", ["drift", "--bundle", str(bundle), "--clips", str(tmp_path), "--frames", "6", "--threads", "1", "--json", str(file)]
    )
    drift.main()
    result = json.loads(file.read_text())
    assert list(result["clips"]) == ["still", "street"]
    assert [row["pairs"] for row in result["distances"]] == [2 + 5, 1 + 4, 2]
    assert f"| street | {result['clips']['street']['all']['cells']:.2f} |" in capsys.readouterr().out


def test_a_folder_without_the_clip_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"no clips \(.avi, .*\) in "):
        read_frames(tmp_path, None, 64, 4)
    write_video(tmp_path / "grey.mp4", np.stack([plain(90)]))
    with pytest.raises(FileNotFoundError, match=r"no clip named red in .*, which has grey"):
        read_frames(tmp_path, ["red"], 64, 4)
    with pytest.raises(ValueError, match=r"grey.mp4 has one frame, expected two or more"):
        read_frames(tmp_path, None, 64, 4)
