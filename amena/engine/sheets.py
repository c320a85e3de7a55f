"""Sheets: disparity that is nowhere steeper than a moving camera bears."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.types import FloatImage

#: Steeper than this (disparity × amplitude, pixels per pixel) a sheet would show stretched skin.
MAX_SLOPE = 0.8


def upper_envelope(values: FloatImage, slope: float) -> FloatImage:
    """The lowest sheet over `values` that is nowhere steeper than `slope`.

    Equal to `values` except in the shadow of something higher. A grey dilation by a cone, composed
    of sparse dilations of doubling size.

    Args:
        values: float32 H×W in [0, 1].
        slope: largest difference between 4-neighbours.
    """
    sheet = values
    step = 1
    while step * slope < 1 and step < max(values.shape):
        kernel = np.zeros((2 * step + 1, 2 * step + 1), np.uint8)
        kernel[::step, ::step] = 1
        sheet = np.maximum(sheet, cv2.dilate(sheet, kernel) - np.float32(step * slope))
        step *= 2
    return np.asarray(sheet, np.float32)


def limit_slope(disparity: FloatImage, reach: float) -> FloatImage:
    """A sheet through `disparity` that `reach` pixels of parallax stretch nowhere too far.

    Midway between the lowest gentle sheet above and the highest one below: a step that is too
    steep becomes a ramp centred on it, everything else stays where it is.
    """
    slope = MAX_SLOPE / reach
    above = upper_envelope(disparity, slope)
    below = 1 - upper_envelope(1 - disparity, slope)
    return np.asarray((above + below) / 2, np.float32)
