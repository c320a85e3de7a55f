"""Gaussian models of the colours around each pixel, from the pixels that are sure of one side.

No sum depends on where a window begins or on the order of its terms: whoever uses them works in
windows and gets the whole picture's bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from amena.engine.types import ByteImage, FloatImage, Mask

#: Standard deviation that every colour has, in levels.
_NOISE = 0.02 * 255
#: A model says nothing where fewer than this share of its window's pixels are sure.
_FEWEST = 2e-3


@dataclass(frozen=True)
class ColourFit:
    """How well N pixels' colours go with those of the sure pixels around each.

    Attributes:
        distance: float32 N, squared distance from the mean over the variance, all channels
            together: 3 is as usual, and stands where the model says nothing.
        cost: float32 N, the negative log-likelihood (×2), up to a constant.
        known: bool N, whether there are sure pixels enough.
    """

    distance: FloatImage
    cost: FloatImage
    known: Mask


def colour_fit(colour: ByteImage, sure: Mask, at: Mask, radius: int) -> ColourFit:
    """Fit a mean and an isotropic variance to the `sure` pixels around every pixel of `at`.

    Args:
        colour: uint8 H×W×3.
        sure: bool H×W.
        at: bool H×W, the pixels that are asked about, in the order of their rows.
        radius: pixels to all sides that the square window takes in.
    """
    area = np.float32((2 * radius + 1) ** 2)
    total = box_sum(sure, radius)[at] + np.float32(1e-4) * area
    square = np.zeros(at.shape, np.float32)
    spread, off = np.zeros((2, len(total)), np.float32)
    for channel in cv2.split(colour):
        of_sure = channel * sure
        square += np.square(of_sure, dtype=np.float32)
        mean = box_sum(of_sure, radius)[at] / total
        spread -= np.square(mean)
        off += np.square(channel[at] - mean)
    spread += box_sum(square, radius)[at] / total
    variance = np.maximum(spread, 0) / 3 + np.float32(_NOISE**2)
    known = total > np.float32(_FEWEST) * area
    distance = np.where(known, off / variance, 3).astype(np.float32)
    return ColourFit(distance, np.asarray(distance + 3 * np.log(variance), np.float32), known)


def box_sum(values: ByteImage | FloatImage | Mask, radius: int) -> FloatImage:
    """Sum over a square window, taken in whole numbers or in float64; float32."""
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, size, normalize=False), np.float32)
