"""The lowest surface over a picture that is nowhere steeper than a given slope."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.types import FloatImage


def upper_envelope(values: FloatImage, slope: float) -> FloatImage:
    """The lowest surface over `values` that is nowhere steeper than `slope`.

    The Lipschitz envelope E(p) = max over q of v(q) − slope·‖p − q‖, with the chessboard norm: a
    grey dilation by a cone, composed of sparse dilations of doubling size. Equal to `values` except
    below the slope of something higher.

    Args:
        values: float32 H×W in [0, 1].
        slope: largest difference between neighbours.

    >>> upper_envelope(np.float32([[0, 0, 0.5, 0, 0]]), 0.25).tolist()
    [[0.0, 0.25, 0.5, 0.25, 0.0]]
    """
    surface = values
    step = 1
    while step * slope < 1 and step < max(values.shape):
        kernel = np.zeros((2 * step + 1, 2 * step + 1), np.uint8)
        kernel[::step, ::step] = 1
        higher = cv2.dilate(surface, kernel)
        higher -= np.float32(step * slope)
        surface = np.maximum(surface, higher, out=higher)
        step *= 2
    return np.asarray(surface, np.float32)
