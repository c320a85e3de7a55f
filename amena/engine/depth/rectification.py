"""Bring the second eye's picture onto the rows of the first.

Cameras, phones and hands hold two lenses neither level nor parallel: one picture lies higher, is
turned or magnified a little, or its lens looks inwards. The picture of a camera that is turned by
small angles is moved, turned, magnified and tapered; what of that can be told from rows alone is
fitted to places found in both pictures, and undone. The first picture stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import ByteImage, FloatImage

#: Places looked for in each picture; how much better the best match is than the next one.
_PLACES, _RATIO = 1500, 0.75
#: Shares of the long side by which a place may lie higher, and aside, in the other picture.
_ROWS, _COLUMNS = 0.08, 0.3
#: Fewest matches, and share of all of them, that lie on the same rows afterwards.
_FEWEST, _MOST_AGREE = 40, 0.5
#: Within so many pixels.
_TOLERANCE: Final = 1.5


@dataclass(frozen=True)
class Rectified:
    """The second picture on the rows of the first.

    Attributes:
        rgb: uint8 H×W×3.
        shifts: least and greatest x_first − x_second of places found in both, in pixels.
    """

    rgb: ByteImage
    shifts: tuple[float, float]


def rectified(first: ByteImage, second: ByteImage) -> Rectified | None:
    """Undo how the second picture is turned against the first, both uint8 H×W×3.

    Returns:
        None where the pictures have too little in common: they are of different things.
    """
    here, there = _matches(first, second)
    if len(here) < _FEWEST:
        return None
    height, width = first.shape[:2]
    centre, unit = np.array([width, height], np.float64) / 2, max(width, height) / 2
    one, other = (here - centre) / unit, (there - centre) / unit
    terms, kept = _fitted(one, other, _TOLERANCE / unit)
    if kept.sum() < max(_FEWEST, _MOST_AGREE * len(kept)):
        return None
    source = _source(terms, (width, height))
    moved = cv2.remap(second, *source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Where a place of the second picture has gone, to first order: the other way round.
    columns = other[kept, 0] - _columns(terms, other[kept, 0], one[kept, 1])
    shifts = (one[kept, 0] - other[kept, 0] - columns) * unit
    low, high = np.percentile(shifts, (0.5, 99.5))
    return Rectified(np.asarray(moved, np.uint8), (float(low), float(high)))


def _matches(
    first: ByteImage, second: ByteImage
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(x, y) of places in the first picture, and of the same ones in the second, N×2 each."""
    finder = cv2.SIFT.create(_PLACES)
    found = [
        finder.detectAndCompute(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), None)
        for each in (first, second)
    ]
    (places, looks), (others, other_looks) = found
    nothing = np.empty((0, 2)), np.empty((0, 2))
    if looks is None or other_looks is None or min(len(looks), len(other_looks)) < _FEWEST:
        return nothing
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(looks, other_looks, k=2)
    chosen = [best for best, next_best in pairs if best.distance < _RATIO * next_best.distance]
    if not chosen:
        return nothing
    here = np.array([places[each.queryIdx].pt for each in chosen])
    there = np.array([others[each.trainIdx].pt for each in chosen])
    aside, higher = np.abs(here - there).T
    longest = max(first.shape)
    near = (aside < _COLUMNS * longest) & (higher < _ROWS * longest)
    # Of different pictures, what looks alike lies anywhere.
    if near.mean() < _MOST_AGREE:
        return nothing
    return here[near], there[near]


def _fitted(
    one: NDArray[np.float64], other: NDArray[np.float64], tolerance: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Terms of the row in the second picture, and which matches follow them.

    y' = t0 + t1·x + (1 + t2)·y + t3·x·y + t4·y²: moved, turned, magnified, and tapered in both
    directions, with x of the second picture and y of the first, in half long sides.
    """
    x, y = other[:, 0], one[:, 1]
    design = np.stack([np.ones_like(x), x, y, x * y, y * y], axis=1)
    target = other[:, 1] - y
    terms = np.array([np.median(target), 0, 0, 0, 0])
    # Terms that few places can tell are held near nothing.
    held = np.diag([0, 1, 1, 4, 4]) * 1e-2
    for _ in range(15):
        error = np.abs(target - design @ terms)
        scale = max(1.5 * float(np.median(error)), tolerance / 2)
        weight = 1 / (1 + (error / scale) ** 2) ** 2
        normal = design.T @ (design * weight[:, None]) + held
        terms = np.linalg.solve(normal, design.T @ (weight * target))
    return terms, np.abs(target - design @ terms) < tolerance


def _columns(
    terms: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """By how much columns are moved by the same camera motion: turned, magnified, tapered."""
    return np.asarray(-terms[1] * y + terms[2] * x + terms[3] * x * x + terms[4] * x * y)


def _source(terms: NDArray[np.float64], size: tuple[int, int]) -> tuple[FloatImage, FloatImage]:
    """Where in the second picture each pixel comes from, columns and rows, float32 H×W."""
    width, height = size
    centre, unit = np.array([width, height]) / 2, max(size) / 2
    x, y = np.meshgrid(
        (np.arange(width) - centre[0]) / unit, (np.arange(height) - centre[1]) / unit
    )
    rows = terms[0] + terms[1] * x + (1 + terms[2]) * y + terms[3] * x * y + terms[4] * y * y
    columns = x + _columns(terms, x, y)
    return (
        np.asarray(columns * unit + centre[0], np.float32),
        np.asarray(rows * unit + centre[1], np.float32),
    )
