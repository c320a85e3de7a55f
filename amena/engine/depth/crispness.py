"""Are a map's steps as crisp as painted or measured ones, and do they lie where the photo's do?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.pixels.regions import places
from amena.engine.types import ByteImage, FloatImage, Mask

#: Smallest difference in disparity, over the search window, that can be a silhouette.
MIN_JUMP = 0.08
#: A step is looked at this many pixels to all sides.
_STEP_RADIUS = 3
#: Shares of steps that their steepest place holds, with the pixels next to it: in maps as precise
#: as a pixel, and in such as were enlarged from half the size or so.
CRISP, NEARLY_CRISP = 0.85, 0.68
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
#: A step, not a slope, is a jump that a window twice as wide sees grow at most so many times.
_STEP_RATIO = 1.4
#: The photo's edge that belongs to a step is looked for so many pixels to both sides, in the mean
#: over the steps in tiles of so many pixels along and across them.
_REACH, _ALONG, _ACROSS = 6, 15, 5
#: It counts if it is so many times as strong as the median of all those offsets, and of this
#: contrast, of 255.
_CLEAR, _CONTRAST = 1.5, 4.0
#: Fewer steps with clear edges say nothing.
_ENOUGH = 50
#: A map lies on the photo's edges if so many of the offsets that are more than chance are within a
#: pixel. Measured: at least .72 for 98 true maps, more for 12 in 1000 of those that are off.
_ON_EDGE = 0.71


def crispness(values: FloatImage) -> float:
    """Which share of the map's steps happens within a pixel or two, 0–1 (median); 0 without steps.

    Args:
        values: disparity, float32 H×W in [0, 1].
    """
    at_step, steep, jump = _steepest(values)
    share = steep[at_step] / jump[at_step]
    return float(np.median(share)) if share.size else 0.0


def lies_on_edges(values: FloatImage, rgb: ByteImage) -> bool:
    """Whether the steps of a crisp map lie where the photo's edges do.

    Every place along a step votes for the offset at which the photo's edge is strongest there. The
    edges that belong to a silhouette gather at offset 0 if the map is true, elsewhere or widely if
    it is shifted, too wide, too narrow or uneven; those of textures come at all offsets alike, and
    what the farther half of the offsets gets is taken off all. Where the photo has no clear edges
    near the steps nothing speaks against the map.
    """
    colour = cv2.GaussianBlur(rgb, (0, 0), 0.7).astype(np.float32)
    votes = _votes(values, colour)
    votes += _votes(np.ascontiguousarray(values.T), np.ascontiguousarray(colour.transpose(1, 0, 2)))
    if votes.sum() < _ENOUGH:
        return True
    offset = np.abs(np.arange(-_REACH, _REACH + 1))
    more = np.maximum(votes - np.median(votes[offset > _REACH // 2]), 0)
    return bool(more[offset <= 1].sum() > _ON_EDGE * more.sum())


def _votes(values: FloatImage, colour: FloatImage) -> NDArray[np.float64]:
    """How many places along the steps between columns have their edge at which offset, from
    `_REACH` pixels on the far side to as many on the near one.
    """
    across, down = (np.abs(np.diff(values, axis=axis)) for axis in (1, 0))
    steepest = across == cv2.dilate(across, np.ones((1, 2 * _STEP_RADIUS + 1), np.uint8))
    above = cv2.copyMakeBorder(down, 1, 0, 0, 0, cv2.BORDER_CONSTANT)
    upright = across >= cv2.blur(above, (3, 3))[:, :-1]
    step = steepest & upright & (across > MIN_JUMP / 2)
    step[:, :_REACH] = step[:, step.shape[1] - _REACH :] = False
    edge = np.abs(np.diff(colour, axis=1)).max(axis=2)
    offsets = np.arange(-_REACH, _REACH + 1)
    votes = np.zeros(len(offsets))
    columns = -(-step.shape[1] // _ACROSS)
    for sign, rising in ((1, True), (-1, False)):
        rows, cols = places(step & ((values[:, 1:] > values[:, :-1]) == rising))
        tile = rows // _ALONG * columns + cols // _ACROSS
        _, tile, count = np.unique(tile, return_inverse=True, return_counts=True)
        found = [np.bincount(tile, edge[rows, cols + sign * at]) / count for at in offsets]
        best = np.max(found, axis=0)
        clear = best > np.maximum(_CLEAR * np.median(found, axis=0), _CONTRAST)
        votes += np.bincount(np.argmax(found, axis=0)[clear], count[clear], len(votes))
    return votes


def _steepest(values: FloatImage) -> tuple[Mask, FloatImage, FloatImage]:
    """Where steps are steepest; how steep the map is; by how much it jumps nearby."""
    low, high = extent(values, _STEP_RADIUS)
    wide_low, wide_high = extent(values, 2 * _STEP_RADIUS)
    jump = high - low
    steep = cv2.morphologyEx(values, cv2.MORPH_GRADIENT, _CROSS)
    size = 2 * _STEP_RADIUS + 1
    steepest = steep == cv2.dilate(steep, np.ones((size, size), np.uint8))
    is_step = (jump > MIN_JUMP) & (wide_high - wide_low < _STEP_RATIO * jump)
    return steepest & is_step, steep, jump


def extent(values: FloatImage, radius: int) -> tuple[FloatImage, FloatImage]:
    """Least and greatest value in a square window around each pixel, float32 H×W."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return (
        np.asarray(cv2.erode(values, kernel), np.float32),
        np.asarray(cv2.dilate(values, kernel), np.float32),
    )
