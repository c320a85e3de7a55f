"""Straight lines of the photo are straight in the depth map: what wavers along them is taken out.

A straight line in space has an inverse depth that is linear along its picture, so that it stays
straight whatever the camera does; an estimate wavers along window frames, masts and columns, and
they bend. What looks straight for a long way is hardly ever so by chance (Lowe 1985), so a linear
disparity is fitted to each long segment, and what is left of it is taken off the surface it lies
on. Where a segment leaves one thing for another the rest is large, and stays.

Of lines that are upright in space more is known. Their pictures meet in one point, where inverse
depth is 0 (Criminisi et al. 2000, Single View Metrology): with a level camera they are as far at
the top as at the foot, and estimates that let them lean are told from that. What stands free turns
about its foot, where it hangs together with what is around.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.segments import Segments, find_segments, length
from amena.engine.geometry.camera import Q_FAR
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask

_Numbers = NDArray[np.float64]

#: Long side, in pixels, of the map that is corrected.
_COARSE: Final = 192
#: How far beside a segment the map is looked at, of the long side.
_BESIDE: Final = 0.008
_PLACES: Final = 40  # along each segment
#: Differences in disparity that are the map's noise, that are a step beside a segment, and that
#: are no more than wavering along one. Beyond the last a segment is another surface's there.
_NOISE, _STEP, _WAVES = 0.01, 0.08, 0.03
#: The same for uprights: one of a surface leans by no more, one that stands free by no more.
_LEANS, _LEANS_FREE = 0.1, 0.2
#: Least share of a segment that may count as one line, and as one upright.
_ONE_LINE, _ONE_UPRIGHT = 0.8, 0.7
#: Steepest upright of a surface, in disparity over one long side: the ground's lines may look
#: upright, too, and are steeper.
_STEEPEST: Final = 0.6
#: How far a correction reaches over an even surface, of the long side: first widely, then closely.
_REACHES: Final = (0.06, 0.03)
#: Difference in disparity that ends it as such a way does, and the weight of what the map has: the
#: less in sight of a segment, the more it is left as it is.
_DEPTH_EDGE, _OWN = 0.02, 0.1
#: Uprights count so much more than other segments: those are straight, too, where they go along.
_UPRIGHT = 2.0
#: Smaller corrections, in disparity, are none.
_LEAST: Final = 1 / 1024


def straightened(estimate: Disparity, rgb: ByteImage) -> Disparity:
    """An estimate whose disparity is linear along the photo's long straight segments.

    Args:
        estimate: H×W, before it is sharpened. Not for measured maps, which know better.
        rgb: uint8 H×W×3, the photo.

    Returns:
        The map, float32 in [0, 1], corrected along the segments and, ever less, on the surfaces
        that they lie on, up to their steps; the same object where there is nothing to correct.
    """
    found = find_segments(rgb)
    if not len(found.ends):
        return estimate
    factor = _COARSE / max(rgb.shape)
    size = tuple(max(1, round(side * factor)) for side in rgb.shape[1::-1])
    coarse = cv2.resize(estimate.values, size, interpolation=cv2.INTER_AREA)
    correction = _correction(np.asarray(coarse, np.float32), found)
    if np.abs(correction).max() < _LEAST:
        return estimate
    full = cv2.resize(correction, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return replace(estimate, values=np.clip(estimate.values + full, 0, 1, dtype=np.float32))


def _correction(disparity: FloatImage, found: Segments) -> FloatImage:
    """What is added to the map (float32 h×w): widely first, then closely what that has left."""
    at = (np.arange(_PLACES) + 0.5) / _PLACES
    beside = [found.places(at, each) for each in (-_BESIDE, 0.0, _BESIDE)]
    total = np.zeros_like(disparity)
    # The side is chosen once: the nearer one of a silhouette, the middle of a thin thing.
    seen = np.stack([_read(disparity, each) for each in beside])
    side = _side(seen)
    rows = np.arange(len(side))
    places = np.stack(beside)[side, rows]
    # How firmly each place hangs together with what is around it.
    held = 0.02 + np.exp(-((np.ptp(seen, axis=0) / (_STEP / 2)) ** 2))
    free = np.ptp(np.median(seen, axis=2), axis=0) > _STEP
    upright: Mask | None = None
    for reach in _REACHES:
        values = _read(disparity + total, places)
        rest, slope = _rest(values, at)
        one = (np.abs(rest) < _WAVES).mean(axis=1) >= _ONE_LINE
        lean = _lean(values, at, slope, held, found)
        if upright is None:
            upright = found.upright & _stands(lean, slope, free, found)
        chosen = one | upright
        if not chosen.any():
            break
        limit = np.where(upright, np.where(free, _LEANS_FREE, _LEANS), _WAVES)[:, None]
        off = np.where(upright[:, None], lean, rest)
        # Whole up to the limit, and none at twice of it.
        wanted = -off * np.clip(2 - np.abs(off) / limit, 0, 1)
        weight = length(found.along()) * np.where(upright, _UPRIGHT, 1)
        total += _spread(places[chosen], wanted[chosen], weight[chosen], disparity, reach)
    return total


def _read(disparity: FloatImage, places: _Numbers) -> _Numbers:
    """The map at places (…×2, in long sides)."""
    at = (places * max(disparity.shape) - 0.5).astype(np.float32)
    read = cv2.remap(
        disparity, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(read.astype(np.float64))


def _side(seen: _Numbers) -> NDArray[np.intp]:
    """For each segment which of the three rows of places shows the surface that it belongs to."""
    level = np.median(seen, axis=2)
    even = np.ptp(level, axis=0) < _NOISE
    return np.asarray(np.where(even, 1, level.argmax(axis=0)))


def _rest(values: _Numbers, at: _Numbers) -> tuple[_Numbers, _Numbers]:
    """What a line that few values draw to themselves leaves (Cauchy weights), N×P, and its rise."""
    weight = np.ones_like(values)
    for _ in range(6):
        total = weight.sum(axis=1, keepdims=True)
        middle = (weight * at).sum(axis=1, keepdims=True) / total
        mean = (weight * values).sum(axis=1, keepdims=True) / total
        moment = (weight * (at - middle) ** 2).sum(axis=1, keepdims=True)
        slope = (weight * (at - middle) * (values - mean)).sum(axis=1, keepdims=True) / moment
        rest = values - mean - slope * (at - middle)
        weight = 1 / (1 + (rest / _NOISE) ** 2)
    return rest, slope[:, 0]


def _lean(
    values: _Numbers, at: _Numbers, slope: _Numbers, held: _Numbers, found: Segments
) -> _Numbers:
    """By how much values differ from what an upright would have, N×P.

    Inverse depth is 0 where uprights meet. Nothing gets steeper, so that what is flat stays flat.
    """
    q = np.median(values, axis=1) + Q_FAR / (1 - Q_FAR)
    rise = found.convergence * q * found.along()[:, 1]
    rise = np.clip(rise, np.minimum(slope, 0), np.maximum(slope, 0))
    level = values - rise[:, None] * (at - 0.5)
    foot = (held * level).sum(axis=1, keepdims=True) / held.sum(axis=1, keepdims=True)
    return np.asarray(level - foot)


def _stands(lean: _Numbers, slope: _Numbers, free: Mask, found: Segments) -> Mask:
    """Which segments may be taken for uprights by what the map says along them."""
    limit = np.where(free, _LEANS_FREE, _LEANS)[:, None]
    gentle = np.abs(slope) < _STEEPEST * found.along()[:, 1]
    return np.asarray((free | gentle) & ((np.abs(lean) < limit).mean(axis=1) >= _ONE_UPRIGHT))


def _spread(
    places: _Numbers, wanted: _Numbers, weight: _Numbers, disparity: FloatImage, reach: float
) -> FloatImage:
    """Corrections at places of segments, by their weights, spread over the surfaces on which they
    lie, float32 h×w.

    Normalised convolution (Knutsson and Westin 1993) by a filter that ends at steps: the recursive
    one of Gastal and Oliveira 2011, Domain Transform.
    """
    long_side = max(disparity.shape)
    last = np.array(disparity.shape[::-1]) - 1
    col, row = np.moveaxis(np.clip(np.floor(places * long_side), 0, last).astype(np.intp), -1, 0)
    each = np.broadcast_to(weight[:, None] * long_side / _PLACES, wanted.shape)
    sums = np.zeros((2, *disparity.shape), np.float32)
    np.add.at(sums[0], (row, col), each * wanted)
    np.add.at(sums[1], (row, col), each)
    down, right = (
        1 / (reach * long_side) + np.abs(np.diff(disparity, axis=axis)) / _DEPTH_EDGE
        for axis in (0, 1)
    )
    for narrower in (1, 2):
        factor = -np.sqrt(np.float32(2)) * narrower
        sums = _smoothed(sums, np.exp(factor * down))
        across = _smoothed(sums.transpose(0, 2, 1), np.exp(factor * right).T)
        sums = across.transpose(0, 2, 1)
    return np.asarray(sums[0] / (sums[1] + _OWN), np.float32)


def _smoothed(sums: FloatImage, kept: FloatImage) -> FloatImage:
    """Both maps (2×L×M) smoothed both ways along L; `kept` of each place for the next."""
    rows = np.ascontiguousarray(sums.transpose(1, 0, 2))
    kept = np.ascontiguousarray(kept)
    step = np.empty_like(rows[0])
    for one in range(1, len(rows)):
        np.subtract(rows[one - 1], rows[one], out=step)
        step *= kept[one - 1]
        rows[one] += step
    for one in range(len(rows) - 2, -1, -1):
        np.subtract(rows[one + 1], rows[one], out=step)
        step *= kept[one]
        rows[one] += step
    return rows.transpose(1, 0, 2)
