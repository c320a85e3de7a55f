"""Pictures for the benchmarks' tests: texture without a repeat, the same on every run."""

import cv2
import numpy as np

from amena.engine.types import ByteImage


def texture(height: int, width: int, seed: int = 0) -> ByteImage:
    """uint8 H×W×3 of smooth random blobs, with contrast at scales from 2 to 16 pixels."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)
    picture = sum(sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1, 2, 4, 8))
    return np.clip(127 + 40 * picture, 0, 255).astype(np.uint8)
