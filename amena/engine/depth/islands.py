"""Islands: specks of one side that sorting by colour leaves in the other.

What an estimate knows is coarser than the photo's pixels, but the colours by which its silhouettes
are moved are not: a highlight on a rim passes for the background behind it. Each such speck would
be cut out, keep its place while all around it moves, and seed fills with what does not belong
there. It is taken to the depth of what surrounds it. Specks of the near side before the far one
are taken there, too, if they look like it: a leaf off its tree stands out from what is behind it,
but noise and a shade of a blurred wall, which would fly along as crumbs, do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.crispness import MIN_JUMP
from amena.engine.depth.grouping import grouped
from amena.engine.pixels.regions import places
from amena.engine.pixels.windows import around, each_wanted
from amena.engine.types import Box, ByteImage, FloatImage, Mask

#: Rows and columns of pixels.
_Places = tuple[NDArray[np.intp], NDArray[np.intp]]

#: Parts of fewer pixels than this share of the long side, squared, are none of the scene's, unless
#: they are longer than `_LENGTH` of it.
_SIDE, _LENGTH = 0.0095, 0.02
#: Difference in disparity that parts neighbours, and an island from what is around it.
_STEP: Final = MIN_JUMP / 2
#: Levels of any channel, and standard deviations besides, by which something of its own stands out
#: from what is within so many pixels around it, the first of which may be mixed.
_STANDS_OUT, _UNUSUAL, _AROUND_PX = 12.0, 1.0, 3


def without_islands(values: FloatImage, before: FloatImage, rgb: ByteImage) -> FloatImage:
    """A map whose small parts, cut off by steps on all sides from what is around them, have the
    depth around them if they are farther, or if they are nearer and look like it.

    They are pixels that a black or white top-hat finds (Meyer 1979), and part of nothing larger.
    What touches with a corner hangs together: a twig that is one pixel wide is no row of islands.

    Args:
        values: disparity with crisp steps, float32 H×W in [0, 1].
        before: the same before its steps were moved. What stands out there, such as a dot that
            somebody painted, stays.
        rgb: uint8 H×W×3, the photo.

    >>> speck = np.full((40, 40), 0.8, np.float32)
    >>> level = speck.copy()
    >>> speck[20, 20:22] = 0.1
    >>> bool((without_islands(speck, level, np.zeros((40, 40, 3), np.uint8)) < 0.5).any())
    False
    """
    long_side = max(values.shape)
    pixels, length = max(4.0, (_SIDE * long_side) ** 2), max(4, round(_LENGTH * long_side))
    grey = cv2.convertScaleAbs(values, alpha=255)
    pits, peaks = (
        cv2.compare(
            cv2.morphologyEx(grey, hat, np.ones((length + 1, length + 1), np.uint8)),
            _STEP * 255,
            cv2.CMP_GT,
        ).view(np.bool_)
        for hat in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    )
    result = values.copy()

    def level(part: Box) -> None:
        # An island that reaches the part, and all that it touches, lies within.
        outer, within = around(part, 2 * length + 2, values.shape)
        here, was, colour = values[outer], before[outer], rgb[outer]
        levelled = here.copy()
        for island in _small_parts(here, pixels):
            if max(np.ptp(each) for each in island) >= length:
                continue
            shore = _Shore(here, was, island)
            if shore.stood_out:
                continue
            if pits[outer][island].all():
                levelled[island] = np.maximum(here[island], shore.level)
            elif peaks[outer][island].all() and not shore.looks_apart(colour):
                levelled[island] = np.minimum(here[island], shore.level)
        result[part] = levelled[within]

    each_wanted(level, pits | peaks)
    return result


class _Shore:
    """What is around an island."""

    def __init__(self, values: FloatImage, before: FloatImage, island: _Places) -> None:
        rows, cols = island
        top, left = (max(int(each.min()) - _AROUND_PX, 0) for each in island)
        bottom, right = (int(each.max()) + _AROUND_PX + 1 for each in island)
        self._box = slice(top, bottom), slice(left, right)
        here, was = values[self._box], before[self._box]
        self._inside = np.zeros(here.shape, np.uint8)
        self._inside[rows - top, cols - left] = 1
        beside = self._around(1)
        #: The disparity to which it would be taken.
        self.level = np.float32(_median(here[beside]))
        #: Whether it was an island before.
        self.stood_out = abs(_median(before[island]) - _median(was[beside])) > _STEP
        self._level_with = ~_apart(here, np.full_like(here, self.level))

    def looks_apart(self, rgb: ByteImage) -> bool:
        """Whether it has another colour than what it would be level with."""
        colour, own = rgb[self._box], self._inside > 0
        around = self._around(_AROUND_PX) & self._level_with
        without_mixed = around & ~self._around(1)
        around = without_mixed if without_mixed.any() else around
        apart = np.abs(colour[own].mean(axis=0) - colour[around].mean(axis=0))
        usual = _STANDS_OUT + _UNUSUAL * colour[around].std(axis=0)
        return bool((apart > usual).any())

    def _around(self, pixels: int) -> Mask:
        kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
        return np.asarray((cv2.dilate(self._inside, kernel) > 0) & (self._inside == 0))


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
    return grouped(count, one, other)
