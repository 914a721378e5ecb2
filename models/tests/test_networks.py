"""The forward passes written for export against those of diffusers and transformers."""

import pytest
import torch
import torch.nn.functional as F
from diffusers.models.unets.unet_dreamlite import DreamLiteAttnProcessor2_0

from impasto_models.adapter import with_output_hook
from impasto_models.graphs import antialiased_resize_matrix, warp
from impasto_models.networks import BroadcastMaskAttention, Networks, OutputAdapter, prompt_positions


def test_text_encoder_equals_transformers_own_forward_pass(networks: Networks):
    size = networks.text_encoder.size
    qwen, side = networks.text_encoder.model, 2 * size.image_tokens_per_side
    ids = torch.randint(6, size.vocabulary - 4, (2, size.max_tokens))
    ids[:, 0], ids[:, 1] = 1, qwen.config.vision_start_token_id
    ids[:, 2 : 2 + size.image_tokens] = qwen.config.image_token_id
    mask = (torch.arange(size.max_tokens)[None] < torch.tensor([[30], [size.max_tokens]])).long()
    pictures = torch.rand(2, 3, size.image_pixels, size.image_pixels) * 2 - 1
    with torch.no_grad():
        expected = qwen(
            input_ids=ids,
            attention_mask=mask,
            pixel_values=_flat_patches(pictures, size.patch_pixels),
            image_grid_thw=torch.tensor([[1, side, side]] * 2),
            mm_token_type_ids=(ids == qwen.config.image_token_id).long(),
        ).last_hidden_state
        found = networks.text_encoder(ids, mask, pictures)
    kept = mask[:, 2:, None].bool()
    torch.testing.assert_close(found * kept, expected[:, 2:] * kept, atol=1e-5, rtol=1e-4)


def _flat_patches(pictures: torch.Tensor, patch: int) -> torch.Tensor:
    """Pictures as the Qwen3-VL processor lays them out: 2x2 blocks of patches, each twice along time."""
    batch, channels, side, _ = pictures.shape
    blocks = side // patch // 2
    split = pictures.reshape(batch, channels, blocks, 2, patch, blocks, 2, patch).permute(0, 2, 5, 3, 6, 1, 4, 7)
    return split.unsqueeze(6).expand(*split.shape[:6], 2, *split.shape[6:]).reshape(batch * 4 * blocks * blocks, -1)


def test_image_tokens_share_a_time_and_text_goes_on_after_the_picture(networks: Networks):
    positions = prompt_positions(networks.size.text)
    assert positions[:, 2:18].tolist()[0] == [2] * 16
    assert positions[:, 17].tolist() == [2, 5, 5]
    assert positions[:, 18].tolist() == [6, 6, 6]


def test_attention_equals_the_dreamlite_processor(networks: Networks):
    unet, size = networks.unet, networks.size
    channels, side, _ = size.latent_shape
    inputs = torch.randn(2, 2 * channels, side, side)
    mask = torch.ones(2, size.text.embedding_length, dtype=torch.long)
    mask[0, 30:] = 0
    embeddings = torch.randn(2, size.text.embedding_length, size.text.hidden)
    with torch.no_grad():
        found = unet(inputs, torch.full((2,), 1000.0), embeddings, encoder_attention_mask=mask).sample
        unet.set_attn_processor(DreamLiteAttnProcessor2_0())
        expected = unet(inputs, torch.full((2,), 1000.0), embeddings, encoder_attention_mask=mask).sample
        unet.set_attn_processor(BroadcastMaskAttention())
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_strength_zero_is_the_unet_without_adapter(networks: Networks):
    size = networks.size
    noise, reference = torch.randn(2, 2, *size.latent_shape).unbind()
    embeddings = torch.randn(2, size.text.embedding_length, size.text.hidden)
    mask, sigma = torch.ones(2, size.text.embedding_length, dtype=torch.long), torch.ones(2)
    picture = torch.rand(2, 3, size.frame, size.frame)
    with torch.no_grad():
        conditions = {side: networks.adapter.encode(picture, side) for side in networks.adapter.sides}
        plain = networks.predict(noise, reference, embeddings, mask, sigma)
        with networks.adapter.applied(networks.unet, conditions, torch.tensor([0.0, 1.0]), reference):
            adapted = networks.predict(noise, reference, embeddings, mask, sigma)
        again = networks.predict(noise, reference, embeddings, mask, sigma)
    torch.testing.assert_close(adapted[0], plain[0])
    assert (adapted[1] - plain[1]).abs().max() > 1e-4
    torch.testing.assert_close(again, plain)


def test_a_new_hook_on_the_output_is_silent_and_a_trained_one_obeys_its_strength(networks: Networks):
    extended = with_output_hook(networks)
    size, adapter = extended.size, extended.adapter
    noise, reference = torch.randn(2, 2, *size.latent_shape).unbind()
    inputs = noise, reference, torch.randn(2, size.text.embedding_length, size.text.hidden)
    mask, sigma = torch.ones(2, size.text.embedding_length, dtype=torch.long), torch.ones(2)
    picture, strength = torch.rand(2, 3, size.frame, size.frame), torch.tensor([0.0, 1.0])
    with torch.no_grad():
        known = {side: networks.adapter.encode(picture, side) for side in networks.adapter.sides}
        with networks.adapter.applied(networks.unet, known, strength, reference):
            expected = networks.predict(*inputs, mask, sigma)
        conditions = {side: adapter.encode(picture, side) for side in adapter.sides}
        with adapter.applied(extended.unet, conditions, strength, reference):
            silent = extended.predict(*inputs, mask, sigma)
        torch.nn.init.constant_(adapter.output.share, 0.7)
        torch.nn.init.constant_(adapter.output.tolerance, 10.0)
        with adapter.applied(extended.unet, conditions, strength, reference):
            heard = extended.predict(*inputs, mask, sigma)
    torch.testing.assert_close(silent, expected)
    torch.testing.assert_close(heard[0], expected[0])
    assert (heard[1] - expected[1]).abs().mean() > 1e-3


def test_the_hook_on_the_output_steadies_noise_keeps_its_energy_and_heeds_what_it_must_not_follow():
    hook, strength = OutputAdapter(4, share=0.7), torch.ones(1, 1, 1, 1)
    scene, reference = torch.randn(2, 1, 4, 32, 32).unbind()
    frames = [scene + 0.1 * torch.randn_like(scene) for _ in range(9)]
    with torch.no_grad():
        outputs = [frames[0]]
        for frame in frames[1:]:
            outputs.append(hook(frame, outputs[-1], reference, strength))
        strange = hook(scene, scene + 2.0, reference, strength)
        itself = hook(scene, scene + 0.1, scene + 0.1, strength)
    flicker = (outputs[-1] - outputs[-2]).abs().mean() / (frames[-1] - frames[-2]).abs().mean()
    assert flicker < 0.6
    assert outputs[-1].std() / frames[-1].std() == pytest.approx(1.0, abs=0.02)
    torch.testing.assert_close(strange, scene, atol=1e-3, rtol=0.0)
    torch.testing.assert_close(itself, scene)


def test_resize_equals_torchs_antialiased_bilinear():
    picture = torch.rand(1, 3, 256, 256)
    matrix = antialiased_resize_matrix(256, 64)
    expected = F.interpolate(picture, size=(64, 64), mode="bilinear", antialias=True, align_corners=False)
    torch.testing.assert_close(matrix @ picture @ matrix.T, expected, atol=1e-5, rtol=1e-5)


def test_warp_samples_at_the_pixel_minus_the_flow_and_repeats_the_border():
    picture = torch.arange(16.0).reshape(1, 1, 4, 4).expand(1, 3, 4, 4)
    flow = torch.zeros(1, 4, 4, 2)
    flow[..., 0] = 1.0
    moved = warp(picture, flow)
    torch.testing.assert_close(moved[0, 0, :, 1:], picture[0, 0, :, :-1])
    torch.testing.assert_close(moved[0, 0, :, 0], picture[0, 0, :, 0])
