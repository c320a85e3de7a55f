"""Small scenes whose right answer is known."""

from __future__ import annotations

import numpy as np

from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.types import Disparity, LayeredDepthImage, Mask, Photo

GREEN = (40, 200, 60)
MAGENTA = (255, 0, 255)
FAR, NEAR = 0.2, 0.8


def square_mask(side: int = 192, size: int = 64) -> Mask:
    """True on a centred square."""
    mask = np.zeros((side, side), np.bool_)
    start = (side - size) // 2
    mask[start : start + size, start : start + size] = True
    return mask


def square_before_wall(side: int = 192, size: int = 64) -> tuple[Photo, Disparity]:
    """A magenta square at disparity `NEAR` before a green wall at `FAR`."""
    mask = square_mask(side, size)
    rgb = np.where(mask[..., None], MAGENTA, GREEN).astype(np.uint8)
    values = np.where(mask, NEAR, FAR).astype(np.float32)
    return Photo(rgb, (side, side), "PNG"), Disparity(values, "uploaded")


def square_layers(amplitude: float = 0.06, margin: int = 16) -> LayeredDepthImage:
    """`square_before_wall`, layered for `amplitude`."""
    photo, disparity = square_before_wall()
    return build_layers(photo, disparity, amplitude, fill_texture, (margin, margin))


def noise_photo(height: int, width: int, seed: int = 0) -> Photo:
    """Smooth coloured noise, so that every place looks different."""
    import cv2

    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8, width // 8, 3)).astype(np.uint8)
    rgb = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return Photo(rgb, (width, height), "PNG")
