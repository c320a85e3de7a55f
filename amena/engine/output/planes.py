"""Layers in the colours of video, so that no frame need be converted.

Drawing a frame mixes colours, and the conversion from RGB to luma and chroma is linear: whether it
comes before or after makes no difference but for rounding, which either way happens twice. So the
layers are converted once instead of every frame, and the encoder gets half the bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import ByteImage, LayeredDepthImage

_RED, _BLUE = 0.2126, 0.0722
_GREEN: Final = 1 - _RED - _BLUE
#: By how much OpenCV's means of four bytes come out too large on average: halves go up.
_ROUNDED_UP: Final = 1 / 8


def _matrix() -> NDArray[np.float64]:
    """R, G, B and 1 → Y, Cb and Cr of 8 bits, of which black takes 16 and white 235."""
    luma = np.array([_RED, _GREEN, _BLUE])
    blue = (np.array([0, 0, 1]) - luma) / (2 * (1 - _BLUE))
    red = (np.array([1, 0, 0]) - luma) / (2 * (1 - _RED))
    rows = np.stack([luma * 219, blue * 224, red * 224]) / 255
    return np.column_stack([rows, [16, 128 - _ROUNDED_UP, 128 - _ROUNDED_UP]])


_BT709: Final = _matrix()


def in_luma_and_chroma(image: LayeredDepthImage) -> LayeredDepthImage:
    """The scene with Y, Cb and Cr (ITU-R BT.709, 8 bits, limited range) in place of its colours.

    What is drawn of it is a frame of these, 4:4:4, for `planes`.
    """
    layers = tuple(
        replace(layer, rgb=np.asarray(cv2.transform(layer.rgb, _BT709), np.uint8))
        for layer in image.layers
    )
    return replace(image, layers=layers)


def planes(frame: ByteImage) -> NDArray[np.uint8]:
    """A frame as an encoder takes it: all of Y, then Cb and Cr as means of 2×2 pixels.

    Args:
        frame: uint8 H×W×3, Y, Cb and Cr; both sides even.

    Returns:
        uint8, 1½·H·W.
    """
    height, width = frame.shape[:2]
    count = height * width
    out = np.empty(count + count // 2, np.uint8)
    cv2.extractChannel(frame, 0, dst=out[:count].reshape(height, width))
    half = cv2.resize(frame, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    for channel, at in ((1, count), (2, count + count // 4)):
        plane = out[at : at + count // 4].reshape(height // 2, width // 2)
        cv2.extractChannel(half, channel, dst=plane)
    return out
