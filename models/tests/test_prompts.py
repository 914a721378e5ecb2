import random

import pytest

from impasto_models.networks import TextSize
from impasto_models.prompts import (
    CANONICAL,
    HELD_OUT_PHRASES,
    HELD_OUT_TEMPLATES,
    PHRASES,
    STYLES,
    TEMPLATES,
    TITLES,
    UNTOUCHED_PHRASES,
    sample_prompt,
)
from impasto_models.tokenization import PAD_ID, encode_prompts, prompt_template, train_tokenizer

SIZE = TextSize()


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(SIZE.vocabulary)


def test_every_style_has_phrases_a_title_and_a_canonical_prompt():
    assert set(PHRASES) == set(TITLES) == set(CANONICAL) == set(HELD_OUT_PHRASES)
    assert len(STYLES) - 1 >= 12


def test_held_out_phrases_and_templates_are_not_in_training():
    seen = {phrase for phrases in PHRASES.values() for phrase in phrases}
    for kept in (HELD_OUT_PHRASES, UNTOUCHED_PHRASES):
        assert not seen & {phrase for phrases in kept.values() for phrase in phrases}
    assert set(TEMPLATES) & set(HELD_OUT_TEMPLATES) == {"{}"}


def test_sampling_is_repeatable():
    assert [sample_prompt("oil", random.Random(3)) for _ in range(2)] == [sample_prompt("oil", random.Random(3))] * 2


def test_special_tokens_are_single_entries_and_the_prompt_is_padded_on_the_right(tokenizer):
    ids, mask = encode_prompts(tokenizer, ["Oil Painting"], SIZE)
    pieces = [tokenizer.id_to_token(token) for token in ids[0, : mask.sum()]]
    assert pieces[:2] == ["<|im_start|>", "<|vision_start|>"]
    assert pieces[2:18] == ["<|image_pad|>"] * 16
    assert pieces[18:] == ["<|vision_end|>", "Ġoil", "Ġpainting", "<|im_end|>"]
    assert (ids[0, mask.sum() :] == PAD_ID).all()


def test_a_long_prompt_is_cut_to_the_models_tokens(tokenizer):
    ids, mask = encode_prompts(tokenizer, ["word " * 200], SIZE)
    assert ids.shape == (1, SIZE.max_tokens)
    assert mask.all()


def test_the_template_takes_the_prompt_once():
    assert prompt_template(SIZE).count("{prompt}") == 1


def test_training_the_tokenizer_again_gives_the_same(tokenizer):
    assert train_tokenizer(SIZE.vocabulary).to_str() == tokenizer.to_str()
