"""Given maps of few grey levels, as weak cameras and careless programs write them: stairs where the
scene is smooth, which a 3D photo would cut at every step.

Between two steps nothing is known but that the truth lies within half a level. Of all surfaces that
do, the smoothest is taken (a membrane between two obstacles), and it may tear only where the map
jumps by more than one level. What was painted in flat layers stays: its steps lie on silhouettes.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import FloatImage, Mask

#: How many levels count as few, and which share of the pixels they hold.
_FEWEST, _MOST = 4, 40
_SHARE: Final = 0.85
#: Bins of the histogram, and the least share of the pixels that makes a level.
_BINS: Final = 1024
_LEAST: Final = 0.002
#: What lies further from every level than this is only where two of them were mixed, when the map
#: was enlarged: this many pixels from a step, but for this share of the picture.
_OFF, _MIXED, _ELSEWHERE = 2.5 / 255, 13, 0.01
#: Steps of which more lies on edges of the photo than this are silhouettes of something painted.
_ON_EDGES: Final = 0.9
#: Long side at which the surface is found first, and rounds there and at full size.
_COARSE: Final = 256
_ROUNDS, _LAST_ROUNDS = 600, 40


def smoothed(values: FloatImage, edges: Mask) -> FloatImage | None:
    """The map without its stairs; None where it has more levels, or they are meant.

    Args:
        values: float32 H×W in [0, 1].
        edges: where the photo has an edge nearby.
    """
    found = levels(values)
    if found is None:
        return None
    index = np.asarray(np.digitize(values, (found[1:] + found[:-1]) / 2), np.int16)
    steps = np.zeros(values.shape, np.bool_)
    steps[:, 1:] |= np.diff(index, axis=1) != 0
    steps[1:] |= np.diff(index, axis=0) != 0
    off = np.abs(values - found[index]) > min(_OFF, 0.25 * float(np.diff(found).min()))
    around = cv2.dilate(steps.view(np.uint8), np.ones((_MIXED, _MIXED), np.uint8)) > 0
    if (off & ~around).mean() > _ELSEWHERE or edges[steps].mean() > _ON_EDGES:
        return None
    ends = np.concatenate([[1.5 * found[0] - 0.5 * found[1]], (found[1:] + found[:-1]) / 2,
                           [1.5 * found[-1] - 0.5 * found[-2]]]).astype(np.float32)  # fmt: skip
    height, width = values.shape
    scale = min(1.0, _COARSE / max(height, width))
    small = (max(2, round(width * scale)), max(2, round(height * scale)))
    coarse = cv2.resize(index, small, interpolation=cv2.INTER_NEAREST)
    surface = _surface(found.astype(np.float32)[coarse], coarse, ends, _ROUNDS)
    surface = cv2.resize(surface, (width, height), interpolation=cv2.INTER_LINEAR)
    return _surface(np.asarray(surface, np.float32), index, ends, _LAST_ROUNDS)


def levels(values: FloatImage) -> NDArray[np.float64] | None:
    """The grey levels of a map that has few, rising; None for any other."""
    counts, _ = np.histogram(values, _BINS, (0.0, 1.0))
    common = counts >= _LEAST * values.size
    if counts[common].sum() < _SHARE * values.size:
        return None
    starts = np.flatnonzero(np.diff(np.concatenate([[0], common.astype(np.int8)])) == 1)
    if not _FEWEST <= len(starts) <= _MOST:
        return None
    groups = np.cumsum(np.diff(np.concatenate([[0], common.astype(np.int8)])) == 1)
    centres = (np.arange(_BINS) + 0.5) / _BINS
    return np.array([
        np.average(centres[common & (groups == each)], weights=counts[common & (groups == each)])
        for each in range(1, len(starts) + 1)
    ])  # fmt: skip


def _surface(
    start: FloatImage, index: NDArray[np.int16], ends: NDArray[np.float32], rounds: int
) -> FloatImage:
    """A membrane between obstacles: rounds of means over neighbours that are at most one level
    away, kept within half a level.
    """
    low, high = ends[index], ends[index + 1]
    across = (np.abs(np.diff(index, axis=1)) <= 1).astype(np.float32)
    down = (np.abs(np.diff(index, axis=0)) <= 1).astype(np.float32)
    weight = np.full(start.shape, 1e-6, np.float32)
    weight[:, 1:] += across
    weight[:, :-1] += across
    weight[1:] += down
    weight[:-1] += down
    surface = np.clip(start, low, high)
    for _ in range(rounds):
        total = 1e-6 * surface
        total[:, 1:] += across * surface[:, :-1]
        total[:, :-1] += across * surface[:, 1:]
        total[1:] += down * surface[:-1]
        total[:-1] += down * surface[1:]
        np.clip(total / weight, low, high, out=surface)
    return surface
