"""The paper's pipeline on a tiny model: its parts against the reference, and frames in, frames out."""

import cv2
import numpy as np
import pytest
import torch

from impasto_models.dreamlite.adapter import subset_of
from impasto_models.dreamlite.pipeline import TINY, Pipeline, random_pipeline
from impasto_models.dreamlite.reference import Reference
from impasto_models.paper import PROMPT, PaperPipeline, Parts, Settings, StaticTextEncoder, measure, read_clip, warp_by_flow

FRAME = (64, 96)
SETTINGS = Settings(mode="released", precision="fp32", device="cpu", frame=FRAME, batch=2, threads=2)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return random_pipeline(1, **TINY, frame=FRAME)


def fresh(pipeline: Pipeline) -> Reference:
    return Reference(pipeline, subset_of(pipeline.hooks, "down_blocks"))


@torch.no_grad()
def test_the_parts_make_what_the_reference_makes(pipeline: Pipeline):
    reference, parts = fresh(pipeline), Parts(fresh(pipeline), SETTINGS)
    frames = np.random.default_rng(0).integers(0, 256, (2, *FRAME, 3), dtype=np.uint8)
    text, mask = reference.encode_prompts([PROMPT] * 2, frames)
    latents = parts.encode(torch.from_numpy(frames))
    denoised = parts.denoise(latents, text, mask, parts.condition(torch.from_numpy(frames)))
    expected = reference.step(
        parts._noise,
        reference.encode_frames(frames),
        text,
        mask,
        sigmas=torch.tensor([[1.0, 0.0]] * 2),
        conditions=reference.encode_conditions(frames, np.zeros((2, *FRAME, 2), np.float32)),
        strength=torch.ones(2),
    )
    torch.testing.assert_close(denoised, expected, atol=2e-5, rtol=1e-4)
    assert np.abs(parts.decode(denoised).numpy().astype(int) - reference.decode_latents(expected)).max() <= 1


@torch.no_grad()
def test_the_static_text_encoder_equals_the_original(pipeline: Pipeline):
    reference = fresh(pipeline)
    frames = np.random.default_rng(1).integers(0, 256, (2, *FRAME, 3), dtype=np.uint8)
    ids, mask = reference.tokenize([PROMPT, "ink"])
    expected, real = reference.encode_tokens(ids, mask, frames)
    found = StaticTextEncoder(reference, ids.shape[1])(ids, reference.pixel_values(frames)[0])
    torch.testing.assert_close(found * real[..., None], expected * real[..., None], atol=2e-5, rtol=1e-4)
    assert not torch.equal(expected[0], expected[1])


def test_every_frame_comes_back_in_order(pipeline: Pipeline):
    jpegs = read_clip(None, FRAME, 6)
    batches = [jpegs[start : start + 2] for start in (0, 2, 4)]
    results, times = PaperPipeline(pipeline, SETTINGS).restyle(batches)
    assert [len(batch) for batch in results] == [2, 2, 2]
    assert cv2.imdecode(np.frombuffer(results[2][1], np.uint8), cv2.IMREAD_COLOR).shape == (*FRAME, 3)
    assert all(end > begin for begin, end in times)


def test_conditions_are_refreshed_as_often_as_set(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    jpegs = read_clip(None, FRAME, 8)
    batches = [jpegs[start : start + 2] for start in range(0, 8, 2)]
    refreshed = []
    monkeypatch.setattr(Parts, "condition", lambda self, frames: refreshed.append(frames) or self._condition(frames))
    settings = Settings(**{**vars(SETTINGS), "refresh_every": 2})
    PaperPipeline(pipeline, settings).restyle(batches)
    assert len(refreshed) == 2


def test_a_measurement_names_its_settings_and_parts(pipeline: Pipeline):
    result = measure(pipeline, SETTINGS, read_clip(None, FRAME, 4), warm_up=1, repeats=1)
    assert result["frames"] == 4
    assert result["fps"] > 0
    assert set(result["parts_ms"]) == {"text_encoder", "vae_encoder", "condition_encoder", "denoiser", "vae_decoder"}


def test_a_warp_follows_the_picture():
    rng = np.random.default_rng(2)
    picture = cv2.resize(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8), (96, 96), interpolation=cv2.INTER_CUBIC)
    moved = np.roll(picture, 3, axis=1)
    error = np.abs(warp_by_flow(picture, picture, moved).astype(int) - moved)[16:-16, 16:-16].mean()
    assert error < 0.5 * np.abs(picture.astype(int) - moved)[16:-16, 16:-16].mean()


def test_compiled_parts_are_whole_graphs_that_give_the_same_frames(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    compile_with = torch.compile
    traced = []

    def trace_only(function, *, fullgraph: bool, dynamic: bool, mode: str | None):
        traced.append(fullgraph)
        return compile_with(function, fullgraph=fullgraph, dynamic=dynamic, backend="eager")

    monkeypatch.setattr(torch, "compile", trace_only)
    jpegs = read_clip(None, FRAME, 2)
    expected, _ = PaperPipeline(pipeline, SETTINGS).restyle([jpegs])
    found, _ = PaperPipeline(pipeline, Settings(**{**vars(SETTINGS), "mode": "compiled"})).restyle([jpegs])
    assert traced == [True] * 5
    first, second = (cv2.imdecode(np.frombuffer(batches[0][0], np.uint8), cv2.IMREAD_COLOR).astype(int) for batches in (expected, found))
    assert np.abs(first - second).mean() < 0.5
