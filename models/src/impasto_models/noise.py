"""The fixed noise of a bundle: Philox-4x32-10 and Box-Muller, as in ``docs/bundle.md``.

Philox is from Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 4.3.
"""

import math

import numpy as np

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_WORD = np.uint64(0xFFFFFFFF)


def philox_words(seed: int, blocks: int) -> np.ndarray:
    """Words of the counters (0, 0, 0, 0) .. (blocks - 1, 0, 0, 0), uint64 [blocks, 4] below 2**32."""
    counter = [np.arange(blocks, dtype=np.uint64)] + [np.zeros(blocks, np.uint64) for _ in range(3)]
    key = [seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF]
    for _ in range(_ROUNDS):
        low, high = counter[0] * _MULTIPLIERS[0], counter[2] * _MULTIPLIERS[1]
        counter = [
            (high >> np.uint64(32)) ^ counter[1] ^ np.uint64(key[0]),
            high & _WORD,
            (low >> np.uint64(32)) ^ counter[3] ^ np.uint64(key[1]),
            low & _WORD,
        ]
        key = [(word + step) & 0xFFFFFFFF for word, step in zip(key, _KEY_STEPS, strict=True)]
    return np.stack(counter, axis=1)


def normal_noise(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal noise of a 64-bit seed, float32 of ``shape`` in row-major order."""
    count = math.prod(shape)
    uniform = (philox_words(seed, -(-count // 4)).astype(np.float64) + 0.5) / 2.0**32
    radius = np.sqrt(-2.0 * np.log(uniform[:, 0::2]))
    angle = 2.0 * np.pi * uniform[:, 1::2]
    normals = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    return normals.reshape(-1)[:count].astype(np.float32).reshape(shape)
