"""Islands: specks of the far side that sorting by colour leaves in the near one.

What an estimate knows is coarser than the photo's pixels, but the colours by which its silhouettes
are moved are not: a highlight on a rim passes for the background behind it. Each such speck would
be cut out, keep its place while all around it moves, and seed fills with what does not belong
there. It is taken to the depth of what surrounds it. Specks of the near side before the far one
stay: leaves off their tree look like them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.crispness import MIN_JUMP
from amena.engine.pixels.regions import places
from amena.engine.pixels.windows import around, each_wanted
from amena.engine.types import Box, FloatImage, Mask

#: Rows and columns of pixels.
_Places = tuple[NDArray[np.intp], NDArray[np.intp]]

#: Parts of fewer pixels than this share of the long side, squared, are none of the scene's, unless
#: they are longer than `_LENGTH` of it.
_SIDE, _LENGTH = 0.0095, 0.02
#: Difference in disparity that parts neighbours, and an island from what is around it.
_STEP: Final = MIN_JUMP / 2


def without_islands(values: FloatImage, before: FloatImage) -> FloatImage:
    """A map whose small parts, farther than what is around them and cut off by steps on all sides,
    have the depth around them.

    They are pixels that a black top-hat finds (Meyer 1979), and part of nothing larger.
    What touches with a corner hangs together: a twig that is one pixel wide is no row of islands.

    Args:
        values: disparity with crisp steps, float32 H×W in [0, 1].
        before: the same before its steps were moved. What stands out there, such as a dot that
            somebody painted, stays.

    >>> speck = np.full((40, 40), 0.8, np.float32)
    >>> level = speck.copy()
    >>> speck[20, 20:22] = 0.1
    >>> bool((without_islands(speck, level) < 0.5).any())
    False
    """
    long_side = max(values.shape)
    pixels, length = max(4.0, (_SIDE * long_side) ** 2), max(4, round(_LENGTH * long_side))
    grey = cv2.convertScaleAbs(values, alpha=255)
    pits = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((length + 1, length + 1), np.uint8))
    pits = cv2.compare(pits, _STEP * 255, cv2.CMP_GT).view(np.bool_)
    result = values.copy()

    def level(part: Box) -> None:
        # An island that reaches the part, and all that it touches, lies within.
        outer, within = around(part, 2 * length + 2, values.shape)
        here, was, raised = values[outer], before[outer], values[outer].copy()
        for island in _small_parts(here, pixels):
            if max(np.ptp(each) for each in island) < length and pits[outer][island].all():
                raised[island] = _shore(here, was, island)
        result[part] = raised[within]

    each_wanted(level, pits)
    return result


def _shore(values: FloatImage, before: FloatImage, island: _Places) -> FloatImage:
    """The disparity to which an island is raised: the median of what it touches, or its own where
    it stood out before.
    """
    rows, cols = island
    top, left = max(int(rows.min()) - 1, 0), max(int(cols.min()) - 1, 0)
    box = slice(top, int(rows.max()) + 2), slice(left, int(cols.max()) + 2)
    inside = np.zeros(values[box].shape, np.uint8)
    inside[rows - top, cols - left] = 1
    beside = (cv2.dilate(inside, np.ones((3, 3), np.uint8)) > 0) & (inside == 0)
    if abs(_median(before[island]) - _median(before[box][beside])) > _STEP:
        return np.asarray(values[island], np.float32)
    return np.maximum(values[island], np.float32(_median(values[box][beside])))


def _apart(first: FloatImage, second: FloatImage) -> Mask:
    return np.asarray(np.abs(first - second) > _STEP)


def _median(values: FloatImage) -> float:
    middle = values.size // 2
    return float(np.partition(values, middle)[middle])


def _small_parts(values: FloatImage, pixels: float) -> Iterator[_Places]:
    """Rows and columns of every part of fewer `pixels` that steps cut off on all sides."""
    height, width = values.shape
    # Pixels in every other place, the links between them in the others.
    linked = np.ones((2 * height - 1, 2 * width - 1), np.uint8)
    linked[1::2, 1::2] = 0
    linked[::2, 1::2] = ~_apart(values[:, 1:], values[:, :-1])
    linked[1::2, ::2] = ~_apart(values[1:], values[:-1])
    count, labels = cv2.connectedComponents(linked, connectivity=4)
    labels = np.ascontiguousarray(labels[::2, ::2])
    sizes = np.bincount(labels.ravel(), minlength=count)
    rows, cols = places((sizes < pixels)[labels])
    group = _joined_by_corners(values, labels, rows, cols, count)
    part = group[labels[rows, cols]]
    small = np.bincount(group, sizes, minlength=count)[part] < pixels
    rows, cols, part = rows[small], cols[small], part[small]
    order = np.argsort(part, kind="stable")
    ends = np.flatnonzero(np.diff(part[order])) + 1
    if order.size:
        yield from zip(np.split(rows[order], ends), np.split(cols[order], ends), strict=True)


def _joined_by_corners(
    values: FloatImage,
    labels: NDArray[np.int32],
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    count: int,
) -> NDArray[np.intp]:
    """For each of so many labels the least one with which its pixels, those of small parts, hang
    together by corners of like disparity.
    """
    first, second = [], []
    for down in (-1, 1):
        for right in (-1, 1):
            below = np.clip(rows + down, 0, labels.shape[0] - 1)
            beside = np.clip(cols + right, 0, labels.shape[1] - 1)
            like = ~_apart(values[rows, cols], values[below, beside])
            like &= (below == rows + down) & (beside == cols + right)
            first.append(labels[rows, cols][like])
            second.append(labels[below, beside][like])
    one, other = np.concatenate(first), np.concatenate(second)
    group = np.arange(count)
    while True:
        before = group.copy()
        least = np.minimum(group[one], group[other])
        np.minimum.at(group, one, least)
        np.minimum.at(group, other, least)
        group = group[group]
        if np.array_equal(before, group):
            return group
