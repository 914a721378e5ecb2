"""Golden values of the measures, computed without the Java code.

    python measures.py > measures.json

needs numpy and opencv-python (made with numpy 2.4.6 and OpenCV 5.0.0). Everything but Farneback's flow is
spelled out in numpy. The pictures are made of whole numbers, so any language makes the same ones; their
SHA-256 is among the values.
"""

import hashlib
import itertools
import json
import sys

import cv2
import numpy as np

WIDTH, HEIGHT, COUNT = 96, 64, 4


def noise(x, y, c, seed):
    """Whole numbers 0..255 that look random: uint32 arithmetic with wrap-around."""
    h = x.astype(np.uint32) * np.uint32(73856093)
    h ^= y.astype(np.uint32) * np.uint32(19349663)
    h ^= np.uint32((c * 83492791 + seed * 2654435761) % 2**32)
    h ^= h >> np.uint32(13)
    h *= np.uint32(1274126177)
    h ^= h >> np.uint32(16)
    return (h & np.uint32(255)).astype(np.int64)


def texture(index, seed, right, down):
    """uint8 [H, W, 3]: blocks of 4 x 4 pixels, averaged over 5 x 5, moving with the index."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    for c in range(3):
        total = np.zeros((HEIGHT, WIDTH), np.int64)
        for dy in range(-2, 3):
            for dx in range(-2, 3):
                total += noise((xs + dx + 1000 - right * index) // 4, (ys + dy + 1000 - down * index) // 4, c, seed)
        picture[..., c] = total // 25
    return picture


def grain(index):
    """int64 [H, W, 3], 0..15."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([noise(xs, ys, c, 100 + index) // 16 for c in range(3)], axis=-1)


def grey(picture):
    """0.299 R + 0.587 G + 0.114 B as OpenCV 4 rounds it, in 1/32768."""
    r, g, b = (picture[..., c].astype(np.int64) for c in range(3))
    return ((9798 * r + 19235 * g + 3735 * b + 16384) >> 15).astype(np.uint8)


def flow(a, b):
    return cv2.calcOpticalFlowFarneback(grey(a), grey(b), None, 0.5, 3, 15, 3, 5, 1.2, 0)


def warp(picture, vectors):
    """picture(x + F(x)), bilinear, replicated border, in double precision."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    x = np.clip(xs + vectors[..., 0], 0, WIDTH - 1)
    y = np.clip(ys + vectors[..., 1], 0, HEIGHT - 1)
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    x1, y1 = np.minimum(x0 + 1, WIDTH - 1), np.minimum(y0 + 1, HEIGHT - 1)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    p = picture.astype(np.float64)
    top = p[y0, x0] * (1 - fx) + p[y0, x1] * fx
    bottom = p[y1, x0] * (1 - fx) + p[y1, x1] * fx
    return top * (1 - fy) + bottom * fy


def warp_error(a, b, vectors):
    return np.abs(a.astype(np.float64) - warp(b, vectors)).mean()


def sobel(picture):
    p = np.pad(grey(picture).astype(np.float64), 1, mode="reflect")
    return np.abs(p[2:, 2:] - p[2:, :-2] - p[:-2, 2:] + p[:-2, :-2]).mean()


def hf_fft(picture):
    spectrum = np.abs(np.fft.fftshift(np.fft.fft2(grey(picture).astype(np.float64))))
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot(xs - WIDTH // 2, ys - HEIGHT // 2)
    return spectrum[distance > min(HEIGHT, WIDTH) / 4].mean()


def l1(a, b):
    return np.abs(a.astype(np.float64) - b.astype(np.float64)).mean()


def main():
    inputs = [texture(i, 1, 2, 1) for i in range(COUNT)]
    references = [texture(i, 2, 2, 1) for i in range(COUNT)]
    outputs = [(r * np.int64(15) // 16 + grain(i)).astype(np.uint8) for i, r in enumerate(references)]
    digest = hashlib.sha256()
    for picture in inputs + references + outputs:
        digest.update(picture.tobytes())
    flows = [flow(a, b) for a, b in itertools.pairwise(inputs)]
    consecutive = [l1(a, b) for a, b in itertools.pairwise(outputs)]
    errors = [warp_error(a, b, f) for a, b, f in zip(outputs, outputs[1:], flows, strict=False)]
    saturation = [(o.max(axis=2).astype(int) - o.min(axis=2)).mean() for o in outputs]
    values = {
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "pictures_sha256": digest.hexdigest(),
        "flow_mean": [[float(f[..., 0].mean()), float(f[..., 1].mean())] for f in flows],
        "warp_error": errors,
        "consecutive_l1": consecutive,
        "consistency_ratio": float(np.mean(errors) / np.mean(consecutive)),
        "sobel": [sobel(o) for o in outputs],
        "hf_fft": [hf_fft(o) for o in outputs],
        "reference_l1": [l1(o, r) for o, r in zip(outputs, references, strict=True)],
        "brightness": [o.mean() for o in outputs],
        "contrast": [o.std() for o in outputs],
        "saturation": saturation,
        "percentiles": {
            "values": [5.0, 1.0, 9.0, 3.0, 7.0],
            "50": float(np.percentile([5, 1, 9, 3, 7], 50, method="inverted_cdf")),
            "95": float(np.percentile([5, 1, 9, 3, 7], 95, method="inverted_cdf")),
            "20": float(np.percentile([5, 1, 9, 3, 7], 20, method="inverted_cdf")),
        },
    }
    json.dump(values, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
