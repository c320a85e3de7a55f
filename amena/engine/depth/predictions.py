"""The numbers of a depth network's map, turned into our disparity."""

from __future__ import annotations

import math

import numpy as np

from amena.engine.depth.description import Predicts
from amena.engine.geometry.camera import Q_FAR
from amena.engine.photo.depth_image import extent
from amena.engine.types import Disparity, FloatImage

#: Share of pixels at either end whose values may be wild.
_OUTLIERS = 0.002
#: Metres; nothing that a network says beyond these is meant.
_NEAREST, _FARTHEST = 0.01, 10_000.0


def to_disparity(
    values: FloatImage, predicts: Predicts, source: str, field_of_view: float | None = None
) -> Disparity:
    """Disparity from a network's map.

    Args:
        values: float32 H×W, as the network gave it.
        predicts: what the numbers are.
        source: the estimator.
        field_of_view: from left to right, in degrees, where the network tells it (Depth Pro).

    Returns:
        Disparity stretched to the whole range; with the distances of its ends where the network
        gave metres.
    """
    in_metres = predicts is Predicts.METRES
    if predicts in (Predicts.DEPTH, Predicts.METRES):
        least = _NEAREST if in_metres else 1e-6
        values = np.asarray(1 / np.maximum(values, least), np.float32)
    elif predicts is Predicts.AFFINE_DEPTH:
        values = _least_shifted(values)
    elif predicts is Predicts.CANONICAL_INVERSE_DEPTH and field_of_view is not None:
        # Bochkovskii et al. 2024: the canonical inverse depth, times width over focal length.
        angle = math.radians(min(max(field_of_view, 1.0), 170.0))
        values = np.asarray(
            np.clip(values * (2 * math.tan(angle / 2)), 1 / _FARTHEST, 1 / _NEAREST), np.float32
        )
        in_metres = True
    ends = extent(values, _OUTLIERS)
    if ends is None:  # it sees a wall
        return Disparity(np.zeros(values.shape, np.float32), source)
    low, high = ends
    whole = np.where(np.isfinite(values), values, low)
    disparity = np.asarray(((whole - low) / (high - low)).clip(0, 1), np.float32)
    metres = (1 / high, 1 / max(low, 1 / _FARTHEST)) if in_metres else None
    return Disparity(disparity, source, metres=metres)


def _least_shifted(depth: FloatImage) -> FloatImage:
    """Inverse depth from depth of unknown scale and shift: the scene is taken to be as deep as the
    engine's own space.
    """
    ends = extent(depth, _OUTLIERS)
    if ends is None:
        return np.zeros_like(depth)
    share = np.clip((depth - ends[0]) / (ends[1] - ends[0]), 0, 1)
    return np.asarray(1 / (1 + (1 / Q_FAR - 1) * share), np.float32)
