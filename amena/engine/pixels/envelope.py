"""A low surface over a picture that falls off with a given slope."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from amena.engine.pixels.windows import each_strip
from amena.engine.types import Box, FloatImage


def upper_envelope(values: FloatImage, slope: float) -> FloatImage:
    """A surface over `values` that falls off with `slope` from whatever is higher.

    The Lipschitz envelope E(p) = max over q of v(q) − slope·‖p − q‖, with the chessboard norm: a
    grey dilation by a cone, composed of sparse dilations of doubling size. Along rows, columns and
    diagonals it is that; in between the composed cone falls by up to half as much again, in creases
    that are steeper than `slope`. Equal to `values` except below the slope of something higher.

    Args:
        values: float32 H×W in [0, 1].
        slope: largest difference between neighbours.

    >>> upper_envelope(np.float32([[0, 0, 0.5, 0, 0]]), 0.25).tolist()
    [[0.0, 0.25, 0.5, 0.25, 0.0]]
    """
    surface = values
    spare = [np.empty_like(values) for _ in range(2)]
    step = 1
    while step * slope < 1 and step < max(values.shape):
        higher = spare[surface is spare[0]]
        each_strip(partial(_raise, surface, higher, step, np.float32(step * slope)), values.shape)
        surface = higher
        step *= 2
    return surface


def _raise(surface: FloatImage, higher: FloatImage, step: int, fall: np.float32, part: Box) -> None:
    """The surface, and its dilation by three by three pixels `step` apart minus `fall`: the higher
    of both in a strip.

    Rows first, by shifts, then columns: what a strip looks at stays in a core's cache.
    """
    top, bottom = part[0].start, part[0].stop
    here, out = surface[part], higher[part]
    most = here.copy()
    above, below = max(top - step, 0), min(bottom + step, len(surface))
    if above < bottom - step:
        rows = slice(above + step - top, None)
        np.maximum(most[rows], surface[above : bottom - step], out=most[rows])
    if below > top + step:
        rows = slice(0, below - step - top)
        np.maximum(most[rows], surface[top + step : below], out=most[rows])
    kernel = np.zeros((1, 2 * step + 1), np.uint8)
    kernel[0, ::step] = 1
    cv2.dilate(most, kernel, dst=out)
    out -= fall
    np.maximum(out, here, out=out)
