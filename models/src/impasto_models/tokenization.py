"""The tokenizer of nano and the template that a prompt is put into."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from impasto_models.networks import TextSize
from impasto_models.prompts import FILLER, PHRASES, STYLES, sample_prompt

PAD, START, END = "<|pad|>", "<|im_start|>", "<|im_end|>"
VISION_START, VISION_END, IMAGE = "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"
SPECIAL_TOKENS = [PAD, START, END, VISION_START, VISION_END, IMAGE]
PAD_ID = SPECIAL_TOKENS.index(PAD)


def prompt_template(size: TextSize) -> str:
    """The bundle's ``text.template``; a prompt takes the place of ``{prompt}``."""
    return f"{START}{VISION_START}{IMAGE * size.image_tokens}{VISION_END}{{prompt}}{END}"


def train_tokenizer(vocabulary: int, seed: int = 0) -> Tokenizer:
    """Lower-case byte-pair encoding learned from sampled prompts; the same seed gives the same tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    rng = random.Random(seed)
    corpus = [sample_prompt(style, rng) for style in STYLES for _ in range(600)]
    corpus += 20 * ([phrase for phrases in PHRASES.values() for phrase in phrases] + FILLER)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def encode_prompts(tokenizer: Tokenizer, prompts: Sequence[str], size: TextSize) -> tuple[np.ndarray, np.ndarray]:
    """Prompts in the template, cut or padded on the right to T tokens: ids and mask, int64 [B, T]."""
    template = prompt_template(size)
    ids = np.full((len(prompts), size.max_tokens), PAD_ID, np.int64)
    mask = np.zeros((len(prompts), size.max_tokens), np.int64)
    for row, prompt in enumerate(prompts):
        encoded = tokenizer.encode(template.format(prompt=prompt), add_special_tokens=False).ids[: size.max_tokens]
        ids[row, : len(encoded)] = encoded
        mask[row, : len(encoded)] = 1
    return ids, mask
