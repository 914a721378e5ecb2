import copy

import cv2
import numpy as np
import pytest
import torch

from impasto_models.evaluate import Stylist
from impasto_models.flow import Sampler, optical_flow
from impasto_models.graphs import to_picture, warp
from impasto_models.networks import Networks
from impasto_models.prompts import CANONICAL
from impasto_models.scenes import street_scene
from impasto_models.steadiness import Schedule, edge_strength, measure, restyle_clip
from impasto_models.tokenization import train_tokenizer

CLIP = np.stack([street_scene(3, frame / 8) for frame in range(5)])


@pytest.fixture(scope="module")
def stylist(networks: Networks) -> Stylist:
    """Tiny random networks whose adapter has a strong voice."""
    networks = copy.deepcopy(networks)
    for hook in networks.adapter.hooks.values():
        torch.nn.init.normal_(hook.up[0].weight, std=5.0)
    return Stylist(networks, train_tokenizer(networks.size.text.vocabulary))


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_the_sampler_warps_as_the_condition_encoder_does(mode: str):
    picture, flow = torch.rand(2, 3, 64, 64) * 2 - 1, torch.randn(2, 64, 64, 2) * 5
    torch.testing.assert_close(Sampler(64, "cpu", mode)(picture, flow), warp(picture, flow, mode), atol=1e-4, rtol=1e-4)


def test_edge_strength_is_opencvs_mixed_sobel_inside_the_border():
    frame = CLIP[0].astype(np.float32)
    grey = 0.299 * frame[..., 0] + 0.587 * frame[..., 1] + 0.114 * frame[..., 2]
    expected = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 1, ksize=3)[1:-1, 1:-1]).mean()
    assert edge_strength(torch.from_numpy(frame).permute(2, 0, 1)[None])[0, 0].item() == pytest.approx(expected, rel=1e-4)


def test_without_schedule_frames_are_restyled_one_by_one(stylist: Stylist):
    outputs = restyle_clip(stylist, CLIP, ["oil"], Schedule(0))
    alone = stylist.restyle(torch.from_numpy(CLIP[3:4]), *stylist.embed([CANONICAL["oil"]]))
    assert (outputs[0, 3].int() - alone[0].int()).abs().max() <= 1


def test_a_frame_is_conditioned_on_the_last_output_of_the_group_before(stylist: Stylist):
    outputs = restyle_clip(stylist, CLIP, ["oil"], Schedule(2))
    flow = torch.from_numpy(optical_flow(CLIP[1], CLIP[3]))[None]
    condition = warp(to_picture(outputs[0, 1:2]), flow)
    embeddings, mask = stylist.embed([CANONICAL["oil"]])
    expected = stylist.restyle(torch.from_numpy(CLIP[3:4]), embeddings, mask, condition)[0]
    assert (outputs[0, 3].int() - expected.int()).abs().max() <= 1
    assert (outputs[0, 3].int() - restyle_clip(stylist, CLIP, ["oil"], Schedule(0))[0, 3].int()).abs().max() > 1


def test_a_still_clip_has_no_flicker_and_keeps_its_edges(stylist: Stylist):
    still = np.repeat(CLIP[:1], 4, axis=0)
    report = measure(stylist, {"still": still}, ["oil"], [Schedule(0), Schedule(2)])
    assert report["mean"]["off"]["warp"] == 0.0
    assert report["mean"]["off"]["reference"] == 0.0
    assert report["mean"]["off"]["sobel"] > 0.0
    assert report["mean"]["group 2"]["reference"] > 0.0
