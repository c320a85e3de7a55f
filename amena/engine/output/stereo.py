"""Two eyes: the ways to pack their two views into one frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import ByteImage, FloatImage

#: Left and right view, uint8 H×W×3 each, to one frame.
Pack = Callable[[ByteImage, ByteImage], ByteImage]

# Least-squares projections onto red and cyan filters, on linear light (Dubois 2001, “A projection
# method to generate anaglyph stereo images”; the figures are those for usual monitors and glasses).
_LEFT_TO_ANAGLYPH = np.array(
    [
        [0.4561, 0.500484, 0.176381],
        [-0.0400822, -0.0378246, -0.0157589],
        [-0.0152161, -0.0205971, -0.00546856],
    ]
)
_RIGHT_TO_ANAGLYPH = np.array(
    [
        [-0.0434706, -0.0879388, -0.00155529],
        [0.378476, 0.73364, -0.0184503],
        [-0.0721527, -0.112961, 1.2264],
    ]
)

#: Luminance of linear sRGB (IEC 61966-2-1).
_LUMINANCE: Final = np.array([[0.2126, 0.7152, 0.0722]], np.float32)


def side_by_side(left: ByteImage, right: ByteImage) -> ByteImage:
    """Left view left, right view right (“parallel”), each at full width: uint8 H×2W×3."""
    return np.hstack([left, right])


def half_side_by_side(left: ByteImage, right: ByteImage) -> ByteImage:
    """Each view squeezed to half its width, as 3D televisions want it: uint8 H×W×3, W even."""
    height, width = left.shape[:2]
    half = (width // 2, height)
    views = [cv2.resize(view, half, interpolation=cv2.INTER_AREA) for view in (left, right)]
    return np.asarray(np.hstack(views), np.uint8)


def anaglyph(left: ByteImage, right: ByteImage) -> ByteImage:
    """For red-cyan glasses, red before the left eye: uint8 H×W×3."""
    to_linear, _ = _curves()
    light = cv2.transform(cv2.LUT(left, to_linear), _LEFT_TO_ANAGLYPH.astype(np.float32))
    light += cv2.transform(cv2.LUT(right, to_linear), _RIGHT_TO_ANAGLYPH.astype(np.float32))
    return _encoded(light)


def grey_anaglyph(left: ByteImage, right: ByteImage) -> ByteImage:
    """For red-cyan glasses, of the views' brightness alone: uint8 H×W×3."""
    to_linear, _ = _curves()
    grey = [cv2.transform(cv2.LUT(view, to_linear), _LUMINANCE) for view in (left, right)]
    return _encoded(np.dstack([grey[0], grey[1], grey[1]]))


def _encoded(light: FloatImage) -> ByteImage:
    to_srgb = _curves()[1]
    steps = len(to_srgb) - 1
    return np.asarray(to_srgb[np.clip(light * steps + 0.5, 0, steps).astype(np.uint16)])


#: Packings by output name, each with the width of its frame in widths of one view.
PACKINGS: Final[dict[str, tuple[Pack, int]]] = {
    "sbs": (side_by_side, 2),
    "sbs-half": (half_side_by_side, 1),
    "anaglyph": (anaglyph, 1),
}


@cache
def _curves() -> tuple[FloatImage, NDArray[np.uint8]]:
    """sRGB byte → linear light, and linear light × 4095 → sRGB byte (IEC 61966-2-1)."""
    byte = np.arange(256) / 255
    linear = np.where(byte <= 0.04045, byte / 12.92, ((byte + 0.055) / 1.055) ** 2.4)
    light = np.arange(4096) / 4095
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return linear.astype(np.float32), (srgb * 255 + 0.5).astype(np.uint8)
